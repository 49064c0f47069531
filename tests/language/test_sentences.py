from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.language.sentences import bias, evaluation, monitor, ratings
from evalkit.language.sentences.results import ORDER, Change, Conformity, Coverage, Rule, Spread, Use
from evalkit.language.sentences.words import bounds_text, counted, rule_missed, rule_text, unit_name

LANGUAGES = st.sampled_from(["id", "en"])
SPREADS = st.builds(lambda counts, missing: Spread(counts, sum(counts.values()) + missing),
                    st.dictionaries(st.sampled_from(ORDER), st.integers(0, 9000), max_size=5), st.integers(0, 9000))
SHARES = st.floats(0, 1)
CHANGES = st.builds(Change, st.sampled_from(["estimated", "not_estimable"]), st.just("no_data"), st.booleans(), SHARES, SHARES, SHARES, SHARES,
                    SHARES, st.integers(0, 12))
RULES = st.sampled_from([Rule(("baik",), "max", 0.7, 7), Rule(("sangat_baik",), "max", 0.0, 0), Rule(("sangat_baik",), "majority"),
                         Rule(("butuh_perbaikan", "kurang"), "any", None, 1), Rule(("kurang",), "min", 0.6, 6)])
CONFORMITIES = st.builds(lambda units, met, rule: Conformity(units, min(units, met), rule, units, units - min(units, met), "baik"),
                         st.integers(0, 60), st.integers(0, 60), st.none() | RULES)
USES = st.builds(lambda n, one: Use(n, min(n, one)), st.integers(0, 900), st.integers(0, 900))


@given(SPREADS, CHANGES, CONFORMITIES, LANGUAGES, st.booleans())
def test_a_verdict_is_one_sentence_for_any_result(spread: Spread, change: Change, conformity: Conformity, language: Any, unit: bool) -> None:
    said = evaluation.verdict(spread, change, conformity, language, unit=unit)
    assert said.endswith(".")
    assert "{" not in said
    assert "nan" not in said
    assert len(said.split()) <= 42


@given(SPREADS)
def test_the_bounds_hold_every_outcome_of_the_unrated(spread: Spread) -> None:
    for code in ORDER:
        assert 0 <= spread.low(code) <= spread.high(code) <= 1
    assert spread.rated + spread.missing == spread.expected
    assert sum(spread.of(c) for c in ORDER) == spread.rated


@given(SPREADS, CHANGES, CONFORMITIES, USES, LANGUAGES)
def test_leads_and_headlines_are_made_for_any_result(spread: Spread, change: Change, conformity: Conformity, use: Use, language: Any) -> None:
    lines = [evaluation.change_answer(change, "triwulan", language), evaluation.pattern_answer(conformity, language),
             evaluation.use_answer(use, language), evaluation.position_answer(spread, spread, language), bias.use_answer(use, language),
             bias.unrated_answer(spread, language), bias.verdict(2, use, language), evaluation.composition_head(spread, language),
             evaluation.composition_note(spread, language), bounds_text(spread, "sangat_baik", language)]
    assert not [line for line in lines if "{" in line or "nan" in line]


@given(st.integers(0, 9000), st.integers(0, 9000), st.integers(-400, 400), LANGUAGES, st.booleans())
def test_the_monitor_says_who_is_missing_and_until_when(rated: int, missing: int, days: int, language: Any, unit: bool) -> None:
    due = date(2026, 10, 14)
    coverage = Coverage(rated + missing, rated, missing, 3, 2, due, days)
    said = monitor.verdict(coverage, language, unit=unit)
    assert said.endswith(".")
    if rated and missing:
        assert ("14 Oktober 2026" if language == "id" else "14 October 2026") in said


@pytest.mark.parametrize(("spread", "expected"), [
    (Spread({}, 0), "Tidak ada pegawai yang harus dinilai pada periode ini menurut data yang masuk."),
    (Spread({"sangat_baik": 3}, 3), "Semua 3 pegawai berpredikat Sangat Baik; apakah mereka memang setara, data ini tidak dapat mengatakan."),
])
def test_degenerate_results_have_their_own_sentence(spread: Spread, expected: str) -> None:
    assert evaluation.verdict(spread, Change(), Conformity(), "id") == expected


def test_the_sentence_of_the_design() -> None:
    spread = Spread({"baik": 5645, "sangat_baik": 740, "butuh_perbaikan": 11, "kurang": 5, "sangat_kurang": 3}, 6500)
    said = evaluation.verdict(spread, Change("estimated", "", False, 0.114, 0.129, 0.111, 0.095, 0.127, 7), Conformity(43, 1), "id")
    assert said == ("5.645 dari 6.500 pegawai (86,8%) berpredikat Baik dan 740 Sangat Baik (11,4%, paling banyak 12,9% sesudah semua dinilai); "
                    "tidak ada perubahan di luar variasi biasa, dan 1 dari 43 unit sesuai dengan pola unitnya.")


def test_small_counts_carry_no_percentage() -> None:
    said = evaluation.verdict(Spread({"baik": 10, "sangat_baik": 2}, 14), Change(), Conformity(), "id", unit=True)
    assert "%" not in said
    assert bounds_text(Spread({"sangat_baik": 2}, 4), "sangat_baik", "en") == "2 to 4"


@given(RULES, LANGUAGES)
def test_every_rule_has_its_words(rule: Rule, language: Any) -> None:
    assert rule_text(rule, language)
    assert rule_missed(rule, language)


def test_nouns_follow_their_number() -> None:
    assert counted("unit", 1, "en") == "1 unit"
    assert counted("evaluator", 2, "en") == "2 evaluators"
    assert counted("person", 0, "en", word=True) == "zero people"


@given(st.text(max_size=60))
def test_a_unit_name_only_changes_its_case(name: str) -> None:
    shown = unit_name(name)
    assert shown.casefold().split() == name.casefold().split() or shown.upper().split() == name.upper().split()


@given(st.integers(0, 10**6), st.integers(0, 4000), st.integers(0, 2000), st.integers(0, 40), LANGUAGES)
def test_rating_studies_have_a_verdict(answers: int, raters: int, objects: int, constant: int, language: Any) -> None:
    assert "{" not in ratings.verdict(answers, raters, objects, constant, language)
