"""The derivation: every input gets steps, every step has words and an article."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.instruments.catalog import load, names
from evalkit.language.catalogue import catalogue, say
from evalkit.scoring.derivation import derive
from evalkit.scoring.outcome import REASONS
from evalkit.tables.schema import PREDIKAT, RATINGS, UNIT_PREDIKAT

RULE = load("permenpanrb-6-2022")
GOOD = {"hasil_kerja": "sesuai", "perilaku_kerja": "di_atas", "predikat": "baik", "rated_by_kind": "superior", "unit_predikat": "baik",
        "period_end": date(2026, 9, 30)}


def _keys(appraisal, rule=RULE):
    return [step.key for step in derive(appraisal, rule)]


def test_order_of_the_regulation():
    assert _keys(GOOD) == ["instrument", "unit", "pattern", "hasil_kerja", "perilaku_kerja", "evaluator_superior", "quadrant", "agrees",
                           "no_weights", "objection", "objection_own"]


def test_what_was_not_read_is_marked():
    marked = {step.key for step in derive(GOOD, RULE) if not step.confirmed}
    assert marked == {"quadrant", "agrees", "objection_own"}


@pytest.mark.parametrize(("change", "key"), [
    ({"predikat": "sangat_baik"}, "contradicts"), ({"predikat": None}, "predikat_missing"), ({"hasil_kerja": None}, "not_checked"),
    ({"hasil_kerja": None, "perilaku_kerja": None, "predikat": None}, "not_rated"), ({"unit_predikat": None}, "unit_missing"),
    ({"is_rule_determined": True}, "head"), ({"rated_by_kind": "other"}, "evaluator_other"), ({"rated_by_kind": None}, "evaluator_unknown"),
    ({"period_end": date(2021, 9, 30)}, "instrument_not_in_force"), ({"hasil_kerja": "bagus"}, "hasil_kerja_missing")])
def test_what_is_missing_or_contradicts_is_a_step(change, key):
    assert key in _keys({**GOOD, **change})


def test_teachers_by_their_own_rule():
    steps = derive(GOOD, load("perdirjen-gtk-7607-2023"))
    assert steps[0].instrument == "perdirjen-gtk-7607-2023"
    assert next(s for s in steps if s.key == "quadrant").instrument == "permenpanrb-6-2022"


def test_the_numeric_regime():
    rule = load("permenpanrb-8-2021")
    steps = derive({"skp": 115, "perilaku": 110, "weights": "60_40", "new_idea": True}, rule)
    assert [s.key for s in steps][1:3] == ["composite", "band_with_idea"]
    assert steps[2].words["predikat"] == "scoring.predikat_2021.sangat_baik"
    assert _keys({"skp": 115, "perilaku": 110, "weights": "60_40"}, rule)[2] == "band"
    assert _keys({"skp": 115, "perilaku": 110}, rule)[1] == "composite_missing"


def test_a_form_sets_no_predikat():
    assert "no_rule" in _keys(GOOD, load("pk-guru-14"))


anything = st.one_of(st.none(), st.text(max_size=8), st.floats(), st.booleans(), st.sampled_from((*RATINGS, *PREDIKAT, *UNIT_PREDIKAT)),
                     st.dates())
columns = ["hasil_kerja", "perilaku_kerja", "predikat", "rated_by_kind", "unit_predikat", "is_rule_determined", "period_end", "skp",
           "perilaku", "weights", "new_idea"]


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(columns), anything), st.sampled_from(names()))
def test_total_and_every_step_can_be_said_in_both_languages(appraisal, name):
    steps = derive(appraisal, load(name))
    assert steps
    for step in steps:
        assert step.article
        for language in ("id", "en"):
            words = {key: say(word, language) for key, word in step.words.items()}
            assert "{" not in say(f"scoring.step.{step.key}", language, **{**step.values, **words}).replace(str(appraisal), "")


def test_every_reason_has_words():
    whole = catalogue()
    others = ("not_rated", "incomplete", "unknown_rating", "no_rated", "one_rated", "no_source", "no_value")
    assert all(f"scoring.reason.{reason}" in whole for reason in (*REASONS, *others))


def test_no_word_is_left_that_nothing_says():
    """A step or reason in the catalogue that the code never gives would be dead text."""
    from pathlib import Path

    import evalkit.scoring
    folder = Path(evalkit.scoring.__file__).parent
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    made = set(re.findall(r'"([a-z_]+)"', code)) | {f"{x}_missing" for x in ("hasil_kerja", "perilaku_kerja")} | {
        "evaluator_superior", "evaluator_other"}
    for key in catalogue():
        if key.startswith(("scoring.step.", "scoring.reason.")):
            assert key.rsplit(".", 1)[1] in made, key
