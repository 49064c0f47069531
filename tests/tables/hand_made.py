"""Files of an office made by hand: a JSON file says what its reader would give, so that the store is tested alone."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from evalkit.errors import ImportFileError
from evalkit.tables.parsed import Fault, Parsed
from evalkit.tables.study import Study, load_study

CITY, DINAS, BIDANG, BADAN = ("abcdef0" * 4 + "abc" + n for n in "1234")
STUDY = """
[study]
name = "contoh"
title = "Kota Contoh"
[people]
vault = "../vault-contoh"
[[population]]
name = "asn"
cycle = "quarter"
instrument = "permenpanrb-6-2022"
"""
TEACHERS = """
[[population]]
name = "guru"
cycle = "semester"
instrument = "perdirjen-gtk-7607-2023"
post = "guru"
"""
RECEIVED = datetime(2026, 10, 12, 9)


def make_study(folder: Path, text: str = STUDY) -> Study:
    """A study in a new folder, its vault beside it."""
    root = folder / "studi"
    root.mkdir(parents=True)
    (root / "study.toml").write_text(text, encoding="utf-8")
    return load_study(root)


def nip(n: int) -> str:
    """A number by the rules, with the birth date of nobody."""
    return f"1990{1 + n % 12:02d}{1 + n % 12:02d}2015031{900 + n:03d}"


def asn(n: int) -> str:
    return f"{n:032x}"


def person(n: int, **more: str) -> list[dict[str, str]]:
    """The rows of one person in `people`."""
    found = {"asn": asn(n), "nip": nip(n)} | more
    return [{"key": f"asn:{asn(n)}", "kind": k, "value": v, "name": f"NAMA CONTOH {n}"} for k, v in found.items()]


def appraisal(n: int, predikat: str | None = "baik", **more: Any) -> dict[str, Any]:
    return {"appraisal_id": f"a{n}", "person_id": f"asn:{asn(n)}", "unit_id": f"unor:{BIDANG}", "opd_id": "name:DINAS CONTOH",
            "post_title": "ANALIS", "is_acting": False, "superior_id": f"asn:{asn(99)}", "hasil_kerja": "sesuai",
            "perilaku_kerja": "sesuai", "predikat": predikat, "employment": "pns", "row": n + 8} | more


def employee(n: int, **more: Any) -> dict[str, Any]:
    return {"person_id": f"asn:{asn(n)}", "valid_from": "2020-04-01", "sex": "F" if n % 2 else "M", "birth_year": 1990,
            "employment": "pns", "grade": "III/a", "row": n + 1} | more


def post(n: int, unit: str = BIDANG, title: str = "ANALIS", **more: Any) -> dict[str, Any]:
    return {"person_id": f"asn:{asn(n)}", "unit_id": f"unor:{unit}", "post_title": title, "valid_from": "2020-04-01",
            "is_acting": False, "row": n + 1} | more


def tree() -> dict[str, Any]:
    rows = [(CITY, None, "PEMERINTAH KOTA CONTOH"), (DINAS, CITY, "DINAS CONTOH"), (BIDANG, DINAS, "BIDANG LATIHAN"),
            (BADAN, CITY, "BADAN CONTOH")]
    return {"kind": "units", "layout": "unor", "valid_on": "2024-01-05",
            "frames": {"units": [{"unit_id": f"unor:{u}", "parent_id": p and f"unor:{p}", "name": n, "valid_from": "2020-01-01",
                                  "row": i} for i, (u, p, n) in enumerate(rows, start=2)]}}


def ratings_of(rows: list[dict[str, Any]], at: str = "2026-10-02T08:00:00", period: str | None = "2026-Q3", scope: str | None = "full",
               faults: list[dict[str, Any]] | None = None, refused: int = 0) -> dict[str, Any]:
    people = [p for n in sorted({int(r["person_id"][4:], 16) for r in rows} | {99}) for p in person(n)]
    return {"kind": "appraisals", "layout": "ekinerja-penilaian", "period": period, "scope": scope, "exported_at": at,
            "people": people, "frames": {"appraisals": rows}, "faults": faults or [], "refused": refused}


def employees_of(people: list[dict[str, Any]], posts: list[dict[str, Any]], on: str, scope: str | None = None) -> dict[str, Any]:
    rows = [p for n in sorted({int(r["person_id"][4:], 16) for r in people}) for p in person(n)]
    return {"kind": "employees", "layout": "siasn-pegawai", "valid_on": on, "exported_at": f"{on}T09:00:00", "scope": scope,
            "people": rows, "frames": {"person_attributes": people, "assignments": posts}}


def write(folder: Path, name: str, content: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def read_hand_made(path: Path, *, study: Study | None = None, kind: str | None = None, period: str | None = None) -> Parsed:
    """What stands in the place of `evalkit.tables.reader.read_file`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ImportFileError(f"{path.name}: tidak dikenal.") from error
    frames = {name: _frame(rows) for name, rows in content["frames"].items()}
    read = max((len(f) for f in frames.values()), default=0)
    at = content.get("exported_at")
    on = content.get("valid_on")
    people = pd.DataFrame(content.get("people", []), columns=["key", "kind", "value", "name"])
    refused = content.get("refused", 0)
    return Parsed(content["layout"], content["kind"], frames, people, tuple(Fault(**f) for f in content.get("faults", [])),
                  read + refused, read, refused, period=content.get("period"), scope=content.get("scope"),
                  exported_at=datetime.fromisoformat(at) if at else None, valid_on=date.fromisoformat(on) if on else None)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows).astype(object)
    frame = frame.where(frame.notna(), None)
    for column in [c for c in ("valid_from", "valid_to") if c in frame.columns]:
        frame[column] = [None if v is None else date.fromisoformat(v) for v in frame[column]]
    return frame
