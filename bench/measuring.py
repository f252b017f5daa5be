"""Ours and a reference side by side in one run: ours, reference, ours, …; the median counts."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

TIMES = 3


@dataclass(frozen=True)
class Result:
    """One line of the table: rates a second unless `unit` says otherwise."""

    bench: str
    ours: float
    reference: float
    unit: str
    ratio: float
    goal: str
    holds: bool
    spread: str
    """Smallest and largest of ours, for the eye."""

    def as_dict(self) -> dict[str, Any]:
        """The published form."""
        values = asdict(self)
        values.pop("spread")
        return values


def side_by_side(
    bench: str,
    ours: Callable[[], int],
    reference: Callable[[], int],
    *,
    unit: str,
    goal: str,
    holds: Callable[[float, float], bool],
) -> Result:
    """Run both, interleaved; each does its work and says how many it did. `holds(ours, ratio)` says whether the goal is met."""
    rates: dict[str, list[float]] = {"ours": [], "reference": []}
    for _ in range(TIMES):
        for name, work in (("ours", ours), ("reference", reference)):
            began = perf_counter()
            done = work()
            rates[name].append(done / (perf_counter() - began))
    mine, other = median(rates["ours"]), median(rates["reference"])
    spread = f"{min(rates['ours']):,.0f} to {max(rates['ours']):,.0f}"
    return Result(
        bench, round(mine, 1), round(other, 1), unit, round(mine / other, 3), goal, holds(mine, mine / other), spread
    )
