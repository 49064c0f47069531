"""One person for every case that a page must tell apart, in the small city of the derive tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import html

from evalkit.derive.build import Built, build
from evalkit.derive.reports import REPORTS
from evalkit.derive.sources import FrameSource
from evalkit.report.people.codes import target_of
from evalkit.report.people.make import Request, make_employees
from evalkit.report.people.mirror import make_mirrors
from evalkit.tables.register import Register
from evalkit.tables.study import Population, Study
from tests.derive.conftest import ASN, GURU, PEOPLE, appraisal, frame, make_frames

PERIOD = "2026-Q3"
EXPORTED = datetime(2026, 10, 12, 8, 14)
LATER = datetime(2026, 10, 20, 8)
NAMES = {"p01": "Ratna Kepala", "p02": "Anton Analis", "p03": "Dewi Pelaksana", "p04": "Maria Pindah", "p05": "Yosef Belum",
         "p06": "Lukas Kepala", "p07": "Sari Koreksi", "p08": "Petrus Tarik", "p09": "Ester Tanpa", "p10": "Agnes Guru",
         "p11": "Markus Keluar", "p12": "Ruth Beda"}


def cases() -> dict[str, pd.DataFrame]:
    """Make the tables: who is who stands beside each line."""
    made = make_frames()
    old = made["appraisals"][made["appraisals"]["appraisal_id"].ne("p12-2026-Q3").to_numpy(dtype=bool)]
    more = [
        appraisal("p03", PERIOD, "sangat_baik", appraisal_id="p03-plt", is_acting=True, post_title="PLT KEPALA BIDANG"),       # acting too
        appraisal("p04", PERIOD, "butuh_perbaikan", appraisal_id="p04-lama", unit_id="b", opd_id="b",           # moved
                  post_title="ANALIS"),
        appraisal("p07", PERIOD, "sangat_baik", version=2, exported_at=LATER, revision_reason="Keberatan dikabulkan"),         # corrected
        appraisal("p09", PERIOD, None, version=2, hasil_kerja="sesuai", exported_at=LATER),                                    # half rated
        appraisal("p11", PERIOD, "baik"),                                                                                     # left the list
        appraisal("p12", PERIOD, "sangat_baik", hasil_kerja="sesuai", perilaku_kerja="sesuai"),                               # contradicts
        appraisal("p10", "2026-S1", "baik", instrument=GURU, exported_at=datetime(2026, 7, 12, 8)),                           # teacher
    ]
    made["appraisals"] = pd.concat([old, frame("appraisals", more)], ignore_index=True)
    made["withdrawals"] = frame("withdrawals", [{"table": "appraisals", "record_key": "p08-2026-Q3", "period": PERIOD, "exported_at": LATER}])
    made["unit_predikat"] = frame("unit_predikat", [{"unit_id": u, "period": PERIOD, "version": 1, "predikat": p, "exported_at": EXPORTED}
                                                    for u, p in (("a", "baik"), ("b", "istimewa"))])
    made["objections"] = frame("objections", [{"appraisal_id": "p07-2026-Q3", "filed_at": date(2026, 10, 14), "person_id": "p07",
                                               "decided_at": date(2026, 10, 19), "decision": "diubah", "period": PERIOD}])
    made["indicators"] = frame("indicators", [
        {"object_id": "p02", "object_kind": "employee", "period": PERIOD, "indicator": n, "aspect": "kuantitas", "direction": w,
         "target_low": low, "target_high": high, "actual": got}
        for n, w, low, high, got in (("Dokumen selesai", "more", 120, None, 126), ("Hari sampai selesai", "less", 3, None, 3.4),
                                     ("Laporan", "more", 0, None, 2))])
    made["attendance"] = frame("attendance", [{"person_id": "p02", "month": m, "days_due": 20, "days_absent": 1, "late_minutes": 0}
                                              for m in ("2026-07", "2026-08", "2026-09", "2026-10")])
    made["ratings"] = frame("ratings", [
        {"instrument": "formulir-360", "object_id": who, "object_kind": "employee", "rater_id": f"p{n:02d}", "item": "loyal", "occasion": "1",
         "period": PERIOD, "rating": 4.0} for who, n_raters in (("p02", 3), ("p03", 2)) for n in range(4, 4 + n_raters)])
    return made


@dataclass(frozen=True)
class Office:
    """A study with its tables and the pages made of them."""

    study: Study
    built: Built
    draft: Path

    def request(self, **other: Any) -> Request:
        return Request(**{"study": self.study, "built": self.built, "period": self.built.context.period.text, "draft": self.draft, **other})

    def page(self, person: str, reader: str = "employees", language: str = "id") -> Path:
        return self.draft / target_of(self.study, person, reader, language)  # type: ignore[arg-type]  # id or en

    def text(self, person: str, reader: str = "employees", language: str = "id") -> str:
        return " ".join(" ".join(self.tree(person, reader, language).find("body").itertext()).split())

    def tree(self, person: str, reader: str = "employees", language: str = "id") -> html.HtmlElement:
        return html.fromstring(self.page(person, reader, language).read_bytes())


def make_study(folder: Path, names: dict[str, str], **other: Any) -> Study:
    study = Study(root=folder / "kota", name="kota", title="Kota Contoh", language="id", timezone="Asia/Makassar", vault=folder / "vault",
                  reports=folder / "reports", seed=7, fairness={"attributes": ["sex"]},
                  populations=(Population("asn", "quarter", ASN, except_post="guru"), Population("guru", "semester", GURU, "guru")), **other)
    day = date(2026, 1, 1)
    Register(study.vault).save(pd.DataFrame([(p, "name", n, day, day) for p, n in names.items()],
                                            columns=["person_id", "kind", "value", "first_seen", "last_seen"]))
    return study


@pytest.fixture(scope="session")
def open_office(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Office]:
    """Give a function that builds the tables of a case and a folder for its pages; the usual tables are built once."""
    standard: dict[str, tuple[Study, Built]] = {}

    def open_it(frames: dict[str, pd.DataFrame] | None = None, period: str = PERIOD, names: dict[str, str] | None = None,
                **other: Any) -> Office:
        base = tmp_path_factory.mktemp("orang")
        plain = frames is None and names is None and not other
        if plain and period in standard:
            return Office(*standard[period], base / "draft")
        study = make_study(base, names or NAMES, **other)
        tables = {t for name in ("employees", "evaluators", "explainer") for t in REPORTS[name].tables} | {"units_current"}
        built = build(study, period, names=sorted(tables), source=FrameSource(frames or cases()))
        if plain:
            standard[period] = (study, built)
        return Office(study, built, base / "draft")

    return open_it


@pytest.fixture(scope="session")
def office(open_office: Callable[..., Office]) -> Office:
    """All cases, with their pages in both languages."""
    made = open_office()
    for make in (make_employees, make_mirrors):
        make(made.request(languages=("id", "en")))
    return made


@pytest.fixture
def again(office: Office, tmp_path: Path) -> Office:
    """The same pages in a folder that may be changed."""
    shutil.copytree(office.draft, tmp_path / "draft")
    return Office(office.study, office.built, tmp_path / "draft")


__all__ = ["NAMES", "PEOPLE", "PERIOD", "Office", "cases"]
