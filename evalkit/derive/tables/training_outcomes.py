"""What a training could change, for each person and period: of staff what they do, of evaluators how they rate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.double_ratings import pairs
from evalkit.derive.tables.evaluators import evaluator_of, rated_by_evaluators
from evalkit.derive.tables.scopes import most_frequent
from evalkit.impact.rater_outcomes import rater_outcomes
from evalkit.scoring.dimensions import indicator_means
from evalkit.tables.periods import parse

_COLUMNS = ["person_id", "period", "audience", "outcome", "value", "n", "unit_id", "rater_id", "form", "turn"]
_ON_VIGNETTES = ("accuracy", "distance", "halo", "spread")


def training_outcomes(context: Context, roster: pd.DataFrame, attendance: pd.DataFrame, ratings: pd.DataFrame,
                      indicators: pd.DataFrame, vignette_key: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Measure each person in each period of the window by everything that the data hold.

    Staff: `test` (scores of employees that a mapping reads as the measure `test`; their mean in the period), `late_minutes` (minutes late a day
    due), `absent_share` (days absent of days due), `achieved` (indicators, percent of target), `items` (mean answer of others), `sangat_baik` (1
    or 0). Evaluators: on vignettes `accuracy` (mean distance from the expert rating), `distance` (of her severity from that of all evaluators),
    `halo` and `spread` (standard deviation within a vignette and between vignettes), each form for itself; `agreement` (share of her official
    ratings that a blind second rater gave too), `repeated` (share of her people, rated by her in both periods, whose two ratings are those of the
    period before), `split` (share of her people whose two ratings differ), `sangat_baik_given`.

    Returns
    -------
    pandas.DataFrame
        One row a person, period and outcome that is measured; `n` counts days due, items or people behind it, `unit_id` is the office,
        `rater_id` who rated her (of `items` all who did, in one text), where the outcome is a rating. `form` is the form of the
        vignettes and `turn` its place among the forms answered in that period (1 for all else).

    Notes
    -----
    Ratings of staff are the eye of the superior as well: a course that changes the superior changes them too.
    """
    evaluators = _evaluators(context, roster)
    parts = [*_staff(context, roster, attendance, ratings, indicators, outcomes), *evaluators, _vignettes(context, evaluators, ratings, vignette_key),
             _agreed(context, evaluators, ratings, roster)]
    kept = [p[p["value"].notna().to_numpy()] for p in parts if len(p)]
    return pd.concat([p.reindex(columns=_COLUMNS).assign(turn=p.get("turn", 1)) for p in kept],
                     ignore_index=True) if kept else pd.DataFrame(columns=_COLUMNS)


def _staff(context: Context, roster: pd.DataFrame, attendance: pd.DataFrame, ratings: pd.DataFrame,
           indicators: pd.DataFrame, outcomes: pd.DataFrame) -> list[pd.DataFrame]:
    people = roster[["person_id", "period", "opd_id"]].astype(object).rename(columns={"opd_id": "unit_id"})
    rated = roster[(roster["is_rated"].astype(bool) & ~roster["is_rule_determined"].astype(bool)).to_numpy(dtype=bool)]
    official = pd.DataFrame({"person_id": rated["person_id"].astype(object), "period": rated["period"].astype(object), "outcome": "sangat_baik",
                             "value": rated["predikat"].eq("sangat_baik").astype(float), "n": 1,
                             "rater_id": evaluator_of(rated)})
    measured = [official, _tested(context, outcomes), *_attended(context, attendance), _achieved(context, indicators),
                _answered(context, ratings)]
    return [m.assign(audience="staff").merge(people, on=["person_id", "period"], how="inner", validate="m:1") for m in measured if len(m)]


