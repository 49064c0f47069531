"""Rotation in place: what changes for a team when another evaluator takes it over, against teams whose evaluator stays.

People, work and unit stay the same, so a change cannot be the team's quality; it may be the two evaluators, or whatever else comes
with a new head of a team. Leads (what changed before the takeover) show whether such teams were on another course already.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.inference.clustered import Difference, clustered_difference
from evalkit.inference.permutation import permutation_p
from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.raters.change_sums import ChangeSums
from evalkit.raters.clustering import STRATA
from evalkit.raters.official import outcome_of, rated
from evalkit.raters.power import detectable
from evalkit.raters.rotation_power import MOST_RATINGS, Steps, smallest_spread
from evalkit.raters.teams import TeamPanel, team_panel

EVENTS = (-3, -2, 0, 1, 2)
_AT_ONCE = 200  # permutations whose tables are held at once


def rotation_effect(rows: pd.DataFrame, periods: Sequence[str], *, outcome: str = "sangat_baik", strata: Sequence[str] = STRATA,
                    min_team: int = 2, events: Sequence[int] = EVENTS, scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Estimate the mean change within people when another evaluator takes their team over in place, with leads as placebo.

    For a takeover at t and an event k: ``y(t + k) - y(t - 1)`` of the team's people less the same change of people of the same stratum
    whose evaluator stays from the first to the last of these periods. 0: teams that are taken over change as the others do.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `official.official_rows` gives them.
    periods : sequence of str
        The periods in their order.
    outcome : {"sangat_baik", "below_baik"}
        The outcome, 0 or 1 for a person.
    strata : sequence of str
        Unit and post type: in place means that these stay, and controls are of the same.
    min_team : int
        Fewest people who pass together.
    events : sequence of int
        Periods from the takeover: 0 is the first result by the new evaluator; below -1 are leads.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "rotation_effect" (event 0, with p), "rotation_effect_detectable" (what this design finds eight times in
        ten, share of people), and "rotation_event" for each event (`group` its number). `n_raters` of the effect is the number of
        takeovers. Not estimable: "nobody_rated", "one_period", "no_takeover", "nothing_to_compare", "one_cluster".

    Raises
    ------
    EstimationError
        As `teams.team_panel`, or if the outcome is unknown.

    Notes
    -----
    Standard errors are clustered by team. A mean of 0 does not say that evaluators are alike: lenient and severe ones cancel out;
    `rotation_spread` asks that. Assumes that without the takeover both kinds of teams had changed alike. Sources: event
    studies with controls that stay, B. Callaway, P. Sant'Anna (2021), Journal of Econometrics 225, 200-230.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abcdefgh") * 2, "period": ["1"] * 8 + ["2"] * 8, "opd_id": "u", "post_type": "x",
    ...                      "rater_id": list("eeggiikk") + list("ffhhiikk"), "predikat": ["baik"] * 8 + ["sangat_baik"] * 3 + ["baik"] * 5})
    >>> rotation_effect(rows, ["1", "2"], events=[0]).loc[0, ["estimate", "n_raters"]].astype(float).tolist()
    [0.75, 2.0]
    """
    rows = rated(rows, strata, "predikat")
    panel = team_panel(rows, outcome_of(rows, outcome), periods, strata=strata, min_team=min_team)
    base: Estimate = {"term": outcome, "scope_id": scope_id, "period": period, "role": "inferential", "unit": "share", "null_value": 0.0,
                      "estimand": "change_with_another_evaluator", "n_raters": panel.n_takeovers}
    reason = missing_takeovers(panel)
    found = {k: _event(panel, k) if not reason else None for k in dict.fromkeys((0, *events)) if k != -1}
    effect: Estimate = {**base, "measure": "rotation_effect", "family": "rotation"}
    main = found[0]
    out = [_row(effect, main, reason), _detectable({**base, "measure": "rotation_effect_detectable"}, main, reason)]
    out += [_row({**base, "measure": "rotation_event", "group": str(k)}, found[k], reason) for k in sorted({*events} - {-1})]
    return estimates(out)


