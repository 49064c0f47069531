"""What collected forms are worth: reliability of each instrument, what more cases or raters would give, raters and groups, the survey."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables import double_ratings
from evalkit.derive.tables.rated_by_several import RUNG, Linked, linked_instruments, plain
from evalkit.inference.results import Estimate, estimates
from evalkit.raters import differential_functioning
from evalkit.reliability import (
    agreement_coefficients,
    cronbach_alpha,
    g_study,
    icc,
    icc_incomplete,
    krippendorff_alpha,
    mcdonald_omega,
    standard_error_of_measurement,
)

SURVEY = "survei-keadilan"
CASES, RATERS = (3, 6, 12, 18), (1, 2, 3, 6)  # of the D study
_DRAWS = 99


def collected_reliability(context: Context, ratings: pd.DataFrame, vignette_key: pd.DataFrame, identification: pd.DataFrame,
                          roster: pd.DataFrame) -> pd.DataFrame:
    """Say how far the collected instruments can be trusted, and what more cases or raters would give.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `instrument`. "cronbach_alpha" (Feldt's interval), "mcdonald_omega", "sem_answer" (points) of one answer sheet;
        "gwet_ac2", "krippendorff_alpha", "icc_agreement" of one rater; "generalizability" of differences between raters (vignettes) or
        people (360, blind second ratings) with `term` the number of cases or raters (`group` "cases" or "raters"); "groups_differ" (chi-square
        that raters treat the groups of an attribute, `group`, alike) and "groups_apart" (raters told apart after Holm, of `n`).

    Notes
    -----
    The intervals of alpha and omega suppose that answer sheets vary independently; those on the same few cases do not quite. Items are
    held: the D study changes cases or raters, not the questions.
    """
    parts = []
    for own in linked_instruments(context, ratings, vignette_key, identification):
        rows = own.rows.dropna(subset=["rating"])
        vignettes = bool(rows["object_kind"].eq("vignette").all())
        found = [_sheets(rows), _between(rows), _more(rows, "rater_id", "object_id", CASES, "cases") if vignettes else
                 _more(rows, "object_id", "rater_id", RATERS, "raters"), *_groups(context, own, roster)]
        parts += [f.assign(instrument=own.name, period=rows["period"].max() if len(rows) else context.period.text) for f in found if len(f)]
    pairs = double_ratings.pairs(context, ratings, roster)
    long = pairs[pairs["item"].eq("hasil_kerja").to_numpy(dtype=bool)].melt("object_id", ["first", "second"], "rater_id", "rating")
    if len(long):
        parts.append(_more(long, "object_id", "rater_id", RATERS, "raters").assign(instrument="penilaian-ganda", period=context.period.text))
    if not parts:
        return pd.DataFrame()
    return pd.concat(parts, ignore_index=True).fillna(dict.fromkeys(("term", "group", "scope_id"), ""))


def _means(rows: pd.DataFrame, *by: str) -> pd.DataFrame:
    return rows.groupby(list(by))["rating"].mean().rename("rating").reset_index()


def _sheets(rows: pd.DataFrame) -> pd.DataFrame:
    """How far the items of one answer sheet (a rater on an object) hang together, and the error of their mean."""
    sheets = rows.assign(sheet=rows["rater_id"].astype(str) + "|" + rows["object_id"].astype(str))
    sheets = _means(sheets, "sheet", "item")
    alpha = cronbach_alpha(sheets, object_id="sheet")
    alpha = alpha[alpha["measure"].eq("cronbach_alpha").to_numpy(dtype=bool)]
    found = [alpha, mcdonald_omega(sheets, object_id="sheet", draws=_DRAWS)]
    if alpha["status"].eq("estimated").all():
        table = sheets.pivot_table("rating", "sheet", "item").dropna()
        value = standard_error_of_measurement(float(table.mean(axis=1).std(ddof=1)), max(float(alpha["estimate"].iloc[0]), 0.0))
        found.append(estimates([{"measure": "sem_answer", "role": "inferential", "unit": "points", "null_value": 0.0, "estimate": value,
                                 "n": len(table), "method": "sd sqrt(1 - alpha)", "status": "estimated"}]))
    return pd.concat(found, ignore_index=True)


def _between(rows: pd.DataFrame) -> pd.DataFrame:
    """How far raters agree: on each item of each object, and on the mean of the items."""
    cells = rows.assign(cell=rows["object_id"].astype(str) + "|" + rows["item"].astype(str))
    cells = _means(cells, "cell", "rater_id")
    found = [krippendorff_alpha(cells, "ordinal", object_id="cell")]
    if np.equal(np.mod(cells["rating"], 1), 0).all():
        own = agreement_coefficients(cells, object_id="cell", weights="linear")
        found.append(own[own["measure"].eq("gwet_ac2").to_numpy(dtype=bool)])
    means = _means(rows, "object_id", "rater_id")
    full = means.groupby("rater_id")["object_id"].transform("size") == means["object_id"].nunique()
    if full.mean() > 0.9:
        own = icc(means[full.to_numpy(dtype=bool)])
        own = own[own["measure"].eq("icc_2_1").to_numpy(dtype=bool)].assign(measure="icc_agreement")
    else:
        own = icc_incomplete(means, draws=_DRAWS)
        own = own[own["measure"].eq("icc_agreement").to_numpy(dtype=bool)]
    return pd.concat([*found, own], ignore_index=True)


def _more(rows: pd.DataFrame, measured: str, facet: str, numbers: tuple[int, ...], group: str) -> pd.DataFrame:
    """Give the D study over the levels of one facet, on means over the items."""
    means = _means(rows, measured, facet)
    study = g_study(means, (facet,), object_id=measured)
    base: Estimate = {"measure": "generalizability", "group": group, "role": "inferential", "unit": "coefficient", "null_value": 0.0,
                      "n": int(means[measured].nunique()), "method": "G study by REML, D study"}
    found: list[Estimate] = []
    for k in numbers:
        row = study.d_study({facet: k}).iloc[0]
        told: Estimate = {"estimate": float(row["generalizability"]), "status": "estimated"} if row["status"] == "estimated" else \
            {"status": "not_estimable", "reason": str(row["reason"])}
        found.append({**base, **told, "term": str(k)})
    return estimates(found)


def _groups(context: Context, own: Linked, roster: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Ask whether a rater treats a group of people otherwise than the others do; for the city, without any rater."""
    rows = own.rows[own.rows["object_kind"].eq("employee").to_numpy(dtype=bool)]
    people = roster.sort_values("period", kind="stable").drop_duplicates("person_id", keep="last").astype(object).set_index("person_id")
    for attribute in [a for a in context.setting("attributes") if a in people.columns] if len(rows) else []:
        if own.rung < RUNG:
            yield estimates([{"measure": "groups_differ", "group": attribute, "role": "inferential", "status": "withheld", "reason": own.reason}])
            continue
        told = rows.assign(attribute=rows["object_id"].map(people[attribute])).dropna(subset=["attribute", "rating"])
        size = told.groupby("attribute")["object_id"].transform("nunique")
        table = differential_functioning(told[(size >= context.setting("min_group")).to_numpy(dtype=bool)], "attribute")
        test = table[table["measure"].eq("differential_functioning_test").to_numpy(dtype=bool)]
        cells = table[(table["measure"].eq("differential_functioning") & table["status"].eq("estimated")).to_numpy(dtype=bool)]
        if test.empty:
            yield estimates([{"measure": "groups_differ", "group": attribute, "role": "inferential", "status": "not_estimable",
                              "reason": str(table["reason"].iloc[0])}])
            continue
        apart = cells.loc[cells["p_adjusted"].astype(float).le(0.05).to_numpy(dtype=bool), "term"].nunique()
        yield test.assign(measure="groups_differ", group=attribute)
        yield estimates([{"measure": "groups_apart", "group": attribute, "role": "inferential", "unit": "raters", "estimate": float(apart),
                          "n": int(cells["term"].nunique()), "method": "Holm", "status": "estimated"}])


def fairness_survey(context: Context, survey_responses: pd.DataFrame) -> pd.DataFrame:
    """Count what respondents say of the fairness of their rating, for the city and for coarse groups, latest answered period of the window.

    Returns
    -------
    pandas.DataFrame
        `period`, `question` (empty: the mean of the questions), `group` (empty: all), `n`, `mean` (1 to 5), `share` (of answers 4 and 5),
        `conf_low`, `conf_high` and `alpha` (the scale as a whole, Feldt), `status`, `reason`. A group of fewer than `min_group` is withheld,
        and with it the next smallest, so that nothing is told by subtraction; also a cell in which all give the same answer.

    Notes
    -----
    Descriptive: who answered chose to. Questions are all worded so that more is fairer.
    """
    rows = survey_responses[survey_responses["instrument"].eq(SURVEY).to_numpy(dtype=bool, na_value=False)]
    rows = plain(rows.dropna(subset=["response"])).assign(response=lambda f: f["response"].astype("float64"))
    rows = rows[rows["period"].isin(list(context.periods)).to_numpy(dtype=bool)]
    if rows.empty:
        return pd.DataFrame()
    rows = rows[rows["period"].eq(rows["period"].max()).to_numpy(dtype=bool)].assign(group=lambda f: f["coarse_group"].fillna("other"))
    least, hidden = max(int(context.setting("min_group")), 2), _hidden(rows, max(int(context.setting("min_group")), 2))
    found = []
    for group, own in [("", rows), *rows.groupby("group")]:
        scale = own.groupby("respondent_id")["response"].mean()
        alpha = cronbach_alpha(own, object_id="respondent_id", item="question", rating="response").iloc[0] if group == "" else None
        whole = {"question": "", "mean": scale.mean(), "share": float(own["response"].ge(4).mean()), "n": len(scale)}
        if alpha is not None and alpha["status"] == "estimated":
            whole |= {"alpha": float(alpha["estimate"]), "conf_low": float(alpha["conf_low"]), "conf_high": float(alpha["conf_high"])}
        each = [{"question": str(q), "mean": v.mean(), "share": float(v.ge(4).mean()), "n": len(v), "same": bool(v.min() == v.max())}
                for q, v in own.groupby("question")["response"]]
        small = group in hidden or len(scale) < least
        found += [_told(row, str(group), small, least) for row in (whole, *each)]
    return pd.DataFrame(found).assign(period=str(rows["period"].iloc[0]))


def _hidden(rows: pd.DataFrame, least: int) -> set[str]:
    """Give the groups to withhold: the small ones, and where there is one alone the next smallest."""
    sizes = rows.groupby("group")["respondent_id"].nunique().sort_values(kind="stable")
    small = set(sizes.index[(sizes < least).to_numpy()])
    return {str(g) for g in (sizes.index[:2] if len(small) == 1 else small)}


def _told(row: dict[str, object], group: str, small: bool, least: int) -> dict[str, object]:
    n = int(str(row["n"]))
    reason = "small_group" if small or n < least else "all_the_same" if row.get("same") else ""
    kept = {k: v for k, v in row.items() if k in ("question", "n", "mean", "share", "alpha", "conf_low", "conf_high")}
    if reason:
        kept = {"question": row["question"]}
    return {**kept, "group": group, "status": "withheld" if reason else "estimated", "reason": reason}
