"""What was aimed at, held against what was found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """`found` is to be at least `wanted`, or with `below` at most."""

    what: str
    wanted: float
    found: float | None
    """None where it could not be measured"""
    unit: str = ""
    below: bool = False

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "not measured"
        return "met" if (self.found <= self.wanted if self.below else self.found >= self.wanted) else "**not met**"

    @property
    def row(self) -> list[str]:
        wanted = f"{'at most' if self.below else 'at least'} {self.wanted:g}{self.unit}"
        return [self.what, wanted, "" if self.found is None else f"{self.found:.3g}{self.unit}", self.verdict]