def _attended(context: Context, attendance: pd.DataFrame) -> list[pd.DataFrame]:
    months = {f"{p.start.year + (p.start.month - 1 + k) // 12}-{(p.start.month - 1 + k) % 12 + 1:02d}": p.text
              for p in context.window for k in range((p.end.year - p.start.year) * 12 + p.end.month - p.start.month + 1)}
    rows = attendance.assign(period=attendance["month"].astype(object).map(months))
    rows = rows[rows["period"].notna().to_numpy(dtype=bool)]
    if rows.empty:
        return []
    sums = rows.astype({"days_due": float, "days_absent": float, "late_minutes": float, "person_id": object}).groupby(
        ["person_id", "period"], as_index=False)[["days_due", "days_absent", "late_minutes"]].sum(min_count=1)
    sums = sums[(sums["days_due"] > 0).to_numpy()]
    there = (sums["days_due"] - sums["days_absent"]).clip(lower=1)
    base = sums[["person_id", "period"]].assign(n=sums["days_due"].astype(int))
    return [base.assign(outcome="late_minutes", value=sums["late_minutes"] / there),
            base.assign(outcome="absent_share", value=sums["days_absent"] / sums["days_due"])]


def _tested(context: Context, outcomes: pd.DataFrame) -> pd.DataFrame:
    """The mean of the test scores of each employee in each period of the window; a test of a month belongs to the period around it."""
    own = outcomes[(outcomes["object_kind"].eq("employee") & outcomes["measure"].eq("test") & outcomes["value"].notna()).to_numpy(dtype=bool)]
    around = {p: next((w.text for w in context.window if w.contains(parse(p))), None) for p in own["period"].dropna().astype(object).unique()}
    rows = pd.DataFrame({"person_id": own["object_id"].astype(object), "period": own["period"].astype(object).map(around),
                         "value": own["value"].astype("float64")}).dropna(subset=["period"])
    found = rows.groupby(["person_id", "period"], as_index=False).agg(value=("value", "mean"), n=("value", "size"))
    return found.assign(outcome="test")


def _achieved(context: Context, indicators: pd.DataFrame) -> pd.DataFrame:
    found = []
    own = indicators[indicators["object_kind"].eq("employee").to_numpy(dtype=bool)]
    kinds = {p: parse(p) for p in own["period"].dropna().astype(object).unique()}
    for period in context.window:
        inside = [p for p, known in kinds.items() if period.contains(known)]
        means = indicator_means(own[own["period"].isin(inside).to_numpy(dtype=bool)]) if inside else {}
        found += [{"person_id": person, "period": period.text, "outcome": "achieved", "value": float(mean), "n": int(n)}
                  for person, (mean, n) in means.items()]
    return pd.DataFrame(found)


def _answered(context: Context, ratings: pd.DataFrame) -> pd.DataFrame:
    own = ratings[(ratings["object_kind"].eq("employee") & ratings["period"].isin(context.periods)
                   & ratings["rater_id"].ne(ratings["object_id"])).to_numpy(dtype=bool)]
    if own.empty:
        return pd.DataFrame()
    rows = pd.DataFrame({"person_id": own["object_id"].astype(object), "period": own["period"].astype(object),
                         "rater_id": own["rater_id"].astype(str),
                         "value": own["rating"].astype("float64").to_numpy(dtype=float, na_value=np.nan)})
    return rows.groupby(["person_id", "period"], as_index=False).agg(
        value=("value", "mean"), n=("value", "count"), rater_id=("rater_id", lambda r: " ".join(sorted(set(r))))).assign(outcome="items")


def _offices(evaluators: list[pd.DataFrame]) -> pd.DataFrame:
    """The last office of each evaluator."""
    led = [e[["person_id", "unit_id"]] for e in evaluators]
    return pd.concat(led).drop_duplicates("person_id", keep="last") if led else pd.DataFrame(columns=["person_id", "unit_id"])


