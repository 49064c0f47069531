"""The register of calibration checks: what is drawn, what must come out, and how far the draws can tell."""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from evalkit.inference.intervals import clopper_pearson

Kind = Literal["size", "coverage", "power", "false_claims", "bias"]
DRAWS: dict[Kind, int] = {"size": 2000, "coverage": 500, "power": 500, "false_claims": 500, "bias": 500}
LEVEL = 0.05


class Found(NamedTuple):
    """What a draw of a power curve gives: the p-value, the true effect, and the smallest one that the program says it would find."""

    p: float
    effect: float
    detectable: float | None = None


@dataclass(frozen=True)
class Check:
    """One line of the table.

    `draw(rng)` makes one data set and gives a p-value (size, power), whether the interval held the truth (coverage), whether a
    claim was made (false_claims), or the error of an estimate (bias); `None` if the statistic said that it could not be computed. The
    checks of one power curve have the same `curve`, which is what its effects are measured in, and give `Found`.
    `at_most` is the largest share of false claims that is admitted. `limited` says why the statistic fails where it does, as its docstring
    does; the verdict stays.
    """

    name: str
    part: str
    kind: Kind
    statistic: str
    design: str
    draw: Callable[[np.random.Generator], Found | float | bool | None]
    nominal: float = LEVEL
    at_most: float = 0.0
    limited: str = ""
    curve: str = ""


@dataclass(frozen=True)
class Result:
    """What came out: `rate` of `n` draws with its 99% Monte Carlo interval, how many could not be computed, and the verdict.

    Of a power curve also the mean true `effect`, and the mean of what the program calls `detectable` in the `stated` draws that say it.
    """

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
    squares: float = 0.0
    curve: str = ""
    effect: float = 0.0
    detectable: float = 0.0
    stated: int = 0


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


@dataclass(frozen=True)
class Counts:
    """How many draws rejected, covered or claimed, how many were known, and how many could not be computed; of a bias sum and squares.

    Of a power curve the sums of the true effects and of the detectable ones, and how many draws stated the latter.
    """

    hits: float = 0.0
    known: int = 0
    missing: int = 0
    squares: float = 0.0
    effect: float = 0.0
    detectable: float = 0.0
    stated: int = 0

    @property
    def draws(self) -> int:
        """All draws made."""
        return self.known + self.missing

    @classmethod
    def of_row(cls, row: Mapping[str, Any] | None) -> Counts:
        """Read the counts of a stored row; nothing of none."""
        if not row:
            return cls()
        hits = (row["rate"] or 0.0) * row["n"]
        n, stated = int(row["n"]), int(row.get("stated", 0))
        return cls(hits if row["kind"] == "bias" else round(hits), n, int(row["not_estimable"]), float(row.get("squares", 0.0)),
                   float(row.get("effect", 0.0)) * n, float(row.get("detectable", 0.0)) * stated, stated)

    def with_found(self, found: Found) -> Counts:
        """Add what a draw of a power curve gave beside its p-value."""
        told = found.detectable is not None
        return replace(self, effect=self.effect + found.effect, detectable=self.detectable + (found.detectable or 0.0), stated=self.stated + told)


def run(check: Check, *, draws: int | None = None, seed: int = 20261, before: Counts | None = None,
        seconds: float = float("inf")) -> Result:
    """Draw, count, and judge; the draws of a check do not depend on the other checks, and go on where `before` ended.

    A draw's numbers depend on its place alone, so that a row made in parts is the row made at once. After `seconds` no further draw is begun.
    """
    counts, n = before or Counts(), draws or DRAWS[check.kind]
    rejects, start = check.kind in ("size", "power"), time.monotonic()
    streams = np.random.SeedSequence([seed, *check.name.encode()]).spawn(n)
    for stream in streams[counts.draws:]:
        found = check.draw(np.random.default_rng(stream))
        if found is None:
            counts = replace(counts, missing=counts.missing + 1)
        else:
            if isinstance(found, Found):
                counts, found = counts.with_found(found), found.p
            value = float(found)
            hit = value if check.kind == "bias" else float(value <= LEVEL if rejects else bool(found))
            counts = replace(counts, hits=counts.hits + hit, known=counts.known + 1, squares=counts.squares + hit**2)
        if time.monotonic() - start > seconds:
            break
    rate = counts.hits / counts.known if counts.known else None
    low, high = _range(check, counts)
    return Result(check.name, check.part, check.kind, check.statistic, check.design, check.nominal, rate, low, high, counts.known, counts.missing,
                  _verdict(check, low, high, counts.known), counts.squares, check.curve, counts.effect / max(counts.known, 1),
                  counts.detectable / max(counts.stated, 1), counts.stated)


def _range(check: Check, counts: Counts) -> tuple[float, float]:
    """Give the 99% Monte Carlo interval of the rate, or of the mean error."""
    if check.kind != "bias":
        interval = clopper_pearson(int(counts.hits), counts.known, 0.99)
        return interval.low, interval.high
    if counts.known < 2:
        return float("-inf"), float("inf")
    mean = counts.hits / counts.known
    half = 2.5758 * (max(counts.squares / counts.known - mean**2, 0.0) / (counts.known - 1)) ** 0.5
    return mean - half, mean + half


def _verdict(check: Check, low: float, high: float, n: int) -> str:
    """Say `holds`, `conservative` or `fails`: the Monte Carlo interval must hold the nominal value or lie on the safe side of it."""
    if not n:
        return "withheld"
    if check.kind == "power":
        return "shown"
    if check.kind == "bias":
        return "none seen" if low <= 0 <= high else "biased"
    if check.kind == "false_claims":
        return "holds" if low <= check.at_most else "fails"
    if low <= check.nominal <= high:
        return "holds"
    safe = high < check.nominal if check.kind == "size" else low > check.nominal
    return "conservative" if safe else "fails"


def as_row(result: Result) -> dict[str, object]:
    """Give a result as a mapping for the stored file."""
    return asdict(result)
