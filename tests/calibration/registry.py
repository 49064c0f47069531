"""The register of calibration checks: what is drawn, what must come out, and how far the draws can tell."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from evalkit.inference.intervals import clopper_pearson

Kind = Literal["size", "coverage", "power", "false_claims"]
DRAWS: dict[Kind, int] = {"size": 2000, "coverage": 500, "power": 500, "false_claims": 500}
LEVEL = 0.05


@dataclass(frozen=True)
class Check:
    """One line of the table.

    `draw(rng)` makes one data set and gives a p-value (size, power), whether the interval held the truth (coverage), or whether a
    claim was made (false_claims); `None` if the statistic said that it could not be computed. `at_most` is the largest share
    of false claims that is admitted.
    """

    name: str
    part: str
    kind: Kind
    statistic: str
    design: str
    draw: Callable[[np.random.Generator], float | bool | None]
    nominal: float = LEVEL
    at_most: float = 0.0


@dataclass(frozen=True)
class Result:
    """What came out: `rate` of `n` draws with its 99% Monte Carlo interval, how many could not be computed, and the verdict."""

    name: str
    part: str
    kind: str
    statistic: str
    design: str
    nominal: float
    rate: float | None
    low: float
    high: float
    n: int
    not_estimable: int
    verdict: str


CHECKS: dict[str, Check] = {}


def register(check: Check) -> Check:
    """Add a check; its name must be new."""
    if check.name in CHECKS:
        raise ValueError(f"The check {check.name!r} is registered twice.")
    CHECKS[check.name] = check
    return check


def load() -> dict[str, Check]:
    """Import every `*_checks` module of this folder and give all checks."""
    for module in sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if m.name.endswith("_checks")):
        importlib.import_module(f"tests.calibration.{module}")
    return dict(CHECKS)


def run(check: Check, *, draws: int | None = None, seed: int = 20261) -> Result:
    """Draw, count, and judge; the draws of a check do not depend on the other checks."""
    n = draws or DRAWS[check.kind]
    streams = np.random.SeedSequence([seed, *check.name.encode()]).spawn(n)
    found = [check.draw(np.random.default_rng(s)) for s in streams]
    known = [f for f in found if f is not None]
    rejects = check.kind in ("size", "power")
    hits = sum(float(f) <= LEVEL if rejects else bool(f) for f in known)
    interval = clopper_pearson(hits, len(known), 0.99)
    rate = hits / len(known) if known else None
    return Result(check.name, check.part, check.kind, check.statistic, check.design, check.nominal, rate, interval.low,
                  interval.high, len(known), n - len(known), _verdict(check, interval.low, interval.high, len(known)))


def _verdict(check: Check, low: float, high: float, n: int) -> str:
    """Say `holds`, `conservative` or `fails`: the Monte Carlo interval must hold the nominal value or lie on the safe side of it."""
    if not n:
        return "withheld"
    if check.kind == "power":
        return "shown"
    if check.kind == "false_claims":
        return "holds" if low <= check.at_most else "fails"
    if low <= check.nominal <= high:
        return "holds"
    safe = high < check.nominal if check.kind == "size" else low > check.nominal
    return "conservative" if safe else "fails"


def as_row(result: Result) -> dict[str, object]:
    """Give a result as a mapping for the stored file."""
    return asdict(result)