def _vignettes(context: Context, evaluators: list[pd.DataFrame], ratings: pd.DataFrame, key: pd.DataFrame) -> pd.DataFrame:
    """How each evaluator rated the vignettes of each form in each period; `turn` is the place of the form among those she answered then."""
    own = ratings[(ratings["object_kind"].eq("vignette") & ratings["period"].isin(context.periods)).to_numpy(dtype=bool)]
    if own.empty or key.empty:
        return pd.DataFrame()
    same = ["instrument", "object_id", "item"]
    rows = own[[*same, "rater_id", "period", "rating", "occasion", "answered_at"]].astype(object).merge(
        key[[*same, "expert_rating", "form"]].astype(object), on=same, how="inner", validate="m:1")
    for name in ("rating", "expert_rating"):
        rows[name] = pd.to_numeric(rows[name], errors="coerce").astype("float64")
    rows["form"] = rows["form"].astype("string").fillna("").astype(object)
    rows = rows.dropna(subset=["rating"]).sort_values("occasion", kind="stable").drop_duplicates([*same, "rater_id", "period"])
    if rows.empty:
        return pd.DataFrame()
    rounds = rows[["period", "form"]].drop_duplicates().reset_index(drop=True)
    rows = rows.merge(rounds.assign(round=range(len(rounds))), on=["period", "form"], how="left", validate="m:1")
    asked = rater_outcomes(rows.assign(object_id=rows["instrument"].astype(str) + " " + rows["object_id"].astype(str)).rename(
        columns={"expert_rating": "expert"})[["rater_id", "object_id", "item", "rating", "round", "expert"]])
    asked = asked[asked["outcome"].isin(_ON_VIGNETTES).to_numpy(dtype=bool)].astype({"round": int})
    met = rows.assign(at=pd.to_datetime(rows["answered_at"], errors="coerce")).groupby(["rater_id", "period", "round", "form"]).agg(
        at=("at", "min")).reset_index().sort_values(["rater_id", "period", "at", "form"], kind="stable", na_position="last")
    met["turn"] = met.groupby(["rater_id", "period"]).cumcount() + 1
    found = asked.merge(met[["rater_id", "round", "period", "form", "turn"]], on=["rater_id", "round"], how="inner", validate="m:1")
    found = found.rename(columns={"rater_id": "person_id"}).merge(_offices(evaluators), on="person_id", how="left", validate="m:1")
    return found.assign(audience="evaluator")


def _agreed(context: Context, evaluators: list[pd.DataFrame], ratings: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """The share of an evaluator's official ratings that a blind second rater gave as well."""
    found = []
    rated = rated_by_evaluators(roster)[["rater_id", "person_id", "period"]].astype(object).drop_duplicates(["person_id", "period"])
    for period in context.periods:
        both = pairs(context, ratings[ratings["period"].eq(period).to_numpy(dtype=bool)], roster)
        if len(both):
            both = both.rename(columns={"object_id": "person_id"}).merge(rated, on=["person_id", "period"], how="inner", validate="m:1")
            found.append(both.assign(value=(both["first"] == both["second"]).astype(float)))
    if not found:
        return pd.DataFrame()
    means = pd.concat(found).groupby(["rater_id", "period"], as_index=False).agg(value=("value", "mean"), n=("value", "size"))
    means = means.rename(columns={"rater_id": "person_id"}).merge(_offices(evaluators), on="person_id", how="left", validate="m:1")
    return means.assign(outcome="agreement", audience="evaluator")


def _evaluators(context: Context, roster: pd.DataFrame) -> list[pd.DataFrame]:
    rated = rated_by_evaluators(roster)[["rater_id", "person_id", "period", "opd_id", "hasil_kerja", "perilaku_kerja", "predikat"]].astype(object)
    if rated.empty:
        return []
    rated["place"] = rated["period"].map({p: i for i, p in enumerate(context.periods)})
    rated["pair"] = rated["hasil_kerja"].str.cat(rated["perilaku_kerja"], sep="|", na_rep="-")
    before = rated[["rater_id", "person_id", "place", "pair"]].assign(place=rated["place"] + 1).rename(columns={"pair": "pair_before"})
    again = rated.merge(before, on=["rater_id", "person_id", "place"], how="left", validate="m:1")
    again = again.drop_duplicates(["person_id", "period"])
    key = ["rater_id", "period"]
    both = again[again["pair_before"].notna().to_numpy(dtype=bool)]
    measured = {"repeated": both.assign(value=(both["pair"] == both["pair_before"]).astype(float)),
                "split": rated.assign(value=(rated["hasil_kerja"] != rated["perilaku_kerja"]).astype(float)),
                "sangat_baik_given": rated.assign(value=(rated["predikat"] == "sangat_baik").astype(float))}
    offices = most_frequent(rated[[*key, "opd_id"]], key, "opd_id").rename(columns={"opd_id": "unit_id"}).astype(object)
    found = []
    for outcome, rows in measured.items():
        means = rows.groupby(key, as_index=False).agg(value=("value", "mean"), n=("value", "size"))
        means = means.merge(offices, on=key, how="left", validate="1:1").rename(columns={"rater_id": "person_id"})
        found.append(means.assign(outcome=outcome, audience="evaluator"))
    return found
