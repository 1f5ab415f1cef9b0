"""A job: one cell of an experiment for one block of seeds, described so that the description alone names the result."""

import hashlib
import importlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from prenoise.study.lab.source import fingerprint, versions

type_names = "null, true/false, whole and finite decimal numbers, text, lists, and mappings with text keys"
_EXPERIMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def canonical_json(value: object) -> str:
    """The one way to write `value` as JSON: keys sorted, no spaces, ASCII only; the same on any machine.

    >>> canonical_json({"rate": 1e-4, "layers": [784, 10]})
    '{"layers":[784,10],"rate":0.0001}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def plain(value: object, name: str) -> Any:
    """A copy of `value` that holds plain JSON only, or a `TypeError` that says which part of `name` does not.

    Strict about exact types, because a NumPy number or an enumeration would be written one way here and another
    elsewhere, and the identity with it.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        if value - value != 0:
            raise TypeError(f"{name} is {value}, which JSON cannot hold: use None or a number that is finite")
        return value
    if isinstance(value, Mapping):
        for key in value:
            if type(key) is not str:
                raise TypeError(f"{name} has the key {key!r}: the keys of a job's description are text")
        return {key: plain(item, f"{name}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{name}[{index}]") for index, item in enumerate(value)]
    raise TypeError(f"{name} is a {type(value).__module__}.{type(value).__qualname__}; a job may hold {type_names}")


@dataclass(frozen=True, eq=False)
class Job:
    """What to compute, as a description that can be written down, hashed, sent away and read back.

    The function is called as `function(seeds=[...], **condition, **arguments)` in some worker and returns an
    `xarray.Dataset`, or what `xarray.Dataset()` accepts: a mapping of name to `(dims, array)` or
    `(dims, array, {"units": ...})`. Arrays that hold a value per seed have a dimension named `seed`.

    >>> job = Job("package.module:name", experiment="fig1", condition={"rule": "fa"}, seeds=(0, 1), version="1.0")
    >>> job.identity
    '8f479462f2ad753e1e05'
    """

    function: str
    """Where the function is: `package.module:name`. It must be importable where the workers are."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What the function is told and what is the same in all cells of the experiment: options, paths, layers."""
    experiment: str = "experiment"
    """The experiment this belongs to; also the name of its folder in the store."""
    condition: Mapping[str, Any] = field(default_factory=dict)
    """What sets this cell apart from the other cells of the experiment; the function is told this too."""
    seeds: Sequence[int] = (0,)
    """The block of seeds computed together; the function gets them as a list."""
    size: str = ""
    """How large the experiment is (`smoke`, `quick`, `paper`). A label only."""
    calls: Sequence[str] = ()
    """Functions that `function` finds by their name, `package.module:name`: their code makes the result too."""
    version: str = ""
    """The versions of the packages, as in `prenoise 1.0`; those that are installed where it is not said."""

    def __post_init__(self) -> None:
        if not _FUNCTION.fullmatch(self.function):
            raise ValueError(f"a job's function is written 'package.module:name', not {self.function!r}")
        if not _EXPERIMENT.fullmatch(self.experiment):
            raise ValueError(
                f"the experiment {self.experiment!r} is to be the name of a folder: letters, digits, '.', '_' and '-'"
            )
        seeds = plain(tuple(self.seeds), "seeds")
        if not seeds or not all(type(seed) is int for seed in seeds) or len(set(seeds)) != len(seeds):
            raise ValueError(f"a job has a block of one or more different whole numbers as seeds, not {self.seeds!r}")
        clash = ({*self.arguments} & {*self.condition}) | ({"seeds"} & {*self.arguments, *self.condition})
        if clash:
            raise ValueError(f"{', '.join(sorted(clash))}: named twice among condition, arguments and seeds")
        for name in ("size", "version"):
            if type(getattr(self, name)) is not str:
                raise TypeError(f"a job's {name} is text, not {getattr(self, name)!r}")
        if not all(type(called) is str and _FUNCTION.fullmatch(called) for called in self.calls):
            raise ValueError(f"a job calls functions written 'package.module:name', not {self.calls!r}")
        object.__setattr__(self, "seeds", tuple(seeds))
        object.__setattr__(self, "arguments", plain(self.arguments, "arguments"))
        object.__setattr__(self, "condition", plain(self.condition, "condition"))
        object.__setattr__(self, "calls", tuple(sorted(self.calls)))
        object.__setattr__(self, "version", self.version or versions(self.packages))

    @property
    def packages(self) -> list[str]:
        """The import packages of its functions."""
        return sorted({re.split("[.:]", function)[0] for function in (self.function, *self.calls)})

    @property
    def description(self) -> dict[str, Any]:
        """All of the job as plain JSON."""
        return {**asdict(self), "seeds": list(self.seeds), "calls": list(self.calls)}

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> "Job":
        """The job that has this `description`; one without a version is refused, for what is here now is not meant."""
        if not description["version"]:
            raise ValueError("a job's description says its version")
        return cls(**description)

    @cached_property
    def identity(self) -> str:
        """Twenty hexadecimal digits that stand for the description, the same on any machine and Python."""
        return hashlib.sha256(canonical_json(self.description).encode()).hexdigest()[:20]

    @cached_property
    def in_any_version(self) -> str:
        """As `identity`, of everything but the version."""
        return replace(self, version="any").identity

    @property
    def source(self) -> str:
        """A fingerprint of the code of its functions as it is now; not part of what the job is."""
        return fingerprint((self.function, *self.calls))

    @property
    def label(self) -> str:
        """The condition for people: `rule=fa, noise=true`."""
        return condition_label(self.condition)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def __str__(self) -> str:
        seeds = str(self.seeds[0]) if len(self.seeds) == 1 else f"{self.seeds[0]}..{self.seeds[-1]}"
        return f"{self.experiment} [{self.label}] seed {seeds}"

    def resolve(self) -> Callable[..., Any]:
        """Import and return the function."""
        module, name = self.function.split(":")
        try:
            return getattr(importlib.import_module(module), name)
        except AttributeError:
            raise ImportError(f"module {module!r} has no function {name!r}") from None


def condition_label(condition: Mapping[str, Any]) -> str:
    """A condition as one line of text, unique for it.

    >>> condition_label({"rule": "fa", "noise": True, "layers": [784, 10]})
    'rule=fa, noise=true, layers=[784,10]'
    """
    return ", ".join(
        f"{name}={value if isinstance(value, str) else canonical_json(value)}" for name, value in condition.items()
    )
