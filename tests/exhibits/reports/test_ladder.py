"""The rungs as a page prints them: what another instrument opens, and what it cannot."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from evalkit.exhibits.reports.base import owner_of
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


def test_nobody_is_asked_for_vignettes_that_were_rated() -> None:
    given = Given(**{"resmi": 3, "formulir-360": 4, "vinyet": 4})
    table = given._table
    table.loc[table["instrument"].eq("resmi"), "next_step"] = "vignettes"
    report = Named(given)
    assert "Minta setiap penilai menilai enam contoh kasus" in report.next_step(report.ladder_rows().iloc[0])
    given._table = table.assign(reason=["one_period", "connected_ratings", "common_vignettes"], n_raters=[65, 22, 58])
    report = Named(given)
    assert "sudah dinilai bersama" in report.next_step(report.ladder_rows().iloc[0])
    assert "Contoh kasus, 58 penilai" in report._rung(4, report.ladder_rows()).more
