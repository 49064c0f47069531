"""Courses, who came to them and how, and where a course left its frozen plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.plans import list_digest, read_list
from evalkit.derive.tables.evaluators import rated_by_evaluators
from evalkit.derive.tables.scopes import most_frequent
from evalkit.impact.plan import Happened, TrainingPlan, course_slug, deviations, read_plan
from evalkit.tables.periods import Period, parse

AFTER = 0.75  # the share of a period that must lie after a course before its results count as those of trained people
_LEAST_ANSWERS = 5
_LATER = 40  # periods after the reported one, for courses that are still to come
_LISTED = ["assigned_by", "score", "cut", "wave", "invited", "attended_hours", "completed"]


@dataclass(frozen=True)
class Planned:
    """The versions of one course's plan: the one that counts, whether its file is intact, and how many were frozen after it."""

    plan: TrainingPlan
    intact: bool
    later: int

    @property
    def state(self) -> str:
        """`draft`, `frozen`, or `changed` after it was frozen."""
        return ("frozen" if self.intact else "changed") if self.plan.frozen else "draft"


def plans_of(context: Context) -> dict[str, Planned]:
    """Give the plan of each course that counts: the first frozen version, else the last draft."""
    versions: dict[str, list[tuple[TrainingPlan, bool]]] = {}
    for text in context.setting("plans"):
        plan, intact = read_plan(text)
        versions.setdefault(plan.course, []).append((plan, intact))
    found = {}
    for course, known in versions.items():
        frozen = [v for v in known if v[0].frozen]
        plan, intact = (frozen or known[-1:])[0]
        found[course] = Planned(plan, intact, max(len(frozen) - 1, 0))
    return found


def slugs(courses: pd.DataFrame) -> pd.Series:
    """Give the key of each course; classes and waves of one course share it."""
    return pd.Series([course_slug(str(n)) for n in courses["name"]], index=courses.index, dtype=object)


def first_full(day: date, window: tuple[Period, ...]) -> str:
    """Give the first period of which three quarters lie after a day: a course counts from there on.

    Examples
    --------
    >>> from evalkit.tables.periods import parse
    >>> first_full(date(2026, 4, 3), (parse("2026-Q1"),)), first_full(date(2026, 4, 30), (parse("2026-Q1"),))
    ('2026-Q2', '2026-Q3')
    """
    first = window[0]
    for n in range(len(window) + _LATER):
        period = first.previous(-n)
        length = (period.end - period.start).days + 1
        if (period.end - day).days >= AFTER * length:
            return period.text
    return ""


def training_people(context: Context, roster: pd.DataFrame, courses: pd.DataFrame, enrolments: pd.DataFrame) -> pd.DataFrame:
    """Give one row a person on the lists of a course: how she came to it, her wave, and from which period on she counts as trained.

    Returns
    -------
    pandas.DataFrame
        `unit_id` is her office in the reported period (of an evaluator: that of most of her people). `first_treated` is the first period
        of which three quarters lie after her class; missing for whoever was not invited. Of several classes the first counts.
    """
    if enrolments.empty or courses.empty:
        return pd.DataFrame(columns=["course", "person_id"])
    known = courses.assign(course=slugs(courses))[["course_id", "course", "audience", "start", "end", "hours"]].astype(object)
    rows = enrolments[["person_id", "course_id", *_LISTED]].astype(object).merge(known, on="course_id", how="inner", validate="m:1")
    rows["end"] = rows["end"].where(rows["end"].notna(), rows["start"])
    rows["invited"] = rows["invited"].astype("boolean").fillna(value=True).astype(bool)
    ends = {d: first_full(d, context.window) for d in rows["end"].dropna().unique()}
    rows["first_treated"] = rows["end"].map(ends).where(rows["invited"], None)
    rows = rows.sort_values(["course", "person_id", "end"], na_position="last", kind="stable").drop_duplicates(["course", "person_id"])
    return rows.merge(_offices(roster), on="person_id", how="left", validate="m:1")


