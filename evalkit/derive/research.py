"""What a research notebook works on: one study as plain frames, without a name, and with the truth where the study is invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from evalkit.derive.build import build
from evalkit.derive.context import Context
from evalkit.derive.handle import Handle, open_handle
from evalkit.derive.research_choices import Comparison, comparison
from evalkit.derive.tables.fairness import attributes_of, reference_of
from evalkit.derive.tables.outcomes import read_rule
from evalkit.derive.tables.ratings import in_window
from evalkit.errors import DeriveError
from evalkit.language.catalogue import say
from evalkit.raters.official import OUTCOMES, official_rows, outcome_of
from evalkit.tables import store
from evalkit.tables.study import Study, load_study

Kind = Literal["appraisals", "linked", "outcomes"]
_TRUTH = ("evaluators", "gaps", "rotations")  # the tables of the truth that name nobody
_FIXED = frozenset({"person_id", "object_id", "unit_id", "rater_id", "value", "n", "instrument", "object_kind", "rater_role", "occasion", "period",
                    "measure", "item", "rating", "upper_half", "upper_quarter"})
_PAIR = ["instrument", "object_id", "rater_id", "occasion"]


@dataclass(frozen=True)
class ResearchData:
    """A study opened for research.

    `kind`: "appraisals" (one superior a person), "linked" (ratings whose raters are seen), "outcomes" (no rater is seen). `rows`: official
    results of the window, a row a person and period, of the largest regime: `person_id`, `period`, `rater_id`, `predikat`, `sangat_baik`,
    `below_baik`, `opd_id`, `post_type`, attributes of both sides (`sex`, `rater_sex`); `now` those of the reported period. `ratings`: a row
    an answer, high is good: `object_id`, `rater_id`, `item`, `occasion`, `rating`, attributes of both sides; `overall` the mean over items.
    `objects`: a row a person (or object) whose groups can be compared: `person_id`, `unit_id`, `n` (ratings or respondents behind it),
    `value`, the outcomes `upper_half` and `upper_quarter`, attributes. `references`: attribute -> the group that others are compared with.
    `truth`: what an invented study was made from; empty for a real one. Frames that a study does not have are empty.
    """

    handle: Handle
    kind: Kind
    periods: tuple[str, ...]
    rows: pd.DataFrame
    ratings: pd.DataFrame
    objects: pd.DataFrame
    references: dict[str, str]
    instruments: tuple[str, ...]
    instrument: str
    min_group: int
    margin: float
    person: str = ""
    truth: dict[str, pd.DataFrame] = field(default_factory=dict)

    outcomes = tuple(OUTCOMES)

    @property
    def now(self) -> pd.DataFrame:
        """The official results of the reported period."""
        return self.rows[self.rows["period"].eq(self.handle.facts.period).to_numpy(dtype=bool)].reset_index(drop=True)

    @property
    def overall(self) -> pd.DataFrame:
        """The ratings with one row an object, rater and occasion: the mean over its items."""
        return _overall(self.ratings)

    @property
    def cluster(self) -> str:
        """The column of `overall` that tells persons apart: the one the study names, else the object."""
        return self.person if self.person in self.ratings.columns else "object_id"

    @property
    def people(self) -> pd.DataFrame:
        """One row a person whose groups can be compared: the official results of the period, or the objects of a file."""
        return self.now if self.kind == "appraisals" else self.objects.assign(period=self.handle.facts.period)

    @property
    def people_outcomes(self) -> list[str]:
        """The outcomes that `people` has: the marks of the study first."""
        if self.kind == "appraisals":
            return list(self.outcomes)
        return [*(c for c in self.objects.columns if ">" in c or "<" in c), "upper_half", "upper_quarter"]

    @property
    def strata(self) -> list[str]:
        """What is held fixed when `people` are compared: evaluator and period, or the strata of the file."""
        return ["rater_id", "period"]

    def comparison(self, attribute: str = "", group: str = "") -> Comparison:
        """Give one comparison with every choice that can be defended on this study; see `research_choices.comparison`."""
        return comparison(self.people, self.references, self.people_outcomes, attribute, group, official=self.kind == "appraisals",
                          language="en" if self.handle.facts.language == "en" else "id")


def open_research(study: Study | Path | str, *, period: str, as_of: date | str | None = None, instrument: str = "") -> ResearchData:
    """Open a study for a research notebook.

    Parameters
    ----------
    study : Study, Path or str
        The study or its folder.
    period : str
        The period that is looked at; the window of the study before it counts as well.
    as_of : date or text, optional
        Data that came later do not count.
    instrument : str
        One of the rating files of the study; by default the first that has ratings or outcomes in the period.

    Returns
    -------
    ResearchData
        Plain frames; no name, no NIP.

    Raises
    ------
    DeriveError
        If the study has no such instrument.
    """
    own = study if isinstance(study, Study) else load_study(study)
    day = (date.fromisoformat(as_of) if as_of else None) if isinstance(as_of, str) else as_of
    built = build(own, period, as_of=day, names=("roster", "rating_distribution", "rating_raters", "rating_objects", "outcome_summary",
                                                 "units_current", "coverage"))
    context = built.context
    handle = open_handle(own, report="research", period=period, as_of=day, built=built)
    roster = handle.table("roster")
    ratings, values = _ratings(own, context, day), _values(own, context, day)
    known = tuple(dict.fromkeys([*ratings["instrument"], *values["instrument"]]))
    if instrument and instrument not in known:
        raise DeriveError(say("asked.no_instrument", own.language, name=instrument[:60], period=period[:20], names=", ".join(known) or "-"))
    chosen = instrument or next(iter(known), "")
    ratings, values = (_of(frame, chosen) for frame in (ratings, values))
    rows = _official(context, roster)
    kind: Kind = "appraisals" if own.populations else "linked" if len(ratings) else "outcomes"
    objects = _objects(own, _overall(ratings), values) if kind != "appraisals" else _objects(own, _overall(ratings.iloc[:0]), values)
    people = rows if kind == "appraisals" else objects
    wanted = attributes_of(context, people) if kind == "appraisals" or "attributes" in own.fairness else _usable(people)
    found = {a: reference_of(context, people[a], a) for a in wanted if a in people.columns}
    references = {a: r for a, r in found.items() if r is not None and len(set(people[a].dropna())) > 1}
    return ResearchData(handle, kind, context.periods, rows, ratings, objects, references, known, chosen,
                        int(context.setting("min_group")), float(context.setting("margin")), str(own.fairness.get("person", "")), _truth(own))


def _of(frame: pd.DataFrame, instrument: str) -> pd.DataFrame:
    """Give the rows of one instrument, without the attributes of others."""
    own = frame[frame["instrument"].eq(instrument).to_numpy(dtype=bool)].reset_index(drop=True)
    empty = [c for c in own.columns if len(own) and c not in _FIXED and own[c].isna().all()]
    return own.drop(columns=empty)


def _truth(study: Study) -> dict[str, pd.DataFrame]:
    files = {name: study.root / "truth" / f"{name}.parquet" for name in _TRUTH}
    return {name: pd.read_parquet(file) for name, file in files.items() if file.is_file()}


def _official(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Give the results of the largest regime, with the attributes of both sides; what is unknown is missing, never a group."""
    rows = official_rows(roster, periods=context.periods)
    sizes = rows["instrument"].value_counts()
    rows = rows[rows["instrument"].eq(sizes.index[0] if len(sizes) else "").to_numpy(dtype=bool)].reset_index(drop=True)
    names = attributes_of(context, roster)
    people = roster[["person_id", "period", *names]].astype("object")
    extra = [a for a in names if a not in rows.columns]
    rows = rows.merge(people[["person_id", "period", *extra]], on=["person_id", "period"], how="left", validate="1:1")
    raters = people.rename(columns={"person_id": "rater_id", **{a: f"rater_{a}" for a in names}})
    rows = rows.merge(raters, on=["rater_id", "period"], how="left", validate="m:1")
    return rows.assign(**{outcome: outcome_of(rows, outcome).to_numpy(dtype=bool) for outcome in OUTCOMES})


