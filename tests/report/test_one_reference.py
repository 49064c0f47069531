"""One group of comparison for an attribute on every page of an edition: city and units, figures and tables, both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import permutations
from typing import get_args

import pandas as pd
import pytest
from lxml import html

from evalkit.derive.build import build
from evalkit.derive.research import open_research
from evalkit.language.catalogue import Language, catalogue
from evalkit.report.shell import render_notebook
from evalkit.tables.study import Study, load_study
from tests.report.test_one_language import PERIOD, run_here

GROUPS = {"sex": ("F", "M"), "employment": ("pns", "pppk", "pppk_paruh_waktu"), "post_type": ("fungsional", "pelaksana", "struktural")}


def compared(text: str, language: Language) -> dict[str, set[tuple[str, str]]]:
    """Find the comparisons of a page by attribute: "A − B" and "A / B", each with its reference last."""
    words = {code: catalogue()[f"evaluation.group.{code}"][language] for codes in GROUPS.values() for code in codes}
    ordered = "|".join(re.escape(w) for w in sorted(words.values(), key=len, reverse=True))
    pairs = set(re.findall(rf"({ordered})\s[−/]\s({ordered})", text))
    return {a: {(one, other) for one, other in permutations(codes, 2) if (words[one], words[other]) in pairs} for a, codes in GROUPS.items()}


def contrary(study: Study) -> tuple[str, str, str]:
    """Give the larger sex of the city, an office in which it is not, and the largest of those in which it is."""
    roster = build(study, PERIOD, names=["roster"]).table("roster")
    now = roster[roster["period"].eq(PERIOD) & roster["is_rated"].astype(bool)]
    sizes = pd.crosstab(now["opd_id"].astype(str), now["sex"].astype(str))
    firm, of_city = sizes[sizes.min(axis=1).ge(10)], str(sizes.sum().idxmax())
    larger = firm.idxmax(axis=1)
    along = firm.sum(axis=1)[larger.eq(of_city)].sort_values().index
    return of_city, str(larger.index[larger.ne(of_city)][0]), str(along[-1])


@pytest.fixture
def nameless(copied: Callable[[], Study]) -> Study:
    """The small city without a reference in its study.toml."""
    file = copied().root / "study.toml"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line for line in lines if not line.startswith("reference")), encoding="utf-8")
    return load_study(file.parent)


def test_each_attribute_is_compared_with_one_group_on_all_pages_and_in_all_tables(nameless: Study) -> None:
    of_city, *offices = contrary(nameless)
    for language in get_args(Language):
        pages = []
        for notebook, unit in [*(("bias_analysis", u) for u in ("", *offices)), ("evaluation", ""), ("evaluation", offices[0])]:
            page = render_notebook(run_here(notebook, nameless, language, unit))
            pages.append(compared(" ".join(html.fromstring(page).itertext()), language))
        assert all(pages[0][a] for a in GROUPS), "the page of the city compares by every attribute"
        assert all(page["sex"] for page in pages[:3]), "so does each unit by sex"
        for attribute in GROUPS:
            references = {reference for page in pages for _, reference in page[attribute]}
            assert len(references) == 1, (attribute, references)
            assert attribute != "sex" or references == {of_city}
    built = build(nameless, PERIOD)
    estimates, details = built.table("fairness_estimates"), built.table("fairness_details")
    behind = [estimates.loc[estimates["measure"].eq("rate_difference"), ["term", "group"]],
              details.loc[details["analysis"].isin(["decomposition", "levels"]), ["attribute", "group"]].set_axis(["term", "group"], axis=1)]
    known = pd.concat(behind).astype(object).dropna().astype(str)
    for attribute, reference in open_research(nameless, period=PERIOD).references.items():
        own = known[known["term"].eq(attribute) & known["group"].str.contains(" - ", regex=False)]
        assert set(own["group"].str.split(" - ").str[-1]) == {reference}, attribute
