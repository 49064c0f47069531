"""Two states of a period compared: table by table, and printed figure by printed figure with what changed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from evalkit import __version__
from evalkit.derive.build import Built
from evalkit.derive.causes import Cause, Causes, Change
from evalkit.derive.contracts import contract_of
from evalkit.derive.ground import lock_digest, rule_digests, settings_digest, stages_digest
from evalkit.derive.printed import KEY, figures, shown
from evalkit.derive.release import Release, frozen_tables
from evalkit.tables import ledger
from evalkit.tables.study import Study

NOW = "draft"
# A key that names a person, or an appraisal of hers: counted, never shown.
PRIVATE = frozenset({"person_id", "rater_id", "superior_id", "rated_by_id", "object_id", "appraisal_id"})
_PUBLIC_SCOPES = ("city", "unit", "group")


@dataclass(frozen=True)
class Side:
    """One of two states: a release, or the tables of today. `content` and `code` are digests by table, `rules` by file."""

    name: str
    table: Callable[[str], pd.DataFrame | None]
    content: Mapping[str, str]
    code: Mapping[str, str]
    counted: frozenset[str]
    settings: str
    cut: str
    version: str
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    lock: str = ""
    stages: str = ""


@dataclass(frozen=True)
class TableChange:
    """How one table differs; `columns` are those in which common rows differ, `keys` the first keys that may be shown.

    `state` is `equal`, `changed`, `gone` (only in the first state) or `new` (only in the second).
    """

    table: str
    state: str
    rows_before: int = 0
    rows_after: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class FigureChange:
    """One printed figure that differs at display precision; `None` stands where the figure was not printed."""

    table: str
    column: str
    scope: str
    scope_id: str
    item: tuple[str, ...]
    kind: str
    digits: int
    before: object
    after: object
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two states of a period; `units` are name and folder by `opd_id`."""

    before: str
    after: str
    period: str
    tables: tuple[TableChange, ...]
    figures: tuple[FigureChange, ...]
    causes: tuple[Cause, ...]
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def of_unit(self, opd_id: str) -> Difference:
        """Give the same with the figures of one unit only."""
        return replace(self, figures=tuple(f for f in self.figures if f.scope == "unit" and f.scope_id == opd_id))

    @property
    def concerned(self) -> tuple[str, ...]:
        """The units of which a figure differs, by name."""
        found = {f.scope_id for f in self.figures if f.scope == "unit" and f.scope_id in self.units}
        return tuple(sorted(found, key=lambda u: self.units[u][0].casefold()))


def side_of_release(study: Study, release: Release, folder: Path | None = None) -> Side:
    """Give a release as one side of a comparison; `folder` where it is not made yet."""
    frames: dict[str, pd.DataFrame] = {}

    def table(name: str) -> pd.DataFrame | None:
        if not frames:
            frames.update(frozen_tables(study, release, folder))
        return frames.get(name)

    return Side(release.name, table, {n: t.content for n, t in release.tables.items()}, {n: t.code for n, t in release.tables.items()},
                frozenset(release.counted), release.settings, release.cut, release.versions.get("evalkit", ""),
                {n: t.key for n, t in release.tables.items()}, release.rules, release.lock, release.stages)


def side_of_today(study: Study, built: Built, cut: str = "") -> Side:
    """Give the tables of a build of today as one side of a comparison."""
    def table(name: str) -> pd.DataFrame | None:
        return built.table(name) if name in built.records else None

    day = pd.Timestamp(cut).date() if cut else None
    return Side(NOW, table, {n: r.content for n, r in built.records.items()}, {n: r.code for n, r in built.records.items()},
                frozenset(r.import_id for r in ledger.records(study, day)), settings_digest(study), cut, __version__,
                {n: contract_of(n).key for n in built.records}, rule_digests(), lock_digest(), stages_digest())