def missing_takeovers(panel: TeamPanel) -> str:
    """Give the reason why no takeover can be studied, or nothing."""
    if not len(panel.rater):
        return "nobody_rated"
    if (panel.rater >= 0).any(axis=0).sum() < 2:
        return "one_period"
    return "" if panel.takeover.any() else "no_takeover"


def _event(panel: TeamPanel, k: int) -> Difference:
    """Compare the changes from the period before a takeover to the k-th after it, over all takeovers."""
    parts = [changes_at(panel, t, t + k) for t in range(1, panel.n_periods) if 0 <= t + k < panel.n_periods]
    if not parts:
        return clustered_difference([], [], [], [])
    values, treated, stratum, team = (np.concatenate(p) for p in zip(*parts, strict=True))
    return clustered_difference(values, treated, stratum, team)


def changes_at(panel: TeamPanel, t: int, other: int) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.intp], NDArray[np.intp]]:
    """Give the changes between t - 1 and `other`, who was taken over at t, and strata and teams; only people with one evaluator on each side."""
    keep, treated = kept_at(panel, t, other)
    stratum = panel.place[keep, t] * panel.n_periods + t
    return panel.outcome[keep, other] - panel.outcome[keep, t - 1], treated, stratum, panel.team[keep, t]


def kept_at(panel: TeamPanel, t: int, other: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Give the people whose change between t - 1 and `other` is read, and which of them were taken over at t."""
    first, last = min(other, t - 1), max(other, t)
    in_place = panel.same(panel.place, first, last)
    treated = panel.takeover[:, t] & in_place & panel.same(panel.rater, first, t - 1) & panel.same(panel.rater, t, last)
    keep = np.flatnonzero(treated | (in_place & panel.same(panel.rater, first, last)))
    return keep, treated[keep]


def _row(base: Estimate, found: Difference | None, reason: str) -> Estimate:
    if found is None or found.reason:
        said = reason or (found.reason if found else "")
        return {**base, "status": "not_estimable", "reason": said, "n": found.n if found else 0}
    low, high = found.interval()
    return {**base, "estimate": found.estimate, "std_error": found.std_error, "df": found.df, "conf_level": 0.95, "conf_low": low,
            "conf_high": high, "p_value": found.p_value, "n": found.n, "method": "difference_clustered_by_team", "status": "estimated"}


def _detectable(base: Estimate, found: Difference | None, reason: str) -> Estimate:
    if found is None or found.reason:
        return _row(base, found, reason)
    return {**base, "estimate": detectable(found.std_error, df=found.df), "n": found.n, "status": "estimated"}


def rotation_spread(rows: pd.DataFrame, periods: Sequence[str], *, outcome: str = "sangat_baik", strata: Sequence[str] = STRATA,
                    min_team: int = 2, draws: int = 1999, seed: int = 1, level: float = 0.95, scope_id: str = "",
                    period: str = "") -> pd.DataFrame:
    """Estimate how far evaluators' chances of an outcome vary for one and the same team, from takeovers in place.

    If the new evaluator is more lenient than the old one, all people of the team rise together: ``variance = (mean product of two
    people's changes at takeovers - the same where the evaluator stays) / 2``. Its square root is the spread of severity, in share of
    people; 0: the people of a team that is taken over change no more together than those of a team whose evaluator stays.

    Parameters
    ----------
    rows, periods, outcome, strata, min_team
        As for `rotation_effect`.
    draws, seed : int
        Permutations of the takeovers among the teams of a period, and the seed of their generator.
    level : float
        Of the interval.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "rotation_spread" (one-sided p by permutation, the larger of those of the variance and of the studentized
        variance; the interval takes the scatter under permutation at 0 and the one clustered by team at the estimate, is cut at 0, and
        holds 0 unless that p is at most ``(1 - level) / 2``; "boundary" where the variance is not above 0), the same with `group`
        "placebo" for the step before the takeover, and "rotation_spread_detectable" (simulated on these teams with this test; not
        estimable, "no_spread_detectable", where no spread is found eight times in ten). Not estimable: as `rotation_effect`, or
        "no_pair_possible" where no team has two people at a takeover or at a stay.

    Raises
    ------
    EstimationError
        As `rotation_effect`.

    Notes
    -----
    The quality of the team drops out, since its people stay. What a new head changes in the work itself does not. Changes are
    taken from the mean of those whose evaluator stays in the same period, and at takeovers from their own mean, so that a
    general shift is no spread. Evaluators are taken as exchangeable, with the old and the new one independent. No evaluator has an
    estimate of her own.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abcdefgh") * 2, "period": ["1"] * 8 + ["2"] * 8, "opd_id": "u", "post_type": "x",
    ...                      "rater_id": list("eeggiikk") + list("ffhhiikk"), "predikat": ["baik"] * 8 + ["sangat_baik"] * 2 + ["baik"] * 6})
    >>> round(float(rotation_spread(rows, ["1", "2"], draws=9).loc[0, "estimate"]), 3)
    0.354
    """
    check_level(level)
    rows = rated(rows, strata, "predikat")
    panel = team_panel(rows, outcome_of(rows, outcome), periods, strata=strata, min_team=min_team)
    base: Estimate = {"term": outcome, "scope_id": scope_id, "period": period, "role": "inferential", "unit": "share", "null_value": 0.0,
                      "estimand": "severity_spread_for_one_team", "n_raters": panel.n_takeovers}
    reason = missing_takeovers(panel)
    out: list[Estimate] = []
    for group, back in (("", 0), ("placebo", 1)):
        links = None if reason else _links(panel, back)
        row: Estimate = {**base, "measure": "rotation_spread", "group": group, "family": "" if back else "rotation"}
        out += _spread(row, panel, links, reason, draws, seed, level)
    return estimates(out)


def _links(panel: TeamPanel, back: int) -> Steps | None:
    """Give the changes by team and step; `back` periods before the takeover for a placebo. None without pairs on both sides."""
    parts = []
    for t in range(1 + back, panel.n_periods):
        other = t - 1 - back if back else t
        keep, treated = kept_at(panel, t, other)
        if (~treated).any():
            rating = keep * panel.n_periods  # numbered by person and period
            parts.append((rating + t - 1, rating + other, treated, panel.team[keep, t], np.full(len(keep), t)))
    if not parts:
        return None
    before, after, treated, team, when = (np.concatenate(p) for p in zip(*parts, strict=True))
    values = panel.outcome.reshape(-1)[after] - panel.outcome.reshape(-1)[before]
    key, inverse = np.unique(np.column_stack([when, team, treated]), axis=0, return_inverse=True)
    entry = inverse.reshape(-1)
    total, squares, n = (np.bincount(entry, weights=w).astype(np.float64) for w in (values, values**2, np.ones(len(values))))
    found = ChangeSums(total, squares, n, key[:, 1], key[:, 0], key[:, 2].astype(bool))
    return Steps(before, after, entry, found) if all(found.pairs[m].sum() > 0 for m in (found.taken, ~found.taken)) else None


def _spread(base: Estimate, panel: TeamPanel, steps: Steps | None, reason: str, draws: int, seed: int, level: float) -> list[Estimate]:
    from scipy.special import stdtrit

    main = base.get("group") == ""
    floor: Estimate = {**base, "measure": "rotation_spread_detectable"}
    floor.pop("family", None)
    if steps is None:
        said: Estimate = {"status": "not_estimable", "reason": reason or "no_pair_possible"}
        return [{**row, **said} for row in ([base, floor] if main else [base])]
    links = steps.sums
    own, scale = (v[:, 0] for v in links.excess(links.taken[None]))
    variance = float(own[0])
    error, df = _error(links, variance)
    drawn, scales = _shuffled(links, draws, seed)
    # as it is, and in units of its own error: where nobody copies at takeovers, changes scatter more there and the first finds too much;
    # where results are rare, an error rests on few changes and the second does
    ratio, ratios = (v / np.where(e > 0, e, 1.0) for v, e in ((own, scale), (drawn, scales)))
    base = {**base, "n": int((links.taken & (links.n > 1)).sum()), "method": f"products_of_changes_{draws}_permutations",
            "p_value": max(permutation_p(float(own[0]), drawn).p_value, permutation_p(float(ratio[0]), ratios).p_value)}
    if math.isnan(error):
        said = {"status": "not_estimable", "reason": "one_cluster"}
        return [{**row, **said} for row in ([base, floor] if main else [base])]
    low, high = (math.sqrt(max(v, 0.0)) for v in _limits(variance, error, float(drawn.std()), float(stdtrit(df, 0.5 + level / 2))))
    if base["p_value"] > (1 - level) / 2:
        low = 0.0  # the scatter under permutation is that of all steps: where results are copied, takeovers scatter more
    row: Estimate = {**base, "estimate": math.sqrt(max(variance, 0.0)), "conf_level": level, "conf_low": low, "conf_high": high, "df": df,
                     "status": "estimated"}
    if variance <= 0:
        row["status"], row["reason"] = "boundary", "no_more_than_where_the_evaluator_stays"
    if not main:
        return [row]
    few = panel.rater.size <= MOST_RATINGS
    smallest = smallest_spread(panel, steps, seed=seed) if few else math.sqrt(detectable(error, df=df, sides=1))
    if math.isnan(smallest):
        return [row, {**floor, "n": base["n"], "status": "not_estimable", "reason": "no_spread_detectable"}]
    return [row, {**floor, "estimate": smallest, "n": base["n"], "status": "estimated", "method": "simulated" if few else "normal"}]


def _limits(variance: float, error: float, blind: float, t: float) -> tuple[float, float]:
    """Give the values v with ``(v - variance)^2 <= t^2 (blind^2 + slope v)``: products scatter the more, the larger v is.

    `blind` is the standard deviation under permutation, where v is 0; the slope is such that the error is met at the estimate.
    """
    slope = max(error**2 - blind**2, 0.0) / max(variance, blind, 1e-300)
    middle = variance + t**2 * slope / 2
    half = math.sqrt(max(middle**2 - variance**2 + t**2 * blind**2, 0.0))
    return middle - half, middle + half


def _error(links: ChangeSums, variance: float) -> tuple[float, float]:
    """Give the standard error of the variance, clustered by team, and its degrees of freedom."""
    weight, products = np.zeros(len(links.n)), links.products()
    for mark, sign in ((links.taken, 0.5), (~links.taken, -0.5)):
        total = links.pairs[mark].sum()
        weight[mark] = sign * (products[mark] - products[mark].sum() / total * links.pairs[mark]) / total
    several = links.n > 1
    g = min(len(np.unique(links.team[m & several])) for m in (links.taken, ~links.taken))
    if g < 2:
        return math.nan, math.nan
    sums = np.bincount(np.unique(links.team, return_inverse=True)[1].reshape(-1), weights=weight)
    return float(np.sqrt(g / (g - 1) * (sums @ sums))), float(g - 1)


def _shuffled(links: ChangeSums, draws: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hand the takeovers out again among the teams of each period; the excess and its error in each."""
    rng, found = np.random.default_rng(seed), []
    order = np.argsort(links.period, kind="stable")
    for start in range(0, draws, _AT_ONCE):
        m = min(_AT_ONCE, draws - start)
        taken = np.empty((m, len(order)), dtype=bool)
        # uniform keys within a period, offset by the period: one sort shuffles every period in its own places
        taken[:, order] = links.taken[order][np.argsort(rng.random((m, len(order))) + links.period[order], axis=1)]
        possible = (taken * links.pairs).sum(axis=1) * (~taken * links.pairs).sum(axis=1) > 0
        found.append([v[:, 0] for v in links.excess(taken[possible])])
    excess, error = (np.concatenate(v) for v in zip(*found, strict=True))
    return excess, error
