"""What an experiment is: cells to compute, statements to test on the results, and a picture of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from prenoise.study.claims import Claim

if TYPE_CHECKING:
    import xarray

    from prenoise.study.report.picture import Picture

SizeName = Literal["smoke", "quick", "paper"]
SIZES: tuple[SizeName, ...] = ("smoke", "quick", "paper")
DIGITS = "digits"
"""The embedded set that stands in for every other in `smoke`."""


@dataclass(frozen=True)
class Experiment:
    """One figure of the paper, or the same figure with other parameters.

    `run` is what a job calls: `run(seeds=[...], data={...}, scaling=..., **cell, **options)`, where `cell` is one of
    `cells` and `options` are those of the size asked for. It returns named arrays with an axis `seed`.
    """

    id: str
    figure: str
    """Where the paper has it; empty for questions that the paper leaves open."""
    title: str
    run: Callable[..., Mapping[str, Any]]
    cells: Sequence[Mapping[str, Any]]
    options: Mapping[SizeName, Mapping[str, Any]]
    datasets: Sequence[str] = ()
    claims: Sequence[Claim] = ()
    picture: "Callable[[xarray.Dataset], Picture] | None" = None
    """The figure, drawn from the results that are there."""
    seeds: Mapping[SizeName, int] = field(default_factory=lambda: {"smoke": 3, "quick": 4, "paper": 10})

    @property
    def function(self) -> str:
        """Where a worker finds `run`."""
        return f"{self.run.__module__}:{self.run.__name__}"

    def dataset_names(self, size: SizeName) -> dict[str, str]:
        """Which set is really used for each that the paper names."""
        return {name: DIGITS if size == "smoke" else name for name in self.datasets}
