"""The choices that can be defended when a gap is computed: outcomes, who is left out, what is held fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from evalkit.errors import DeriveError
from evalkit.language.catalogue import Language, say

LEAST_TEAM = 5
_MOST_OTHERS, _MOST_GROUPS = 2, 6


@dataclass(frozen=True)
class Comparison:
    """One gap with its choices, as `fairness.multiverse.specifications` takes them; without an attribute the rows are empty."""

    rows: pd.DataFrame
    attribute: str
    group: str
    reference: str
    outcomes: list[str]
    exclusions: list[str]
    adjustments: dict[str, list[str]]


def comparison(people: pd.DataFrame, references: Mapping[str, str], outcomes: list[str], attribute: str = "", group: str = "", *,
               official: bool, language: Language = "id") -> Comparison:
    """Give a comparison of two groups with every choice that can be defended.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person: attributes, outcomes, `rater_id`; of official results `opd_id` and `post_type`, else `unit_id` and `n`.
    references : mapping of str to str
        Attributes, and of each the group that others are compared with.
    outcomes : list of str
        Columns of outcomes.
    attribute, group : str
        What is compared; empty: the first attribute, and its largest group beside the reference.
    official : bool
        Whether these are official results.
    language : {"id", "en"}
        Of what is said where the attribute or the group is none of the study's.

    Returns
    -------
    Comparison
        Exclusions as columns of true and false: structural posts and teams under five, or those rated by few (the lowest quarter).

    Raises
    ------
    DeriveError
        If the attribute or the group is not in the study.
    """
    if not references:
        return Comparison(people.iloc[:0].assign(none=""), "none", "", "", outcomes[:1], [], {"none": []})
    chosen = attribute or next(iter(references))
    if chosen not in references:
        known = say("asked.known", language, names=", ".join(references))
        raise DeriveError(f"{say('asked.no_attribute', language, name=chosen[:40])} {known}")
    sizes = people[chosen].dropna().astype(str).value_counts().drop(references[chosen], errors="ignore")
    other = group or (str(sizes.index[0]) if len(sizes) else "")
    if group and group not in sizes.index:
        raise DeriveError(say("asked.no_group", language, attribute=chosen, name=group[:40], reference=references[chosen],
                              names=", ".join(map(str, sizes.index[:12]))))
    if official:
        rows = people.assign(structural=people["post_type"].eq("struktural"),
                             small_team=people.groupby("rater_id")["person_id"].transform("size") < LEAST_TEAM)
        exclusions = [e for e in ("structural", "small_team") if e != "structural" or chosen != "post_type"]
        adjustments = {"none": [], "office": ["opd_id"], "office_post": ["opd_id", "post_type"], "evaluator": ["rater_id"]}
        if chosen == "post_type":
            adjustments.pop("office_post")
        return Comparison(rows, chosen, other, references[chosen], outcomes, exclusions, adjustments)
    rows = people.assign(few=people["n"] <= people["n"].quantile(0.25))
    exclusions = ["few"] if rows["few"].any() and not rows["few"].all() else []
    others = [a for a in references if a != chosen and 1 < people[a].nunique() <= _MOST_GROUPS][:_MOST_OTHERS]
    adjustments = {"none": []} | ({"stratum": ["unit_id"]} if len(set(people["unit_id"])) > 1 else {}) | {a: [a] for a in others}
    return Comparison(rows, chosen, other, references[chosen], outcomes[:2], exclusions, adjustments)
