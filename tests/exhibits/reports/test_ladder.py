"""The rungs as a page prints them: what another instrument opens, and what it cannot."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from evalkit.exhibits.reports.base import owner_of
from evalkit.exhibits.reports.bias import BiasAnalysis
from evalkit.exhibits.reports.bias_evaluators import EvaluatorSections
from evalkit.exhibits.reports.ladder import Ladder


class Given:
    """A handle of one table."""

    def __init__(self, **rungs: int) -> None:
        self.facts = SimpleNamespace(
            unit="", unit_name="", title="Kota Contoh", as_of=date(2026, 10, 12), release="", owner="", sources=(), has_appraisals=True,
            instruments=("resmi",), period="2026-Q3", period_kind="quarter", language="id")
        self._table = pd.DataFrame([{"scope": "city", "scope_id": "", "instrument": name, "rung": rung, "reason": "one_period",
                                     "next_step": None, "next_step_hours": None, "n_raters": 7} for name, rung in rungs.items()])

    def table(self, name: str) -> pd.DataFrame:
        """Give the table."""
        return self._table.copy()

    def slice_digest(self, display: int = 4) -> str:
        """Give a digest."""
        return "0" * 16


class Named(Ladder):
    """A ladder with the name of a report that has words."""

    name = "bias_analysis"


class Sections(EvaluatorSections):
    """The sections on evaluators, with the name of a report that has words."""

    name = "bias_analysis"


def states(**rungs: int) -> dict[int, str]:
    report = Named(Given(**rungs))
    rows = report.ladder_rows()
    return {n: report._rung(n, rows).state for n in range(5)}


def test_forms_of_several_raters_do_not_open_the_rung_of_blind_second_ratings() -> None:
    assert states(resmi=2, formulir=4) == {0: "open", 1: "open", 2: "open", 3: "not_yet", 4: "partly"}
    assert states(resmi=1, formulir=3) == {0: "open", 1: "open", 2: "partly", 3: "not_yet", 4: "not_yet"}


def test_the_instrument_that_opens_a_rung_is_named_in_words() -> None:
    for language, name in (("id", "Formulir 360"), ("en", "360 form")):
        report = Named(Given(**{"resmi": 1, "formulir-360": 4}), language)
        rung = report._rung(4, report.ladder_rows())
        assert rung.state == "partly" and name in rung.more and "formulir-360" not in rung.more


def test_all_instruments_that_open_a_rung_are_named_that_of_the_most_raters_first() -> None:
    given = Given(**{"resmi": 3, "formulir-360": 4, "vinyet": 4})
    given._table["n_raters"] = [900, 59, 857]
    assert Named(given, "id")._rung(4, Named(given).ladder_rows()).more == "Contoh kasus, 857 penilai; Formulir 360, 59 penilai"


def test_a_unit_is_told_what_is_open_for_the_whole_city() -> None:
    given = Given(resmi=3, vinyet=4)
    given._table = pd.concat([given._table, given._table.iloc[[0]].assign(scope="unit", scope_id="u1", rung=2)], ignore_index=True)
    given._table.loc[given._table["rung"].eq(3), "reason"] = "double_ratings"
    given.facts.unit, given.facts.unit_name = "u1", "Dinas"
    page = Named(given, "id")
    found = {n: page._rung(n, page.ladder_rows()) for n in range(5)}
    assert {n: r.state for n, r in found.items()} == {0: "open", 1: "open", 2: "open", 3: "partly", 4: "partly"}
    assert found[3].more.startswith("Untuk seluruh kota: Cukup banyak")
    assert found[4].more == "Untuk seluruh kota: Contoh kasus, 7 penilai."
    given._table = given._table[given._table["scope"].eq("unit")]
    page = Named(given, "id")
    assert page._rung(3, page.ladder_rows()).state == page._rung(4, page.ladder_rows()).state == "not_yet"


def test_the_page_says_how_sparse_the_design_is() -> None:
    given = Given(resmi=2)
    given._table = given._table.assign(median_span=4.5, share_connected=0.0377, n_periods=8)
    said = [BiasAnalysis(given, language)._sparse().html for language in ("id", "en")]
    assert "menilai 4,5 orang" in said[0] and "Dalam 8 periode" in said[0] and "3,8% penilai" in said[0]
    assert "rates 4.5 people" in said[1] and "3.8% of them" in said[1]
    given._table = given._table.assign(share_connected=float("nan"))
    assert not BiasAnalysis(given, "id")._sparse().html


def test_one_hour_is_one_hour() -> None:
    row = pd.Series({"next_step": "vignettes_rest", "next_step_hours": 0.25})
    said = {n: [Named(Given(resmi=3), lang).next_step(row.replace(0.25, n)) for lang in ("id", "en")] for n in (0.25, 15.0)}
    assert [s.split(". ")[-1] for s in said[0.25]] == ["Biaya: sekitar satu jam untuk seluruhnya.", "Cost: about one hour in all."]
    assert [s.split(". ")[-1] for s in said[15.0]] == ["Biaya: sekitar 15 jam untuk seluruhnya.", "Cost: about 15 hours in all."]


def test_blind_second_ratings_open_it() -> None:
    assert states(resmi=3) == {0: "open", 1: "open", 2: "open", 3: "open", 4: "not_yet"}


@pytest.mark.parametrize(("owner", "appraisals", "said"), [
    ("", True, "Kota Contoh · BKPPD"), ("Bagian Organisasi", True, "Kota Contoh · Bagian Organisasi"),
    ("Pusat Studi", False, "Kota Contoh · sumber: Pusat Studi"), ("", False, "Kota Contoh")])
def test_whose_page_it_is(owner: str, appraisals: bool, said: str) -> None:
    assert owner_of(SimpleNamespace(title="Kota Contoh", owner=owner, has_appraisals=appraisals), "id") == said


@pytest.mark.parametrize("code", ["few_evaluators", "few_takeovers", "no_takeover", "one_cluster", "small_group", "no_draw_with_a_test",
                                  "nobody_rated"])
def test_reasons_are_said_in_words(code: str) -> None:
    said = {language: Sections(Given(resmi=1), language).why_not({"reason": code}) for language in ("id", "en")}
    assert said["id"] != said["en"]
    assert not any(code.replace("_", " ") == s.rstrip(".").lower() for s in said.values())
