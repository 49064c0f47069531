"""Two forms in drawn order: a difference of the forms is taken off, before and after are kept apart."""

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.parallel_forms import one_form_each


def crossed(n: int = 400, harder: float = 0.5, effect: float = -0.3, *, drawn: bool = True) -> tuple[pd.DataFrame, pd.Series]:
    """Form B is harder; half are trained in period 2; everybody answers one form before and the other after."""
    rng = np.random.default_rng(7)
    people = np.arange(n)
    first = rng.permutation(people % 2) if drawn else np.zeros(n, dtype=int)
    sent = rng.permutation(people % 2) == 1
    level = rng.normal(1, 0.2, n)
    rows = [{"person_id": int(p), "period": t, "form": "AB"[form], "turn": 1,
             "value": level[p] + harder * form + effect * (t == 2 and sent[p])} for p in people for t, form in ((1, first[p]), (2, 1 - first[p]))]
    return pd.DataFrame(rows), pd.Series({int(p): 2.0 for p in people[sent]})


def test_the_difference_of_the_forms_is_found_and_taken_off() -> None:
    rows, waves = crossed()
    found = one_form_each(rows, waves)
    assert found.state == "equated"
    assert found.shift["B"] - found.shift["A"] == pytest.approx(0.5, abs=0.06)
    wide = found.rows.pivot_table(index="person_id", columns="period", values="value")
    change = wide[2] - wide[1]
    sent = change.index.isin(waves.index)
    assert change[sent].mean() - change[~sent].mean() == pytest.approx(-0.3, abs=0.06)
    raw = rows.pivot_table(index="person_id", columns="period", values="value")
    assert change[~sent].std() < 0.2 * (raw[2] - raw[1])[~sent].std()  # the forms were the noise


def test_people_who_met_the_test_later_do_not_move_the_difference_of_the_forms() -> None:
    rows, waves = crossed()
    late = pd.DataFrame({"person_id": range(1000, 1300), "period": 2, "form": "A", "turn": 1, "value": -5.0})  # form A only, and all much better
    found = one_form_each(pd.concat([rows, late]), waves)
    assert found.shift == pytest.approx(one_form_each(rows, waves).shift)
    alone = rows[(rows["period"] == 1) & (rows["form"] == "B") | (rows["period"] == 2) & (rows["form"] == "A")]
    assert one_form_each(pd.concat([alone, late]), waves).state == "order_not_drawn"  # nobody met both forms' first day


def test_without_a_draw_nothing_is_taken_off() -> None:
    rows, waves = crossed(drawn=False)
    found = one_form_each(rows, waves)
    assert (found.state, found.shift) == ("order_not_drawn", {})
    assert found.rows["value"].sum() == pytest.approx(rows["value"].sum())


def test_two_forms_in_one_period_are_before_or_after_and_never_a_mean() -> None:
    rows = pd.DataFrame({"person_id": list("aabb"), "period": 1, "value": [2.0, 1.0, 4.0, 3.0], "form": list("ABAB"), "turn": [1, 2, 1, 2]})
    found = one_form_each(rows, pd.Series({"a": 1.0, "b": np.nan})).rows.set_index("person_id")["value"]
    assert found.to_dict() == {"a": 1.0, "b": 4.0}
    again = one_form_each(rows.sample(frac=1, random_state=3), pd.Series({"b": np.nan, "a": 1.0})).rows.set_index("person_id")["value"]
    assert again.to_dict() == found.to_dict()


def test_degenerate_forms() -> None:
    rows = pd.DataFrame({"person_id": ["a"], "period": [1], "value": [2.0]})
    assert one_form_each(rows, pd.Series(dtype=float)).state == "none"
    assert one_form_each(rows.assign(form="A"), pd.Series(dtype=float)).state == "one_form"
    assert one_form_each(rows.iloc[:0], pd.Series(dtype=float)).rows.empty
    with pytest.raises(EstimationError, match="value"):
        one_form_each(rows.drop(columns="value"), pd.Series(dtype=float))


def test_forms_that_cannot_be_read_are_refused_and_gaps_are_not():
    rows, first = crossed(40)
    whole = one_form_each(rows, first)
    for wrong in (rows.assign(value="baik"), rows.assign(period="2026-Q1"), rows.drop(columns="value"), pd.concat([rows, rows.head(1)])):
        with pytest.raises(EstimationError):
            one_form_each(wrong, first)
    typed = rows.assign(form=rows["form"].astype("string"), turn=rows["turn"].astype("Int64"), period=rows["period"].astype("Int64"))
    mixed = typed.sample(frac=1, random_state=2)
    assert one_form_each(mixed, first).rows["value"].tolist() == pytest.approx(whole.rows["value"].tolist())
    gap = one_form_each(rows.assign(value=rows["value"].where(rows.index != 3)), first)
    assert gap.rows["value"].isna().sum() == 1
    assert (one_form_each(rows.iloc[:0], first).state, len(one_form_each(rows.iloc[:0], first).rows)) == ("none", 0)
