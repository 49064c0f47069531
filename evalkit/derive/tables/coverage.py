"""How complete a period is: counts by scope, the missing people with a reason, the evaluators that are waited for."""

from __future__ import annotations

import hashlib
from datetime import date

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.scopes import counted, most_frequent
from evalkit.derive.tables.valid import days, looked_up

# Reason -> who can solve it.
SOLVERS = {"moved_unit": "bkppd", "only_acting": "personnel_officer", "no_evaluator": "personnel_officer", "incomplete": "superior",
           "plan_not_submitted": "employee", "plan_not_approved": "superior", "not_in_export": "personnel_officer",
           "not_rated": "superior"}
_SUBMITTED = "pengajuan"
_LATE = pd.Timedelta(days=60)  # what comes later is a line that no longer moves
_DRAFTS = ("draft", "")


def coverage(context: Context, roster: pd.DataFrame, fault_counts: pd.DataFrame) -> pd.DataFrame:
    """Count the expected and the rated of each scope.

    ``share_rated = rated / expected``

    Parameters
    ----------
    context : Context
        Due dates, and the day whose state is shown.
    roster, fault_counts : pandas.DataFrame
        The expected people; the open faults of each office (they belong to the reported period).

    Returns
    -------
    pandas.DataFrame
        `share_rated` is missing where nobody is expected. `days_left` counts from the state of the data and is negative after
        the deadline. `evaluators_waited` counts evaluators with a person who is not rated; people without a known evaluator
        count in `missing` only.
    """
    table = counted(roster, ("city", "unit", "evaluator", "group"), context.setting("attributes"))
    if not ((table["scope"] == "city") & (table["period"] == context.period.text)).any():
        nobody = {"scope": "city", "scope_id": "", "period": context.period.text, "expected": 0, "rated": 0, "missing": 0}
        table = pd.concat([table, pd.DataFrame([nobody])], ignore_index=True)
    table["share_rated"] = (table["rated"] / table["expected"].where(table["expected"] > 0)).astype("float64")
    due = context.setting("due_at")
    table["due_at"] = table["period"].map(due)
    state: date = context.setting("as_of")
    table["days_left"] = table["due_at"].map(lambda d: (d - state).days)
    table["due_confirmed"] = bool(context.setting("due_confirmed"))
    table["faults_open"] = _open_faults(table, fault_counts, context.period.text)
    return _with_waiting(table, roster)


def _open_faults(table: pd.DataFrame, faults: pd.DataFrame, period: str) -> pd.Series:
    per_office = faults.groupby(faults["opd_id"].astype("str"))["open"].sum()
    unit = looked_up(table["scope_id"], per_office).fillna(0).astype("int64")
    found = unit.where(table["scope"].eq("unit"), 0).where(~table["scope"].eq("city"), int(per_office.sum()))
    return found.where(table["period"].eq(period), 0)