def _offices(roster: pd.DataFrame) -> pd.DataFrame:
    """The office of each person, and of each evaluator that of most of her people, in the last period with a row."""
    own = roster.sort_values("period", kind="stable").drop_duplicates("person_id", keep="last")[["person_id", "opd_id"]]
    led = most_frequent(rated_by_evaluators(roster)[["rater_id", "opd_id"]], ["rater_id"], "opd_id").rename(columns={"rater_id": "person_id"})
    both = pd.concat([own.astype(object), led.astype(object)], ignore_index=True).drop_duplicates("person_id")
    return both.rename(columns={"opd_id": "unit_id"})


def training_courses(context: Context, roster: pd.DataFrame, courses: pd.DataFrame, training_people: pd.DataFrame,
                     survey_responses: pd.DataFrame) -> pd.DataFrame:
    """Give one row a course: when, for whom, how people came to it, and its plan.

    Returns
    -------
    pandas.DataFrame
        `here` tells whether most of its people are rated in periods of the reported kind (or rate in them): a course for teachers stands
        in the reports of a semester. `assigned_by` is `mixed` where the lists name several ways.
    """
    plans = plans_of(context)
    names = dict(zip(slugs(courses), courses["name"].astype(object), strict=True)) if len(courses) else {}
    people = {str(c): rows for c, rows in training_people.groupby(training_people["course"].astype(object))} if len(training_people) else {}
    liked = _reactions(courses, survey_responses)
    known = set(roster["person_id"].astype(object)) | set(roster["superior_id"].dropna().astype(object))
    found = []
    for course in sorted({*people, *plans}):
        planned = plans.get(course)
        rows = people.get(course)
        found.append({"course": course, "name": str(names.get(course) or (planned.plan.name if planned else course)),
                      **_listed(rows, known, planned), **_planned(planned), **liked.get(course, {})})
    return pd.DataFrame(found) if found else pd.DataFrame(columns=["course"])


