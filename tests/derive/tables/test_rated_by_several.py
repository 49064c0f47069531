"""Tables from linked forms: their contracts, truth that was put in, nobody named, and nothing where there is no form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.catalog import CATALOG
from evalkit.derive.context import Context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables import collected, double_ratings, feedback, in_service, rated_by_several
from evalkit.raters.identification import identify
from evalkit.reliability import icc

ITEMS = ("akuntabel", "loyal", "kompeten", "adaptif")
WORDS = ("di_bawah", "sesuai", "di_atas")


def conformed(name: str, found: pd.DataFrame) -> pd.DataFrame:
    contract = contract_of(name)
    return contract.conform(found.reindex(columns=[c for c in contract.names if c in found.columns]))


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.random.default_rng(2).normal(0, 0.6, 24)


@pytest.fixture
def roster(context: Context, truth: np.ndarray) -> pd.DataFrame:
    """24 evaluators of 10 people in four offices; a severe one gives Sangat Baik less often."""
    rng = np.random.default_rng(4)
    rows = []
    for r, c in enumerate(truth):
        for j in range(10):
            good = rng.random() < 1 / (1 + np.exp(0.5 + 1.5 * c))
            rows.append({"person_id": f"p{r:02d}{j}", "period": context.period.text, "opd_id": f"u{r % 4}", "superior_id": f"e{r:02d}",
                         "rated_by_id": None, "instrument": "i", "post_type": "pelaksana", "is_rule_determined": False, "is_rated": True,
                         "predikat": "sangat_baik" if good else "baik", "hasil_kerja": "di_atas" if good else "sesuai",
                         "perilaku_kerja": "di_atas" if good else "sesuai"})
    return pd.DataFrame(rows)


@pytest.fixture
def forms(context: Context, truth: np.ndarray) -> dict[str, pd.DataFrame]:
    """Six vignettes rated by all, a key, and a blind second rating of 60 people."""
    rng = np.random.default_rng(7)
    key = rng.uniform(1.6, 4.4, (6, 1)) + rng.normal(0, 0.4, (6, 4))
    x = np.clip(np.round(key - truth[:, None, None] + rng.normal(0, 0.5, (24, 6, 4))), 1, 5)
    base = {"period": context.period.text, "occasion": "1", "import_id": "i1", "row": 1}
    rows = [{**base, "instrument": "vinyet", "object_id": f"A{o}", "object_kind": "vignette", "rater_id": f"e{r:02d}", "rater_role": "evaluator",
             "item": ITEMS[i], "rating": x[r, o, i]} for r in range(24) for o in range(6) for i in range(4)]
    rows += [{**base, "instrument": "penilaian-ganda", "object_id": f"p{r:02d}{j}", "object_kind": "employee", "rater_id": f"e{(r + 1) % 24:02d}",
              "rater_role": "second", "item": item, "is_blind_second": True, "rating": float(rng.integers(2, 4))}
             for r in range(12) for j in range(5) for item in ("hasil_kerja", "perilaku_kerja")]
    ratings = contract_of("ratings").conform(pd.DataFrame(rows))
    keys = pd.DataFrame([{"instrument": "vinyet", "object_id": f"A{o}", "item": ITEMS[i], "expert_rating": key[o, i], "n_experts": 5, "spread": 0.5,
                          "import_id": "i1", "row": 1} for o in range(6) for i in range(4)])
    return {"ratings": ratings, "vignette_key": contract_of("vignette_key").conform(keys)}


@pytest.fixture
def given(context: Context, forms: dict[str, pd.DataFrame], roster: pd.DataFrame) -> dict[str, pd.DataFrame]:
    rungs = identify(roster, roster.drop(columns="superior_id"), periods=context.periods,
                     ratings=rated_by_several.in_window(context, forms["ratings"]))
    return {**forms, "identification": rungs}


def test_severity_and_accuracy_find_what_was_put_in(context, given, truth, roster):
    found = conformed("linked_severity", rated_by_several.linked_severity(context, **given))
    for model in ("deviation", "many_facet"):
        own = found[(found["model"].eq(model) & found["measure"].eq("severity") & found["instrument"].eq("vinyet")).to_numpy(dtype=bool)]
        assert len(own) == 24 and np.corrcoef(own["estimate"].astype(float), truth)[0, 1] > 0.9
    held = found[found["instrument"].ne("vinyet").to_numpy(dtype=bool)]
    assert held.empty or set(held["status"]) == {"withheld"}
    exact = conformed("linked_accuracy", rated_by_several.linked_accuracy(context, **given))
    elevation = exact[(exact["measure"].eq("elevation") & exact["term"].ne("")).to_numpy(dtype=bool)]
    assert np.corrcoef(elevation["estimate"].astype(float), truth)[0, 1] < -0.9
    assert {"halo", "range_ratio", "drift", "distance", "categories_used"} <= set(exact["measure"])
    service = conformed("severity_and_service", in_service.severity_and_service(context, found, roster)).set_index("measure")
    assert service.loc["severity_in_service", "conf_low"] > 0 and service.loc["severity_in_service", "n_raters"] == 24
    assert abs(service.loc["severity_in_service_corrected", "estimate"]) > abs(service.loc["severity_in_service", "estimate"])


def test_map_names_items_and_vignettes_but_no_rater(context, given):
    found = conformed("linked_map", rated_by_several.linked_map(context, **given))
    assert found["facet"].value_counts().to_dict() == {"rater": 24, "object": 6, "item": 4, "threshold": 4}
    assert set(found.loc[found["facet"].eq("rater").to_numpy(dtype=bool), "label"]) == {""}
    assert set(found.loc[found["facet"].eq("item").to_numpy(dtype=bool), "label"]) == set(ITEMS)
    assert not found.astype(str).apply(lambda c: c.str.fullmatch(r"e\d\d")).any().any()


def test_double_ratings_are_paired_with_the_official_ones(context, forms, roster):
    found = conformed("double_agreement", double_ratings.double_agreement(context, forms["ratings"], roster))
    official = roster.set_index("person_id")["hasil_kerja"].map({w: n for n, w in enumerate(WORDS, 1)})
    second = forms["ratings"][(forms["ratings"]["item"].eq("hasil_kerja")).to_numpy(dtype=bool)]
    same = np.mean([official[o] == r for o, r in zip(second["object_id"], second["rating"], strict=True)])
    row = found[(found["term"].eq("hasil_kerja") & found["measure"].eq("percent_agreement")).to_numpy(dtype=bool)].iloc[0]
    assert row["estimate"] == pytest.approx(same) and row["n"] == 60
    assert set(found["measure"]) == {"percent_agreement", "gwet_ac2", "krippendorff_alpha", "icc_1_1", "second_less_first"}
    counts = conformed("double_pairs", double_ratings.double_pairs(context, forms["ratings"], roster))
    assert counts.groupby("item")["n"].sum().to_dict() == {"hasil_kerja": 60, "perilaku_kerja": 60} and len(counts) == 18
    few = forms["ratings"][forms["ratings"]["object_id"].astype(str).lt("p02").to_numpy(dtype=bool)]
    assert set(double_ratings.double_agreement(context, few, roster)["reason"]) == {"few_doubles"}
    assert double_ratings.double_pairs(context, few, roster).empty


def doubles_of(first: list[float], second: list[float]) -> pd.DataFrame:
    own = pd.DataFrame({"object_id": range(len(first)), "first": first, "second": second})
    return double_ratings.agreement_of_pairs(own).set_index("measure")


def test_few_other_words_leave_alpha_and_reliability_without_limits():
    """Of a hundred people nineteen have another word: what alpha and reliability are hangs on them."""
    found = doubles_of([2.0] * 81 + [3.0] * 19, [2.0] * 85 + [3.0] * 15)
    few = found.loc[["krippendorff_alpha", "icc_1_1"]]
    assert few["reason"].eq("few_other_words").all() and few["estimate"].gt(0.5).all() and few[["conf_low", "conf_high"]].isna().all(axis=None)
    assert found.loc[["percent_agreement", "gwet_ac2", "second_less_first"], "conf_low"].notna().all()
    assert doubles_of([2.0] * 80 + [3.0] * 20, [2.0] * 85 + [3.0] * 15).loc[["krippendorff_alpha", "icc_1_1"], "conf_low"].notna().all()


def test_raters_who_never_differ_are_no_proof_that_others_would_not():
    found = doubles_of([2.0] * 30 + [3.0] * 10, [2.0] * 30 + [3.0] * 10)
    assert found.loc["percent_agreement", ["estimate", "conf_high"]].tolist() == [1, 1] and found.loc["percent_agreement", "conf_low"] < 0.93
    assert found.loc["second_less_first", "reason"] == "objects_all_alike"
    assert found.loc[["gwet_ac2", "krippendorff_alpha", "icc_1_1", "second_less_first"], "conf_low"].isna().all()


def test_limits_of_the_reliability_hold_where_nine_ratings_in_ten_are_one_word():
    """Both raters see the right word seven times in ten: the reliability is 0.49; the F limits held it 65 times in a hundred."""
    rng, held = np.random.default_rng(8), []
    for _ in range(60):
        right = rng.choice(3, 300, p=[0.02, 0.88, 0.10])
        seen = np.where(rng.random((2, 300)) < 0.7, right, rng.choice(3, (2, 300), p=[0.02, 0.88, 0.10])) + 1.0
        row = doubles_of(seen[0].tolist(), seen[1].tolist()).loc["icc_1_1"]
        held.append(row["conf_low"] <= 0.49 <= row["conf_high"])
    assert np.mean(held) > 0.85


def feedback_forms(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = [{"period": context.period.text, "occasion": "1", "import_id": "i1", "row": 1, "instrument": "formulir-360", "object_id": p,
             "object_kind": "employee", "rater_id": f"{role}{p}{j}" if role != "self" else p,
             "rater_role": role, "item": item, "rating": float(rng.integers(2, 6))}
            for p in roster["person_id"].iloc[::12] for role, n in (("self", 1), ("superior", 1), ("peer", 3), ("subordinate", 2))
            for j in range(n) for item in ITEMS]
    return contract_of("ratings").conform(pd.DataFrame(rows))


def test_feedback_is_cut_to_offices_and_withholds_small_roles(context, roster):
    ratings = feedback_forms(context, roster)
    found = conformed("feedback_360", feedback.feedback_360(context, ratings, roster))
    shown = found[found["status"].eq("estimated").to_numpy(dtype=bool)]
    assert set(found["scope"]) == {"city", "unit"} and (shown["n_raters"] >= 3).all()
    assert found.loc[found["status"].eq("withheld").to_numpy(dtype=bool), "mean"].isna().all()
    more = conformed("feedback_estimates", feedback.feedback_estimates(context, ratings, roster))
    assert {"self_other_gap", "role_reliability_one"} <= set(more["measure"])


def test_scores_of_people_are_adjusted_only_where_the_rung_allows(context, roster):
    ratings = feedback_forms(context, roster)
    rungs = identify(roster, roster.drop(columns="superior_id"), periods=context.periods, ratings=rated_by_several.in_window(context, ratings))
    found = conformed("linked_scores", rated_by_several.linked_scores(context, ratings, contract_of("vignette_key").empty(), rungs))
    assert set(found["status"]) == {"withheld"} and found["adjusted"].isna().all()
    open_ = rungs.assign(rung=4)
    assert set(rated_by_several.linked_scores(context, ratings, contract_of("vignette_key").empty(), open_)["reason"]) == {"most_raters_rated_once"}


@pytest.mark.parametrize("name", ["linked_severity", "linked_accuracy", "linked_map", "linked_scores"])
def test_no_forms_no_rows(context, roster, name):
    none = identify(roster, roster.drop(columns="superior_id"), periods=context.periods)
    made = CATALOG[name].function(context, ratings=contract_of("ratings").empty(), vignette_key=contract_of("vignette_key").empty(),
                                  identification=none)
    assert conformed(name, made).empty


def test_no_forms_no_feedback_and_no_doubles(context, roster):
    empty = contract_of("ratings").empty()
    assert feedback.feedback_360(context, empty, roster).empty and feedback.feedback_estimates(context, empty, roster).empty
    assert set(double_ratings.double_agreement(context, empty, roster)["status"]) == {"withheld"}
    severity = conformed("linked_severity", pd.DataFrame())
    assert in_service.severity_and_service(context, severity, roster).empty


# ---- what collected forms are worth
def test_reliability_of_the_collected_forms(context, given, forms, roster):
    found = conformed("collected_reliability", collected.collected_reliability(context, **given, roster=roster))
    own = found[found["instrument"].eq("vinyet").to_numpy(dtype=bool)].set_index(["measure", "term"])["estimate"].astype(float)
    assert {"cronbach_alpha", "mcdonald_omega", "sem_answer", "gwet_ac2", "krippendorff_alpha", "icc_agreement"} <= set(found["measure"])
    cases = [own["generalizability", str(k)] for k in collected.CASES]
    assert cases == sorted(cases) and 0 < cases[0] < cases[-1] < 1
    # second path: raters as objects, cases as raters, Spearman and Brown
    rows = rated_by_several.plain(forms["ratings"])
    rows = rows[rows["instrument"].eq("vinyet").to_numpy(dtype=bool)].dropna(subset=["rating"])
    rows = rows[rows["period"].eq(rows["period"].max()).to_numpy(dtype=bool)]
    means = rows.groupby(["object_id", "rater_id"])["rating"].mean().reset_index()
    one = icc(means, object_id="rater_id", rater="object_id").set_index("measure").loc["icc_3_1", "estimate"]
    assert cases == pytest.approx([k * one / (1 + (k - 1) * one) for k in collected.CASES], abs=0.01)
    assert found["instrument"].eq("penilaian-ganda").any()


def answers(groups: dict[str, int], period: str, same: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    people = [(f"R{g}{i}", g) for g, n in groups.items() for i in range(n)]
    return contract_of("survey_responses").conform(pd.DataFrame([
        {"instrument": collected.SURVEY, "respondent_id": r, "period": period, "question": q, "coarse_group": g,
         "response": 4.0 if same else float(rng.integers(1, 6)), "import_id": "i1", "row": n}
        for n, (r, g) in enumerate(people) for q in ("ukuran_sama", "didengar", "dihormati")]))


def test_the_survey_withholds_what_would_name_somebody(context):
    period = context.period.text
    rows = answers({"struktural": 2, "fungsional": 30, "pelaksana": 40}, period)
    found = conformed("fairness_survey", collected.fairness_survey(context, rows))
    told = found[found["status"].eq("estimated").to_numpy(dtype=bool)]
    assert set(told["group"]) == {"", "pelaksana"}  # the second smallest goes too: the small one would follow by subtraction
    assert found.loc[found["status"].eq("withheld").to_numpy(dtype=bool), ["n", "mean", "share"]].isna().all(axis=None)
    one = told[(told["question"].eq("didengar") & told["group"].eq("")).to_numpy(dtype=bool)].iloc[0]
    by_hand = rows.loc[rows["question"].eq("didengar").to_numpy(dtype=bool), "response"].astype(float)
    assert (one["n"], one["mean"], one["share"]) == (72, pytest.approx(by_hand.mean()), pytest.approx((by_hand >= 4).mean()))
    same = conformed("fairness_survey", collected.fairness_survey(context, answers({"pelaksana": 40}, period, same=True)))
    assert set(same.loc[same["question"].ne("").to_numpy(dtype=bool), "reason"]) == {"all_the_same"}
    assert collected.fairness_survey(context, rows.head(0)).empty
    assert collected.fairness_survey(context, answers({"pelaksana": 40}, "2019-Q1")).empty
    few = collected.fairness_survey(context, answers({"pelaksana": 3}, period))
    assert set(few["status"]) == {"withheld"}