def _wide(attributes: pd.DataFrame, key: str, prefix: str) -> pd.DataFrame:
    """One row an object or rater, a column an attribute."""
    rows = attributes[["instrument", key, "attribute", "value"]].astype("object").drop_duplicates(["instrument", key, "attribute"])
    found = rows.set_index(["instrument", key, "attribute"])["value"].unstack("attribute")  # noqa: PD010  # text: nothing is aggregated
    return found.add_prefix(prefix).reset_index().rename_axis(columns=None)


def _joined(rows: pd.DataFrame, study: Study, day: date | None, *, raters: bool) -> pd.DataFrame:
    for table, key, prefix in (("object_attributes", "object_id", ""), *((("rater_attributes", "rater_id", "rater_"),) if raters else ())):
        wide = _wide(store.read(study, table, as_of=day), key, prefix)
        rows = rows.merge(wide, on=["instrument", key], how="left", validate="m:1")
    return rows


def _ratings(study: Study, context: Context, day: date | None) -> pd.DataFrame:
    rows = in_window(context, store.read(study, "ratings", as_of=day))
    names = ["instrument", "object_id", "object_kind", "rater_id", "rater_role", "item", "occasion", "period", "unit_id"]
    rows = rows[names].astype("object").assign(rating=rows["rating"].astype("float64"))
    scales = {m.instrument: m.scale for m in study.mappings if m.direction == "low_is_good"}
    turned = rows["instrument"].map({i: sum(s) if s else 0.0 for i, s in scales.items()})
    rows["rating"] = rows["rating"].where(turned.isna(), turned.astype("float64") - rows["rating"])
    return _joined(rows, study, day, raters=True)


