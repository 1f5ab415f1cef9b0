"""What an experiment is: conditions to compute, claims to test on the results, and a picture of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from prenoise.study.claims import Claim
from prenoise.study.kinds import Kind, add_kinds

if TYPE_CHECKING:
    from prenoise.study.given import Given
    from prenoise.study.lab.results import Results
    from prenoise.study.report.picture import Picture

SizeName = Literal["smoke", "quick", "paper"]
SIZES: tuple[SizeName, ...] = ("smoke", "quick", "paper")
DIGITS = "digits"
"""The embedded set that stands in for every other in `smoke`."""


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A figure of the paper, or a question of ours.

    `run(given)` computes one condition for some seeds: `given` (see `prenoise.study.given.Given`) has the seeds, the
    data, and as attributes what the condition and the options of the size say. It returns named arrays with an axis
    `seed`, as `{"area": (("seed",), values, {"units": "accuracy"})}`.
    """

    id: str
    paper: bool = False
    """Whether it reruns a figure of the paper; an experiment of ours or of another package does not."""
    where: str = ""
    """Where in the paper it is, as in `Figure 2b-g`; empty for a question the paper leaves open."""
    title: str
    """Its topic or its question, never its result."""
    run: "Callable[[Given], Mapping[str, Any]]"
    cells: Sequence[Mapping[str, Any]] = ({},)
    """The conditions. A condition names its kind as `kind`."""
    options: Mapping[SizeName, Mapping[str, Any]]
    """What every condition is told besides, for each size."""
    datasets: Sequence[str] = ()
    """The data sets it needs, by name; a condition that names a `dataset` needs that one alone. In `smoke` the embedded
    digits stand in for each."""
    needs: Sequence[str] = ()
    """Extras of prenoise whose package of the same name its runs import, besides the study's: `torch`."""
    claims: Sequence[Claim] = ()
    picture: "Callable[[Results], Picture] | None" = None
    """The figure, drawn from the results that are there."""
    seeds: Mapping[SizeName, int] = field(default_factory=lambda: {"smoke": 3, "quick": 4, "paper": 10})
    first_seed: int = 0
    """Seeds are counted from here: a question that was asked after looking at some seeds is answered with others."""
    kinds: Sequence[Kind] = ()
    """Kinds it adds to the table."""

    def __post_init__(self) -> None:
        add_kinds(self.kinds)

    @property
    def function(self) -> str:
        """Where a worker finds `run`."""
        return f"{self.run.__module__}:{self.run.__name__}"

    def dataset_names(self, size: SizeName) -> dict[str, str]:
        """Which set is really used for each that is named."""
        return {name: DIGITS if size == "smoke" else name for name in self.datasets}
