"""How often the gaps within evaluators find something on this office's own data when labels are handed out blindly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.fairness.frames import group_name, prepared
from evalkit.inference.claims import claim, claims
from evalkit.inference.exact_odds import MOST_STATES, Conditional, conditional, exact_p
from evalkit.inference.multiplicity import adjust
from evalkit.inference.reading import listed
from evalkit.inference.strata import Strata

STATEMENT = "gaps_within_evaluators"
ALL = "all"
_SPARSE = 5.0
_CHUNK = 100  # draws at once


def false_within(rows: pd.DataFrame, *, references: Mapping[str, str], outcomes: Sequence[str], strata: Sequence[str] = ("rater_id", "period"),
                 person: str = "person_id", min_group: int = 0, draws: int = 300, target: float = 0.05, seed: int = 1) -> pd.DataFrame:
    """Count how often a gap within evaluators is claimed when groups are dealt out blindly among the people of one evaluator.

    In each draw the groups (all attributes of a person together) are permuted within strata; the tests are those of `within_rater`,
    adjusted by Holm over all outcomes, attributes and groups. A claim: an adjusted p of at most `target`.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a person: the columns `strata`, `person`, the attributes, and each outcome as true or false.
    references : mapping of str to str
        The attributes, and of each the group that others are compared with.
    outcomes : sequence of str
        Columns of outcomes.
    strata : sequence of str
        What is held fixed.
    person : str
        Column of the person.
    min_group : int
        Groups with fewer people are not tested.
    draws : int
        Permuted data sets.
    target : float
        The level of the family.
    seed : int
        Of the generator.

    Returns
    -------
    pandas.DataFrame
        `inference.claims.claims`: one row an outcome (any claim on it) and one for "all" (any claim of the family, which Holm bounds by
        `target`). Not estimable: "nobody_rated", "group_not_in_data" (no group to compare), "no_informative_stratum".

    Raises
    ------
    EstimationError
        If a column is absent, a person stands twice, or `draws` is below 1.

    Notes
    -----
    Holm and exact tests are cautious, so shares below the target are to be expected. That groups are exchangeable among the people of
    one evaluator is what is assumed, not shown.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(40), "rater_id": [i // 10 for i in range(40)], "period": "p", "sex": list("FM") * 20,
    ...                      "top": [i % 10 < 3 for i in range(40)]})
    >>> false_within(rows, references={"sex": "M"}, outcomes=["top"], draws=50)["status"].tolist()
    ['estimated', 'estimated']
    """
    listed(strata=strata)
    tests, ordered, starts = _arranged(rows, references, outcomes, list(strata), person, min_group)
    if draws < 1:
        raise EstimationError("false_within needs at least one draw.")
    reason = "nobody_rated" if not len(ordered) else "" if tests else "group_not_in_data"
    p = np.zeros((0, 0))
    if not reason:
        hits = {o: ordered[o].to_numpy(dtype=bool) for o in outcomes}
        p = _drawn(tests, hits, starts, draws, np.random.default_rng(seed))
        reason = "no_informative_stratum" if np.isnan(p).all() else ""
    if reason:
        return claims([claim(STATEMENT, o, target=target, reason=reason) for o in (*outcomes, ALL)])
    adjusted = np.array([adjust(row).p_adjusted for row in p])
    found = []
    for outcome in (*outcomes, ALL):
        own = adjusted[:, [outcome in (test.outcome, ALL) for test in tests]]
        none = np.isnan(own).all()
        found.append(claim(STATEMENT, outcome, found=int((own <= target).any(axis=1).sum()), draws=draws, target=target,
                           reason="no_informative_stratum" if none else ""))
    return claims(found)


def within_p_values(rows: pd.DataFrame, *, references: Mapping[str, str], outcomes: Sequence[str],
                    strata: Sequence[str] = ("rater_id", "period"), person: str = "person_id", min_group: int = 0) -> pd.DataFrame:
    """Give the p-value of each test of the family on the labels as they are, computed the way in which the draws are.

    Parameters
    ----------
    rows, references, outcomes, strata, person, min_group
        As of `false_within`.

    Returns
    -------
    pandas.DataFrame
        `outcome`, `attribute`, `group`, `p_value`: those of `within_rater` for people of one period each.

    Raises
    ------
    EstimationError
        As `false_within`.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(8), "rater_id": list("eeeeffff"), "period": "p", "sex": list("FFMMFFMM"),
    ...                      "top": [True, False, True, True, False, False, True, False]})
    >>> within_p_values(rows, references={"sex": "M"}, outcomes=["top"])["p_value"].round(2).tolist()
    [0.5]
    """
    listed(strata=strata)
    tests, ordered, starts = _arranged(rows, references, outcomes, list(strata), person, min_group)
    found = [float(test.p_values(ordered[test.outcome].to_numpy(dtype=bool)[None], starts)[0]) if len(ordered) else np.nan for test in tests]
    return pd.DataFrame({"outcome": [t.outcome for t in tests], "attribute": [t.attribute for t in tests], "group": [t.group for t in tests],
                         "p_value": np.array(found, dtype=float)})


@dataclass(frozen=True)
class _Test:
    """One group against its reference on one outcome; people are sorted by stratum, `cache` keeps exact distributions by margins."""

    outcome: str
    attribute: str
    group: str
    member: NDArray[np.bool_]
    other: NDArray[np.bool_]
    cache: dict[bytes, Conditional]

    def p_values(self, hits: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Give p of each draw, hits of shape (draws, people): exact where cases are few, else chi-square."""
        from scipy.special import chdtrc

        n1, n0 = (np.add.reduceat(m.astype(float), starts) for m in (self.member, self.other))
        both = (n1 > 0) & (n0 > 0)
        if not both.any():
            return np.full(len(hits), np.nan)
        x1, x0 = (np.add.reduceat(hits & m, starts, axis=1, dtype=np.int64)[:, both].astype(float) for m in (self.member, self.other))
        n1, n0 = n1[both], n0[both]
        n, x = n1 + n0, x1 + x0
        inside = (x > 0) & (x < n)
        variance = (n1 * n0 * x * (n - x) / (n * n * (n - 1))).sum(axis=1)
        chi2 = np.divide(((x1 - n1 * x / n) * inside).sum(axis=1) ** 2, variance, out=np.full(len(hits), np.nan), where=variance > 0)
        p = np.asarray(chdtrc(1, chi2), dtype=float)
        expected, low, high = ((v * inside).sum(axis=1) for v in (n1 * x / n, np.maximum(0, x - n0), np.minimum(x, n1)))
        r, s = ((v * inside).sum(axis=1) for v in (x1 * (n0 - x0) / n, x0 * (n1 - x1) / n))
        sparse = (np.minimum(expected - low, high - expected) < _SPARSE) | (r == 0) | (s == 0)
        for i in np.flatnonzero(sparse & (high - low <= MOST_STATES) & inside.any(axis=1)):
            p[i] = self._exact(Strata(x1[i], n1, x0[i], n0), inside[i])
        return p

    def _exact(self, counts: Strata, inside: NDArray[np.bool_]) -> float:
        key = (counts.x1 + counts.x0).tobytes()
        if key not in self.cache:
            known = conditional(counts)
            if known is None:
                return np.nan
            self.cache[key] = known
        known = self.cache[key]
        return exact_p(Conditional(known.low, known.log_weights, int(counts.x1[inside].sum())))