def difference(study: Study, before: Side, after: Side, period: str, steps: Sequence[tuple[str, Side]] = ()) -> Difference:
    """Compare two states of a period.

    Parameters
    ----------
    study : Study
        The study: its ledger says what came in between.
    before, after : Side
        The two states.
    period : str
        The reported period.
    steps : sequence of (str, Side)
        States in between, as `derive.steps` computes them: each figure then names only the parts of the ground that changed it.

    Returns
    -------
    Difference
        Tables in the order of their names; figures of the city first, then by unit. A figure differs when it differs as a page prints it.
    """
    tables = tuple(_table(n, before, after) for n in sorted({*before.content, *after.content}))
    differing = {t.table for t in tables if t.state == "changed"}  # a table that only one state knows prints no other figure
    units = {**_units(before), **_units(after)}
    changes = _figures(before, after, period, differing) if differing else ()
    causes = Causes(study, _change(before, after), period)
    taken = _steps(before, after, period, steps) if steps else {}
    told = tuple(replace(f, causes=causes.of(f.table, f.column, f.scope_id, taken.get(_key(f), frozenset()) if steps else None)) for f in changes)
    order = {u: n for n, u in enumerate(sorted(units, key=lambda u: units[u][0].casefold()), 1)}
    told = tuple(sorted(told, key=lambda f: 0 if f.scope == "city" else order.get(f.scope_id, len(order) + 1)))
    return Difference(before.name, after.name, period, tables, told, causes.all(frozenset().union(*taken.values()) if steps else None), units)


def _key(figure: FigureChange) -> tuple[str, ...]:
    return (figure.table, figure.column, figure.scope, figure.scope_id, *figure.item)


def _steps(before: Side, after: Side, period: str, steps: Sequence[tuple[str, Side]]) -> dict[tuple[str, ...], frozenset[str]]:
    """Tell in which steps each figure changed; `files` is the last one."""
    found: dict[tuple[str, ...], frozenset[str]] = {}
    here = before
    for name, there in (*steps, ("files", after)):
        differing = {n for n in {*here.content} & {*there.content} if here.content[n] != there.content[n]}
        for figure in _figures(here, there, period, differing):
            found[_key(figure)] = found.get(_key(figure), frozenset()) | {name}
        here = there
    return found


def _change(before: Side, after: Side) -> Change:
    code = {n for n in {*before.code} & {*after.code} if before.code[n] != after.code[n]}
    rules = tuple(sorted(n for n in {*before.rules, *after.rules} if before.rules.get(n) != after.rules.get(n)))
    return Change(frozenset(after.counted - before.counted), frozenset(before.counted - after.counted), before.settings != after.settings,
                  frozenset(code), f"{before.version} → {after.version}", before.cut != after.cut, rules,
                  before.lock != after.lock, before.stages != after.stages)


def _units(side: Side) -> dict[str, tuple[str, str]]:
    units = side.table("units_current")
    if units is None:
        return {}
    offices = units[units["unit_id"].eq(units["opd_id"]).to_numpy(dtype=bool)]
    return {str(u): (str(n), str(s)) for u, n, s in zip(offices["unit_id"], offices["name"], offices["slug"], strict=True)}


def _table(name: str, before: Side, after: Side) -> TableChange:
    if name not in before.content or name not in after.content:
        return TableChange(name, "new" if name in after.content else "gone")
    if before.content[name] == after.content[name]:
        return TableChange(name, "equal")
    one, two = before.table(name), after.table(name)
    if one is None or two is None:
        return TableChange(name, "gone" if two is None else "new")
    return compare_tables(name, one, two, after.keys[name])