def _with_waiting(table: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    known = roster[roster["superior_id"].notna().to_numpy()].astype({"period": "str", "opd_id": "str", "superior_id": "str"})
    missing = known[~known["is_rated"].astype(bool).to_numpy()]
    office_gap = roster[~roster["is_rated"].astype(bool).to_numpy()].astype({"period": "str"})
    out = table.copy()
    for name, rows, column in (("evaluators_waited", missing, "superior_id"), ("evaluators", known, "superior_id"),
                               ("units_waited", office_gap, "opd_id")):
        city = rows.groupby("period")[column].nunique()
        unit = rows.groupby(["opd_id", "period"])[column].nunique()
        pairs = pd.MultiIndex.from_frame(out[["scope_id", "period"]])
        values = unit.reindex(pairs).fillna(0).to_numpy()
        out[name] = pd.Series(values, index=out.index).where(out["scope"].eq("unit"), 0).where(
            ~out["scope"].eq("city"), looked_up(out["period"], city).fillna(0)).astype("int64")
    return out


def unrated(context: Context, roster: pd.DataFrame, appraisals_current: pd.DataFrame, skp_plans: pd.DataFrame) -> pd.DataFrame:
    """List the expected people without a result in the reported period, with a reason and who can solve it.

    Returns
    -------
    pandas.DataFrame
        The first reason that holds, in the order of `SOLVERS`; a reason says what the exports show, not who is at fault.
    """
    period = context.period.text
    own = roster[(roster["period"].eq(period) & ~roster["is_rated"].astype(bool)).to_numpy(dtype=bool)]
    rows = appraisals_current[appraisals_current["period"].eq(period).to_numpy(dtype=bool)]
    acting = rows["is_acting"].astype(bool)
    definitive = rows[~acting.to_numpy()].groupby("person_id").size()
    person = own["person_id"].astype("object")
    has_row, has_acting = own["appraisal_id"].notna(), person.isin(rows[acting.to_numpy()]["person_id"])
    in_export = person.isin(rows["person_id"])
    status = looked_up(person, _plan_status(skp_plans, context))
    any_plan = len(skp_plans) > 0
    partly = own["hasil_kerja"].notna() | own["perilaku_kerja"].notna()
    checks = {"moved_unit": looked_up(person, definitive).fillna(0).astype("int64").gt(1),
              "only_acting": ~has_row & has_acting, "no_evaluator": in_export & own["superior_id"].isna(),
              "incomplete": has_row & partly,
              "plan_not_submitted": status.isin(_DRAFTS) | (status.isna() & ~in_export & any_plan),
              "plan_not_approved": status.eq(_SUBMITTED), "not_in_export": ~in_export}
    reason = pd.Series("not_rated", index=own.index, dtype="object")
    for name in reversed(checks):
        reason = reason.mask(checks[name].fillna(False).to_numpy(dtype=bool), name)
    return own[["person_id", "period", "unit_id", "opd_id", "superior_id", "post_title"]].assign(reason=reason, solver=reason.map(SOLVERS))


def unrated_counts(context: Context, unrated: pd.DataFrame) -> pd.DataFrame:
    """Count the people without a result by reason, for the city and each office.

    Returns
    -------
    pandas.DataFrame
        Reasons that occur, with who can solve them.
    """
    parts = []
    for scope, scope_id in (("city", ""), ("unit", unrated["opd_id"].astype("object").fillna(""))):
        table = unrated[["period", "reason", "solver"]].astype("str").assign(scope_id=scope_id)
        counts = table.groupby(["scope_id", "period", "reason", "solver"]).size().reset_index(name="n")
        parts.append(counts.assign(scope=scope))
    return pd.concat(parts, ignore_index=True)


def _plan_status(plans: pd.DataFrame, context: Context) -> pd.Series:
    """Give the state of each person's latest plan that covers the period."""
    year = plans["year"].isna() | plans["year"].eq(context.period.end.year)
    own = plans[year.to_numpy(dtype=bool)].assign(_at=lambda f: days(f["exported_at"])).sort_values(["person_id", "_at"])
    last = own.drop_duplicates("person_id", keep="last")
    return pd.Series(last["skp_status"].fillna("").astype("object").to_numpy(), index=last["person_id"].astype("str"))


def waiting(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """List the evaluators whose people are not all rated, under a code.

    Returns
    -------
    pandas.DataFrame
        `due` is the number of people expected of the evaluator, `missing` those not rated. People without a known evaluator
        stand in one row an office, `rater_id` `none:<office>`, with an empty code.

    Notes
    -----
    The code is drawn from the seed and the person's random id: its order says nothing about unit, rank or number of people.
    """
    own = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)]
    rater = own["superior_id"].astype("object").where(own["superior_id"].notna(), "none:" + own["opd_id"].astype("object").fillna(""))
    office = own["opd_id"].astype("object").fillna("")
    table = pd.DataFrame({"rater_id": rater, "opd_id": office, "missing": (~own["is_rated"].astype(bool)).astype("int64")})
    grouped = table.groupby("rater_id").agg(missing=("missing", "sum"), due=("missing", "size")).reset_index()
    grouped = grouped.merge(most_frequent(table, ["rater_id"], "opd_id"), on="rater_id", how="left", validate="1:1")
    codes = evaluator_codes(grouped.loc[~grouped["rater_id"].str.startswith("none:"), "rater_id"], context.setting("seed"))
    grouped = grouped[grouped["missing"] > 0]
    return grouped.assign(period=context.period.text, code=looked_up(grouped["rater_id"], pd.Series(codes, dtype="object")).fillna(""))