def _arranged(rows: pd.DataFrame, references: Mapping[str, str], outcomes: Sequence[str], strata: list[str], person: str,
              min_group: int) -> tuple[list[_Test], pd.DataFrame, NDArray[np.intp]]:
    """Sort people by stratum, and give the tests of the family with who belongs to which side."""
    listed(outcomes=outcomes)
    read = prepared(rows, groups=references, outcomes=outcomes, others=[*strata, person])
    known = read.dropna(subset=[*strata, person, *outcomes]).reset_index(drop=True)
    if known[person].duplicated().any():
        raise EstimationError("A person stands twice; take the rows of one period.")
    # draws are the same whatever the order of the rows: people of one stratum, group and result cannot be told apart
    places = {c: _places(known[c]) for c in dict.fromkeys([*strata, *references, *outcomes])}
    order = np.lexsort([places[c] for c in reversed(places)]) if len(known) else np.zeros(0, dtype=np.intp)
    ordered = known.iloc[order].reset_index(drop=True)
    code = np.stack([places[c][order] for c in strata], axis=1) if strata else np.zeros((len(known), 1), dtype=np.intp)
    starts = np.flatnonzero(np.r_[True, (code[1:] != code[:-1]).any(axis=1)]) if len(known) else np.zeros(0, dtype=np.intp)
    tests = []
    for outcome in outcomes:
        for attribute, reference in references.items():
            text, base = ordered[attribute], group_name(reference)
            sizes = text.dropna().value_counts()
            groups = [g for g in sizes.index if g != base and min(sizes[g], sizes.get(base, -1)) >= min_group]
            tests += [_Test(outcome, attribute, g, text.eq(g).to_numpy(dtype=bool), text.eq(base).to_numpy(dtype=bool), {})
                      for g in sorted(groups)]
    return tests, ordered, starts


def _places(column: pd.Series) -> NDArray[np.intp]:
    """Give each value its place among the values sorted as text."""
    codes, found = pd.factorize(column, use_na_sentinel=False)
    place = np.empty(len(found), dtype=np.intp)
    place[np.argsort([str(v) for v in found], kind="stable")] = np.arange(len(found))
    return place[codes]


def _drawn(tests: list[_Test], hits: dict[str, NDArray[np.bool_]], starts: NDArray[np.intp], draws: int,
           rng: np.random.Generator) -> NDArray[np.float64]:
    """Give p of each draw and test. Dealing out the results among an evaluator's people is dealing out the groups among the results."""
    n = len(next(iter(hits.values())))
    stratum = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, n)))
    parts = []
    for start in range(0, draws, _CHUNK):
        moved = np.argsort(rng.random((min(_CHUNK, draws - start), n)) + stratum, axis=1)
        parts.append(np.column_stack([test.p_values(hits[test.outcome][moved], starts) for test in tests]))
    return np.concatenate(parts)