def compare_tables(name: str, before: pd.DataFrame, after: pd.DataFrame, key: tuple[str, ...], *, show: int = 3) -> TableChange:
    """Compare two states of one table by its key.

    Parameters
    ----------
    name : str
        The table.
    before, after : pandas.DataFrame
        The two states.
    key : tuple of str
        The columns that identify a row.
    show : int
        So many keys are given of rows that differ; those of persons never are.

    Returns
    -------
    TableChange
        `changed` counts rows that stand in both and say something else.

    Examples
    --------
    >>> one = pd.DataFrame({"period": ["a", "b"], "n": [1, 2]})
    >>> two = pd.DataFrame({"period": ["b", "c"], "n": [3, 4]})
    >>> found = compare_tables("x", one, two, ("period",))
    >>> found.added, found.removed, found.changed, found.columns, found.keys
    (1, 1, 1, ('n',), ('period=a', 'period=b', 'period=c'))
    """
    by = [k for k in key if k in before.columns and k in after.columns]
    columns = sorted({*before.columns, *after.columns} - set(by))
    one, two = (_plain(f, by, columns) for f in (before, after))
    merged = one.merge(two, on=by, how="outer", suffixes=("", "\x1f"), indicator="_side")
    both = merged["_side"].eq("both").to_numpy(dtype=bool)
    differs = {c: both & _unlike(merged[c], merged[f"{c}\x1f"]) for c in columns}
    changed = pd.DataFrame(differs).any(axis=1).to_numpy(dtype=bool) if differs else both & False
    rows = merged[changed | ~both]
    missing = tuple(c for c in columns if (c in before.columns) != (c in after.columns))
    found = tuple(c for c in columns if c in missing or differs[c].any())
    return TableChange(name, "changed" if len(rows) or missing else "equal", len(before), len(after),
                       int(merged["_side"].eq("right_only").sum()), int(merged["_side"].eq("left_only").sum()), int(changed.sum()),
                       found, _keys(rows, by, show))


def _plain(frame: pd.DataFrame, by: list[str], columns: list[str]) -> pd.DataFrame:
    wide = frame.reindex(columns=[*by, *columns]).astype(object)
    text = {k: wide[k].map(lambda v: "" if pd.isna(v) else str(v)) for k in by}
    return wide.assign(**text)


def _unlike(one: pd.Series, two: pd.Series) -> pd.Series:
    gone = one.isna().to_numpy(dtype=bool), two.isna().to_numpy(dtype=bool)
    same = pd.Series([a == b for a, b in zip(one, two, strict=True)], index=one.index, dtype=object)
    equal = same.map(lambda v: v is True or str(v) == "True").to_numpy(dtype=bool)
    return pd.Series(~(equal | (gone[0] & gone[1])), index=one.index)


def _keys(rows: pd.DataFrame, by: list[str], show: int) -> tuple[str, ...]:
    if PRIVATE & set(by) or not by:
        return ()
    public = rows[rows["scope"].isin(_PUBLIC_SCOPES).to_numpy(dtype=bool)] if "scope" in by else rows
    return tuple(", ".join(f"{k}={v}" for k, v in zip(by, values, strict=True) if v) for values in
                 public[by].head(show).itertuples(index=False, name=None))


def _figures(before: Side, after: Side, period: str, differing: set[str]) -> tuple[FigureChange, ...]:
    def of(side: Side) -> pd.DataFrame:
        return figures(lambda n: side.table(n) if n in differing or n == "coverage" else None, period)

    merged = of(before).reset_index(names="order").merge(of(after).reset_index(names="order"), on=list(KEY), how="outer",
                                                         suffixes=("_before", "_after"))
    merged = merged.sort_values(["order_after", "order_before"], kind="stable")
    found = []
    for row in merged.astype(object).to_dict("records"):
        known = "after" if isinstance(row["kind_after"], str) else "before"
        kind, digits = str(row[f"kind_{known}"]), int(row[f"digits_{known}"])
        values = [None if pd.isna(row[f"value_{side}"]) else row[f"value_{side}"] for side in ("before", "after")]
        if shown(values[0], kind, digits) != shown(values[1], kind, digits):
            found.append(FigureChange(str(row["table"]), str(row["column"]), str(row["scope"]), str(row["scope_id"]),
                                      tuple(str(row["item"]).split("\x1f")) if row["item"] else (), kind, digits, values[0], values[1]))
    return tuple(found)