def evaluator_codes(raters: pd.Series, seed: int) -> dict[str, str]:
    """Give each evaluator a code such as `P-0123` that follows from seed and id alone.

    Parameters
    ----------
    raters : pandas.Series
        Ids of evaluators.
    seed : int
        Of the study.

    Notes
    -----
    Where two evaluators draw the same number, the later drawn takes the next free one; so codes stay the same from period to
    period except for those few.
    """
    drawn = sorted((hashlib.blake2b(f"{seed}:{r}".encode(), digest_size=8).hexdigest(), str(r)) for r in set(raters))
    size = 10 ** max(4, len(str(2 * len(drawn))))
    taken: set[int] = set()
    codes: dict[str, str] = {}
    for digest, rater in drawn:
        number = int(digest, 16) % (size - 1) + 1
        while number in taken:
            number = number % (size - 1) + 1
        taken.add(number)
        codes[rater] = f"P-{number:0{len(str(size)) - 1}d}"
    return codes


def denominator(context: Context, population: pd.DataFrame) -> pd.DataFrame:
    """Count the steps from the list of people to those who are expected, in each period.

    Returns
    -------
    pandas.DataFrame
        Step `listed` with all known people, one step for each reason with a negative count, and `expected`; they add up.
    """
    parts = []
    for period, rows in population.groupby(population["period"].astype("str")):
        out = rows[~rows["eligible"].astype(bool).to_numpy()]
        reasons = out["reason"].astype("str").value_counts().sort_index()
        steps = [("listed", len(rows), "listed"), *((f"minus_{r}", -int(n), r) for r, n in reasons.items()),
                 ("expected", len(rows) - len(out), "expected")]
        parts += [{"period": period, "step": s, "order": i, "n": n, "reason": r} for i, (s, n, r) in enumerate(steps)]
    return pd.DataFrame(parts, columns=["period", "step", "order", "n", "reason"])


def progress(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count the people rated by the end of each day of the reported period's rating, for the city and each office.

    Returns
    -------
    pandas.DataFrame
        From the day after the period (earlier if the state is earlier) to the state of the data, at most to 60 days after the
        deadline; cumulative. Ratings without a day count on the first day, later ones on the last. Empty if nobody is expected.
    """
    own = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)]
    due = context.setting("due_at")[context.period.text]
    if own.empty:
        return pd.DataFrame(columns=["scope", "scope_id", "day", "rated", "expected", "due_at"])
    state = min(pd.Timestamp(context.setting("as_of")), pd.Timestamp(due) + _LATE)
    after = pd.Timestamp(context.period.end) + pd.Timedelta(days=1)
    first = after if state >= after else pd.Timestamp(context.period.start)
    span = pd.date_range(first, max(state, first), freq="D")
    done = own[own["is_rated"].astype(bool).to_numpy()]
    day = days(done["rated_at"]).dt.normalize().fillna(first).clip(lower=first, upper=span[-1])
    parts = [_cumulated("city", "", day, len(own), span)]
    sizes = own.groupby(own["opd_id"].astype("str")).size()
    by_office = day.groupby(done["opd_id"].astype("str"))
    groups = dict(iter(by_office))
    parts += [_cumulated("unit", str(office), groups.get(office, day.iloc[:0]), int(n), span) for office, n in sizes.items()]
    return pd.concat(parts, ignore_index=True).assign(due_at=due)


def _cumulated(scope: str, scope_id: str, day: pd.Series, expected: int, span: pd.DatetimeIndex) -> pd.DataFrame:
    rated = day.value_counts().reindex(span, fill_value=0).sort_index().cumsum()
    return pd.DataFrame({"scope": scope, "scope_id": scope_id, "day": span, "rated": rated.to_numpy(), "expected": expected})
