"""Does a unit fit its pattern? Stacked dots by unit predikat, beside what that predikat allows."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit.exhibits.chart import Chart, need, nothing
from evalkit.exhibits.style import (
    BAND,
    BLUE,
    DASHES,
    INK,
    MID,
    MUTED,
    POINT,
    SEPARATOR,
    SMALL_PX,
    TEXT_PX,
    VERMILION,
    box,
    canvas,
    stroke,
    text_width,
    wrapped,
)
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import listed, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ORDER = ("istimewa", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
_COLUMNS = ("scope_id", "unit_predikat", "counted", "count", "n_rated", "limit_share", "bound", "met")
_BELOW = {"butuh_perbaikan", "kurang", "sangat_kurang"}
_TALLEST = 200
_ALLOWED = {"majority": 3, "min": 2, "max": 1, "any": 0}


@dataclass(frozen=True)
class _Mark:
    percent: float
    met: bool
    focus: bool


@dataclass(frozen=True)
class _Panel:
    """The units of one predikat: what is counted, the field that is allowed (percent), and the units."""

    predikat: str
    counted: tuple[str, ...]
    low: float
    high: float
    majority: bool
    marks: tuple[_Mark, ...]


def unit_pattern(frame: pd.DataFrame, *, focus: str | None = None, marks: pd.DataFrame | None = None,
                 language: Language = "id") -> Chart:
    """Show every unit among units of its own predikat, and the field that SE MenPANRB 3/2023 allows it.

    Of each unit predikat one result is drawn: the one the rule wants to be the most, or at least a share, or at most a
    share, in this order. A filled mark lies inside the field; the unit in `focus` is a diamond.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of `pattern` of one period: `scope_id`, `unit_predikat`, `counted`, `count`, `n_rated`, `limit_share`,
        `bound`, `met`.
    focus : str, optional
        The `scope_id` of the unit whose report this is.
    marks : pandas.DataFrame, optional
        All units without their names, those of `frame` among them (they are drawn once): rows of `pattern_marks` with
        `unit_predikat` and the shares `share_sangat_baik`, `share_baik` or those of other codes; only predikat that `frame` has rules for.

    Raises
    ------
    ExhibitError
        If no unit has rated people.
    """
    panels = _panels(need(frame, _COLUMNS, "unit_pattern"), focus, marks)
    if not panels:
        raise nothing("unit_pattern")
    inside = sum(m.met for p in panels for m in p.marks)
    total = sum(len(p.marks) for p in panels)
    key = [("●", say("chart.pattern.inside", language))]
    key += [("○", say("chart.pattern.outside", language))] if inside < total else []
    key += [("◆", say("chart.pattern.focus", language))] if any(m.focus for p in panels for m in p.marks) else []
    parts = "; ".join(say("chart.pattern.alt_part", language, predikat=_official(p.predikat), n=len(p.marks),
                          inside=sum(m.met for m in p.marks)) for p in panels)
    alt = say("chart.pattern.alt", language, parts=parts, inside=number(inside, 0, language), total=number(total, 0, language))
    return Chart(_draw(panels, language), alt, tuple(key), _numbers(panels, language))


def _numbers(panels: list[_Panel], language: Language) -> tuple[pd.DataFrame, tuple[Col, ...]]:
    rows = [(_official(p.predikat), " ".join(_what(p, language)), len(p.marks), sum(m.met for m in p.marks)) for p in panels]
    columns = (Col("predikat", say("chart.pattern.predikat", language)), Col("rule", say("chart.pattern.allowed", language)),
               Col("n", say("chart.pattern.n", language), "count"), Col("inside", say("chart.pattern.n_inside", language), "count"))
    return pd.DataFrame(rows, columns=["predikat", "rule", "n", "inside"]), columns


def _official(code: str) -> str:
    return say(f"predikat.{code}", "id")


def _panels(frame: pd.DataFrame, focus: str | None, others: pd.DataFrame | None) -> list[_Panel]:
    rows = frame[frame["n_rated"].fillna(0) > 0]
    out = []
    for predikat in ORDER:
        own = rows[rows["unit_predikat"] == predikat]
        if own.empty:
            continue
        lead = max(own.to_dict("records"), key=lambda r: (_ALLOWED.get(str(r["bound"]), 0), _share(r["limit_share"])))
        same = own[own["counted"] == lead["counted"]]
        lows = [100 * _share(r["limit_share"]) for r in same.to_dict("records") if r["bound"] == "min"]
        highs = [100 * _share(r["limit_share"]) for r in same.to_dict("records") if r["bound"] == "max"]
        majority = bool((same["bound"] == "majority").any())
        low, high = max([50.0 * majority, *lows]), min([100.0, *highs])
        counted = tuple(c for c in re.split(r"[^a-z_]+", str(lead["counted"])) if c)
        marks = _own_marks(same, focus)
        out.append(_Panel(predikat, counted, low, high, majority, tuple(marks + _beside(marks, _all_marks(others, predikat, counted, (low, high))))))
    return out


def _beside(own: list[_Mark], marks: list[_Mark]) -> list[_Mark]:
    """Leave out the units that are drawn already: of marks at the same share one for each."""
    left = list(marks)
    for mark in own:
        same = [m for m in left if abs(m.percent - mark.percent) < 1e-6]
        if same:
            left.remove(same[0])
    return left


def _share(value: Any) -> float:
    return 0.0 if pd.isna(value) else float(value)


def _own_marks(rows: pd.DataFrame, focus: str | None) -> list[_Mark]:
    out = []
    for scope, unit in rows.groupby("scope_id", sort=True):
        first = unit.iloc[0]
        met = all(bool(m) for m in unit["met"] if pd.notna(m))
        out.append(_Mark(100 * float(first["count"]) / float(first["n_rated"]), met, scope == focus))
    return out


def _all_marks(others: pd.DataFrame | None, predikat: str, counted: tuple[str, ...], field: tuple[float, float]) -> list[_Mark]:
    if others is None or others.empty:
        return []
    names = [f"share_{c}" for c in counted]
    if not set(names) <= set(others.columns):
        if set(counted) != _BELOW:
            return []                                # a share of all results below Baik is no share of one of them
        names = ["share_below"]
    rows = others[others["unit_predikat"] == predikat].dropna(subset=names)
    shares = [100 * float(sum(float(r[n]) for n in names)) for r in rows.to_dict("records")]
    return [_Mark(s, field[0] <= s <= field[1], False) for s in shares]


def _what(panel: _Panel, language: Language) -> list[str]:
    """Say in two parts what is counted and what the rule allows."""
    limits = []
    if panel.majority:
        limits.append(say("chart.pattern.majority", language))
    elif panel.low > 0:
        limits.append(say("chart.pattern.at_least", language, share=percent(panel.low / 100, language, 0)))
    if panel.high < 100:
        limits.append(say("chart.pattern.at_most", language, share=percent(panel.high / 100, language, 0)))
    word = "atau" if language == "id" else "or"
    names = f" {word} ".join(_official(c) for c in panel.counted)
    return [f"% {names}:", ", ".join(limits) or say("chart.pattern.free", language)]


@dataclass(frozen=True)
class _Plan:
    """The geometry of one panel at one width."""

    panel: _Panel
    title: str
    words: tuple[str, ...]
    stacks: dict[float, list[_Mark]]
    tall: float


def _plan(panel: _Panel, left: float, narrow: bool, pitch: float, language: Language) -> _Plan:
    grid = 4 if narrow else 2
    stacks: dict[float, list[_Mark]] = defaultdict(list)
    for mark in sorted(panel.marks, key=lambda m: (not m.focus, m.met, m.percent)):
        stacks[min(100.0, round(mark.percent / grid) * grid)].append(mark)
    title = f"{say('chart.pattern.units', language, predikat=_official(panel.predikat))} ({len(panel.marks)})"
    what = _what(panel, language)
    words = [" ".join(what)] if narrow else [line for part in what for line in wrapped(part, left - 8)]
    tallest = max((len(s) for s in stacks.values()), default=0)
    least = 48 if narrow else max(58, 34 + 17 * len(words))
    return _Plan(panel, title, tuple(words), dict(stacks), max(least, pitch * tallest + (40 if narrow else 28)))


def _draw(panels: list[_Panel], language: Language) -> Draw:
    def draw(width: float, narrow: bool) -> Figure:
        left, right = (12, 12) if narrow else (188, 14)
        wanted, dot = (9.5, 7.0) if narrow else (11.0, 8.0)
        grid = 4 if narrow else 2
        tallest = max(pd.Series([round(m.percent / grid) for m in p.marks], dtype="int64").value_counts().max() if p.marks else 1
                      for p in panels)
        pitch = min(wanted, _TALLEST / max(int(tallest), 1))
        plans = [_plan(p, left, narrow, pitch, language) for p in panels]
        head = 44 if narrow else 0
        fig, ax = canvas(width, sum(p.tall + head + 12 for p in plans) + 42)
        y = 4.0
        for i, plan in enumerate(plans):
            y += head
            if i:
                stroke(ax, [1, width - 1], [y - head - 6] * 2, color=SEPARATOR, lw=0.8)
            _one(ax, plan, y, (left, width - right), narrow, pitch, min(dot, max(3.0, pitch - 2.4)), language)
            y += plan.tall + 12
        _scale(ax, y, (left, width - right), language)
        return fig
    return draw


def _at(value: float, span: tuple[float, float]) -> float:
    return span[0] + (span[1] - span[0]) * value / 100


def _one(ax: Axes, plan: _Plan, y: float, span: tuple[float, float], narrow: bool, pitch: float, dot: float,
         language: Language) -> None:
    base = y + plan.tall - 12
    panel = plan.panel
    size = SMALL_PX if narrow else TEXT_PX
    box(ax, _at(panel.low, span), y + 2, _at(panel.high, span) - _at(panel.low, span), base - y + 4, BAND, "none")
    limit = [(panel.low, "majority" if panel.majority and panel.low <= 50 else "limit", "right"), (panel.high, "limit", "left")]
    for edge, kind, side in limit:
        if 0 < edge < 100:
            stroke(ax, [_at(edge, span)] * 2, [y + 2, base + 6], color=INK, lw=1.4, ls=DASHES if kind == "majority" else "-")
            words = say(f"chart.pattern.{kind}", language, share=percent(edge / 100, language, 0))
            side = _side(words, _at(edge, span), side, span, size)
            ax.text(_at(edge, span) + (6 if side == "left" else -6), y + 12, words, ha=side, va="center", color=MUTED, fontsize=size)
    stroke(ax, [span[0], span[1]], [base + 6] * 2, color=MID, lw=0.8)
    if narrow:
        ax.text(1, y - 26, plan.title, weight="bold", va="center")
        ax.text(1, y - 9, plan.words[0], va="center", color=MUTED, fontsize=SMALL_PX)
    else:
        ax.text(1, y + 12, plan.title, weight="bold", va="center")
        for j, line in enumerate(plan.words):
            ax.text(1, y + 30 + 17 * j, line, va="center", color=MUTED)
    _dots(ax, plan, base, span, pitch, dot)


def _side(words: str, x: float, wanted: str, span: tuple[float, float], size: float) -> str:
    """Turn a label to the other side of its line where it would leave the figure."""
    wide = text_width(words, size) + 8
    if wanted == "left" and x + wide > span[1]:
        return "right"
    return "left" if wanted == "right" and x - wide < span[0] else wanted


def _dots(ax: Axes, plan: _Plan, base: float, span: tuple[float, float], pitch: float, dot: float) -> None:
    for met in (False, True):
        spots = [(_at(v, span), base - 3 - pitch * j) for v, stack in sorted(plan.stacks.items())
                 for j, mark in enumerate(stack) if mark.met == met and not mark.focus]
        if spots:
            stroke(ax, [x for x, _ in spots], [y for _, y in spots], "o", ms=dot, mew=1.3 if dot > 5 else 0.9, mfc=BLUE if met else "white",
                   mec=INK if met else POINT)
    for v, stack in plan.stacks.items():
        if stack[0].focus:
            stroke(ax, _at(v, span), base - 3, "D", ms=9.5, mew=1.3, mfc=BLUE if stack[0].met else VERMILION, mec=INK, zorder=4)


def _scale(ax: Axes, y: float, span: tuple[float, float], language: Language) -> None:
    for t in (0, 20, 40, 60, 80, 100):
        stroke(ax, [_at(t, span)] * 2, [y - 10, y - 6], color=MID, lw=0.8)
        ax.text(_at(t, span), y + 5, number(t), ha="center", va="center")
    ax.text(_at(50, span), y + 25, say("chart.pattern.axis", language), ha="center", va="center")


def rule_words(counted: str, bound: str, share: object, language: Language = "id") -> str:
    """Say one rule of the pattern in words, for tables.

    Examples
    --------
    >>> rule_words("baik", "max", 0.7), rule_words("butuh_perbaikan+kurang", "any", None)
    ('Baik: paling banyak 70%', 'Butuh Perbaikan atau Kurang: sedikitnya satu')
    """
    codes = [c for c in re.split(r"[^a-z_]+", counted) if c]
    word = "atau" if language == "id" else "or"
    names = f" {word} ".join(_official(c) for c in codes) if len(codes) < 3 else listed([_official(c) for c in codes], language)
    kind = {"majority": "majority", "min": "at_least", "max": "at_most", "any": "any"}[bound]
    return f"{names}: {say(f'chart.pattern.{kind}', language, share=percent(share, language, 0))}"
