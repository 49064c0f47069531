"""A city small enough to count by hand: two offices, twelve people, three quarters."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.derive.sources import FrameSource
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Population, Study

ASN, GURU = "permenpanrb-6-2022", "perdirjen-gtk-7607-2023"
PLACE = {"import_id": "i1", "row": 1}
# person, office unit, post, superior: boss1 heads dinas-a, boss2 heads dinas-b
PEOPLE = {
    "p01": ("a", "KEPALA DINAS", "mayor"), "p02": ("a1", "ANALIS", "p01"), "p03": ("a1", "ANALIS", "p01"),
    "p04": ("a1", "ARSIPARIS", "p01"), "p05": ("a", "PENGADMINISTRASI", "p01"),
    "p06": ("b", "KEPALA DINAS", "mayor"), "p07": ("b", "ANALIS", "p06"), "p08": ("b", "ANALIS", "p06"),
    "p09": ("b", "PENGADMINISTRASI", None), "p10": ("b", "GURU KELAS", "p06"), "p11": ("b", "ANALIS", "p06"),
    "p12": ("a", "ANALIS", "p01"),
}


def frame(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Make a contract table from the columns that matter."""
    place = PLACE if TABLES[table].imported else {}
    data = pd.DataFrame([{**place, **row} for row in rows])
    return TABLES[table].conform(data) if rows else TABLES[table].empty()


def appraisal(person: str, period: str, predikat: str | None = "baik", **other: Any) -> dict[str, Any]:
    """Make one appraisal of a person of `PEOPLE`."""
    unit, post, superior = PEOPLE[person]
    rated = {"sangat_baik": ("di_atas", "di_atas"), "baik": ("sesuai", "sesuai"), "butuh_perbaikan": ("di_bawah", "sesuai"),
             None: (None, None)}[predikat]
    row = {"appraisal_id": f"{person}-{period}", "version": 1, "person_id": person, "period": period, "unit_id": unit,
           "opd_id": unit[0], "post_title": post, "is_acting": False, "superior_id": superior, "hasil_kerja": rated[0],
           "perilaku_kerja": rated[1], "predikat": predikat, "instrument": ASN, "exported_at": datetime(2026, 10, 12, 8, 14),
           "rated_at": None if predikat is None else datetime(2026, 10, 5, 9)}
    return {**row, **other}


def make_frames() -> dict[str, pd.DataFrame]:
    """Make the imported tables of the small city."""
    long_ago = date(2020, 1, 1)
    attributes = [{"person_id": p, "valid_from": long_ago, "sex": "F" if int(p[1:]) % 2 else "M", "employment": "pns",
                   "post_type": "pelaksana", "valid_to": date(2026, 8, 31) if p == "p11" else None} for p in PEOPLE if p != "p12"]
    posts = [{"person_id": p, "unit_id": u, "post_title": t, "valid_from": long_ago, "is_acting": False, "superior_id": None,
              "is_head": t == "KEPALA DINAS"} for p, (u, t, _) in PEOPLE.items() if p != "p12"]
    rows = [appraisal(p, "2026-Q3", r) for p, r in
            {"p01": "sangat_baik", "p02": "sangat_baik", "p03": "baik", "p04": "baik", "p05": None, "p06": "baik", "p07": "baik",
             "p08": "butuh_perbaikan", "p09": None}.items()]
    rows += [appraisal(p, "2026-Q2", "baik", exported_at=datetime(2026, 7, 10)) for p in ("p01", "p02", "p03", "p06", "p07", "p11")]
    rows.append(appraisal("p12", "2026-Q3", "baik"))
    return {
        "person_attributes": frame("person_attributes", attributes), "assignments": frame("assignments", posts),
        "appraisals": frame("appraisals", rows),
        "units": frame("units", [{"unit_id": u, "valid_from": long_ago, "parent_id": p, "name": n} for u, p, n in
                                 (("root", None, "Kota Contoh"), ("a", "root", "Dinas A"), ("a1", "a", "Bidang A1"),
                                  ("b", "root", "Dinas B"))]),
        "exclusions": frame("exclusions", [{"person_id": "p04", "valid_from": date(2026, 10, 1), "reason": "tugas_belajar"}]),
        "imports": frame("imports", [{"import_id": "i1", "sha256": "0", "file": "a.xlsx", "kind": "appraisals", "layout": "x",
                                      "scope": "full", "period": "2026-Q3", "exported_at": datetime(2026, 10, 12, 8, 14),
                                      "received_at": datetime(2026, 10, 12, 9), "rows": 1, "rows_read": 1, "rows_refused": 0,
                                      "faults": 0}]),
    }


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study whose populations are quarterly ASN and half-yearly teachers."""
    return Study(root=tmp_path / "kota", name="kota", title="Kota Contoh", language="id", timezone="Asia/Makassar",
                 vault=tmp_path / "vault", reports=tmp_path / "reports", seed=7,
                 populations=(Population("asn", "quarter", ASN, except_post="guru"), Population("guru", "semester", GURU, "guru")),
                 fairness={"attributes": ["sex"]})


@pytest.fixture
def frames() -> dict[str, pd.DataFrame]:
    """The imported tables."""
    return make_frames()


@pytest.fixture
def source(frames: dict[str, pd.DataFrame]) -> FrameSource:
    """The imported tables as a source."""
    return FrameSource(frames)