def _values(study: Study, context: Context, day: date | None) -> pd.DataFrame:
    """One row an object and measure of an outcome file."""
    rows = store.read(study, "outcomes", as_of=day).rename(columns={"value": "rating"})
    rows = in_window(context, rows)
    names = ["instrument", "object_id", "measure", "unit_id"]
    rows = rows[names].astype("object").assign(value=rows["rating"].astype("float64"), n=rows["n"].astype("Float64").astype("float64"))
    return _joined(rows, study, day, raters=False)


def _overall(ratings: pd.DataFrame) -> pd.DataFrame:
    """The mean over the items of one rater on one object."""
    others = [c for c in ratings.columns if c not in (*_PAIR, "item", "rating")]
    groups = ratings.groupby(_PAIR, sort=False, dropna=False)
    return groups[others].first().assign(rating=groups["rating"].mean()).reset_index()


def _objects(study: Study, overall: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """One row an object, or a person where the study says which attribute tells persons apart."""
    if len(overall):
        rows = overall.rename(columns={"rating": "value"}).assign(n=1.0)
    else:
        rules = [r for r in map(read_rule, study.fairness.get("outcomes", ())) if r is not None]
        measure = rules[0].measure if rules else next(iter(values["measure"]), "")
        rows = values[values["measure"].eq(measure).to_numpy(dtype=bool)].assign(n=values["n"].fillna(1.0))
    person = str(study.fairness.get("person", ""))
    key = person if person in rows.columns else "object_id"
    rows = rows.dropna(subset=[key, "value"])
    weight = rows["n"].where(rows["n"] > 0, 1.0)
    groups = rows.assign(_sum=rows["value"] * weight, _n=weight).groupby(key, sort=False)
    found = groups.first().drop(columns=["value", "n", "object_id", "rater_id", "_sum", "_n"], errors="ignore")
    found = found.assign(value=groups["_sum"].sum() / groups["_n"].sum(), n=groups["_n"].sum()).reset_index(names="person_id")
    halves = {"upper_half": 0.5, "upper_quarter": 0.75}
    marks = {name: found["value"] > found["value"].quantile(q) for name, q in halves.items()} if len(found) else dict.fromkeys(halves, False)
    of_rules = {r.text.replace(" ", ""): r.met(found["value"]) for r in map(read_rule, study.fairness.get("outcomes", ())) if r is not None}
    return found.assign(unit_id=found["unit_id"].fillna(""), rater_id=found["unit_id"].fillna(""), **marks, **of_rules)


def _usable(objects: pd.DataFrame) -> list[str]:
    """Attributes of a rating file that make few groups; one that is nearly a number of its own is none."""
    own = [c for c in objects.columns if c not in _FIXED and not c.startswith("rater_")]
    return [c for c in own if 2 <= objects[c].nunique() <= 10]
