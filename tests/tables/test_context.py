import pandas as pd
import pytest

from evalkit.tables.cells import text_column
from evalkit.tables.context import Context
from evalkit.tables.study import Population, Study
from evalkit.tables.unit_names import Units

A, B, UA, UB = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
TREE = Units.of(pd.DataFrame({"unit_id": [A, B, UA, UB], "opd_id": [A, B, A, B], "name": ["DINAS A", "DINAS B", "SUBBAGIAN UMUM", "SUBBAGIAN UMUM"]}))


@pytest.mark.parametrize(("name", "office", "key"), [
    ("SUBBAGIAN UMUM", "DINAS B", f"unor:{UB}"), ("SUBBAGIAN UMUM", "-", "name:SUBBAGIAN UMUM"), ("DINAS A", "DINAS A", f"unor:{A}"),
    ("BIDANG BARU", "DINAS A", "name:BIDANG BARU"), ("-", "DINAS A", f"unor:{A}"),
])
def test_one_name_in_two_offices_is_told_by_the_office(name, office, key):
    assert Context(units=TREE).place(text_column([name]), text_column([office])).tolist() == [key]


def test_without_a_tree_a_name_stays_a_name():
    assert Context().place(text_column(["X", "-"]), text_column(["-", "Y"])).tolist() == ["name:X", "name:Y"]


def test_the_first_population_that_fits_gives_the_instrument(tmp_path):
    study = Study(tmp_path, "a", "A", "id", "Asia/Makassar", tmp_path / "v", tmp_path / "r", populations=(
        Population("guru", "semester", "rule-g", post="guru"), Population("dokter", "quarter", "rule-d", post="dokter"),
        Population("asn", "quarter", "rule-a", except_post="guru")))
    posts = text_column(["AHLI PERTAMA - GURU KELAS", "DOKTER AHLI MUDA", "LURAH", "-"])
    assert Context(study).instruments(posts).tolist() == ["rule-g", "rule-d", "rule-a", "rule-a"]
    assert set(Context().instruments(posts)) == {"permenpanrb-6-2022"}