def _reactions(courses: pd.DataFrame, answers: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Sum up what people thought of each course: how many answered and their mean; fewer than five are not shown."""
    keys = dict(zip(courses["course_id"].astype(object), slugs(courses), strict=True)) if len(courses) else {}
    rows = answers[answers["course_id"].isin(list(keys)).to_numpy(dtype=bool)] if len(answers) else answers
    if rows.empty:
        return {}
    frame = pd.DataFrame({"course": rows["course_id"].astype(object).map(keys), "who": rows["respondent_id"].astype(object),
                          "value": rows["response"].astype(float)}).dropna(subset=["value"])
    found = frame.groupby("course").agg(reaction_n=("who", "nunique"), reaction_mean=("value", "mean"))
    return {str(k): {"reaction_n": int(v["reaction_n"]), "reaction_mean": float(v["reaction_mean"])}
            for k, v in found[found["reaction_n"] >= _LEAST_ANSWERS].to_dict("index").items()}


def _one(values: pd.Series) -> str | None:
    kinds = sorted({str(v) for v in values.dropna()})
    return None if not kinds else kinds[0] if len(kinds) == 1 else "mixed"


def _listed(rows: pd.DataFrame | None, known: set[object], planned: Planned | None) -> dict[str, object]:
    if rows is None:
        plan = planned.plan if planned else None
        return {"audience": plan.audience if plan else "staff", "assigned_by": None, "enrolled": 0, "invited": 0, "completed": 0, "units": 0,
                "waves": 0, "here": True}
    invited = rows[rows["invited"].astype(bool).to_numpy()]
    audience = _one(rows["audience"]) or (planned.plan.audience if planned else "staff")
    starts, ends = invited["start"].dropna(), invited["end"].dropna()
    return {"audience": "evaluator" if audience == "evaluator" else "staff", "assigned_by": _one(rows["assigned_by"]),
            "first_start": starts.min() if len(starts) else None, "last_end": ends.max() if len(ends) else None,
            "hours": float(pd.to_numeric(rows["hours"]).median()) if rows["hours"].notna().any() else None, "enrolled": len(rows),
            "invited": len(invited), "completed": int(invited["completed"].fillna(value=False).astype(bool).sum()),
            "units": int(invited["unit_id"].dropna().nunique()), "waves": int(invited["first_treated"].dropna().nunique()),
            "here": float(rows["person_id"].astype(object).isin(known).mean()) >= 0.5}


def _planned(planned: Planned | None) -> dict[str, object]:
    if planned is None:
        return {"plan_state": "none"}
    plan = planned.plan
    return {"plan_state": planned.state, "plan_digest": plan.digest, "lot": plan.list_digest or None,
            "plan_saved_at": date.fromisoformat(plan.saved_at) if plan.saved_at else None,
            "primary": plan.primary or None, "direction": plan.outcomes.get(plan.primary), "outcomes": ",".join(plan.outcomes) or None,
            "smallest": plan.smallest, "cost": plan.cost}


def training_deviations(context: Context, training_courses: pd.DataFrame, training_people: pd.DataFrame) -> pd.DataFrame:
    """List where each course left its frozen plan."""
    plans = {c: p for c, p in plans_of(context).items() if p.plan.frozen}
    lots = {(course, digest): text for course, digest, text in context.setting("draws")}
    found = []
    for row in training_courses.to_dict("records"):
        planned = plans.get(str(row["course"]))
        if planned is None or not row["enrolled"]:
            continue
        rows = training_people[training_people["course"].eq(row["course"]).to_numpy(dtype=bool)]
        invited = rows[rows["invited"].astype(bool).to_numpy()]
        sizes = invited.groupby("start").size() if len(invited) else pd.Series(dtype=int)
        lot = lots.get((planned.plan.course, planned.plan.list_digest), "")
        seated, strangers, missed, kept = compare_lot(lot, planned.plan.list_digest, invited)
        happened = Happened(str(row["assigned_by"] or ""), tuple(sizes.index), tuple(int(n) for n in sizes),
                            float(row["hours"]) if pd.notna(row["hours"]) else float("nan"), seated, len(strangers | missed), kept)
        for number, (code, before, after) in enumerate(deviations(planned.plan, happened, intact=planned.intact, later=planned.later), 1):
            found.append({"course": row["course"], "order": number, "code": code, "planned": before, "happened": after})
    return pd.DataFrame(found) if found else pd.DataFrame(columns=["course", "order"])


def place_of(day: date, window: tuple[Period, ...]) -> int:
    """Give the place of the period in which a day lies, counted from the first of the window.

    Examples
    --------
    >>> from evalkit.tables.periods import parse
    >>> place_of(date(2026, 5, 20), (parse("2026-Q1"), parse("2026-Q2"))), place_of(date(2025, 12, 31), (parse("2026-Q1"),))
    (1, -1)
    """
    begin = window[0].start
    months = {"month": 1, "quarter": 3, "semester": 6, "year": 12}[window[0].kind]
    return (day.year * 12 + day.month - begin.year * 12 - begin.month) // months


def compare_lot(text: str, digest: str, invited: pd.DataFrame) -> tuple[int, set[str], set[str], bool]:
    """Compare the list of a lottery with the invitations to the waves that were held.

    Returns
    -------
    tuple of (int, set of str, set of str, bool)
        Seats by lot, who was invited without one, who had one and was not invited, and whether the list is there as it was drawn.
    """
    if not digest:
        return 0, set(), set(), True
    rows = read_list(text)
    if not text or list_digest(rows) != digest:
        return 0, set(), set(), False
    starts = {day: n for n, day in enumerate(sorted(invited["start"].dropna().unique()), 1)}
    stated = pd.to_numeric(invited["wave"], errors="coerce").astype(float)
    wave = stated.where(stated.notna(), invited["start"].map(starts).astype(float))
    came = {(int(n), str(p)) for n, p in zip(wave, invited["person_id"], strict=True) if not pd.isna(n)}
    held = {n for n, _ in came}
    seats = {(int(n), code) for n, code, *_ in rows if n and int(n) in held}
    return len(seats), {p for _, p in came - seats}, {p for _, p in seats - came}, True


def index_of(period: str, window: tuple[Period, ...]) -> int:
    """Give the place of a period, counted from the first of the window; later ones go on.

    Examples
    --------
    >>> from evalkit.tables.periods import parse
    >>> index_of("2026-Q3", (parse("2026-Q1"), parse("2026-Q2"))), index_of("2025-Q4", (parse("2026-Q1"),))
    (2, -1)
    """
    begin = window[0].start
    wanted = parse(period)
    months = {"month": 1, "quarter": 3, "semester": 6, "year": 12}[wanted.kind]
    return (wanted.start.year * 12 + wanted.start.month - begin.year * 12 - begin.month) // months
