"""`employee_pages`: 6,500 pages of employees from tables to files, against jinja2 filling and writing pages of the same weight."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd

from evalkit.tables.schema import TABLES, UNIT_PREDIKAT
from tests.benchmarks.measure import alternated

_RULE, _PERIOD = "permenpanrb-6-2022", "2026-Q3"
_PERIODS = [f"{year}-Q{n}" for year in (2025, 2026) for n in (1, 2, 3, 4)][:7]
_PAIRS = [("di_atas", "di_atas", "sangat_baik"), *[("sesuai", "sesuai", "baik")] * 8, ("di_bawah", "sesuai", "butuh_perbaikan")]


def frames(people: int) -> dict[str, pd.DataFrame]:
    """Make the imported tables of a city in which no two people have the same months, posts and results."""
    place = {"import_id": "i1", "row": 1}
    ids = [f"p{n:012d}" for n in range(people)]
    began = [date(2015, 1, 1) + timedelta(days=37 * n % 3000) for n in range(people)]
    attributes = [{**place, "person_id": p, "valid_from": d, "sex": "F", "birth_year": 1980, "employment": "pns", "post_type": "pelaksana"}
                  for p, d in zip(ids, began, strict=True)]
    posts = [{**place, "person_id": p, "unit_id": f"u{n % 300}", "post_title": f"PENELAAH TEKNIS {n % 200}", "valid_from": d, "is_acting": False,
              "superior_id": ids[n // 8], "is_head": False} for n, (p, d) in enumerate(zip(ids, began, strict=True))]
    rows = []
    for k, period in enumerate(_PERIODS):
        for n, p in enumerate(ids):
            work, behaviour, predikat = _PAIRS[(n * 7 + n // 13 * k) % len(_PAIRS)]
            rows.append({**place, "appraisal_id": f"{p}-{period}", "version": 1, "person_id": p, "period": period, "unit_id": f"u{n % 300}",
                         "opd_id": f"u{n % 40}", "post_title": f"PENELAAH TEKNIS {n % 200}", "is_acting": False, "superior_id": ids[n // 8],
                         "rated_by_kind": "superior", "hasil_kerja": work, "perilaku_kerja": behaviour, "predikat": predikat, "instrument": _RULE,
                         "rated_at": datetime(2026, 10, 1 + n % 10, 9), "exported_at": datetime(2026, 10, 12, 8)})
    months = [{**place, "person_id": p, "month": m, "days_due": 22, "days_absent": n % 5, "late_minutes": 0}
              for n, p in enumerate(ids) for m in ("2026-07", "2026-08", "2026-09")]
    units = [{**place, "unit_id": f"u{n}", "valid_from": date(2020, 1, 1), "parent_id": f"u{n % 40}" if n >= 40 else "kota", "opd_id": f"u{n % 40}",
              "name": f"UNIT KERJA {n}"} for n in range(300)]
    achieved = [{**place, "unit_id": f"u{n}", "period": _PERIOD, "version": 1, "predikat": UNIT_PREDIKAT[3 + n % 2]} for n in range(40)]
    made = {"person_attributes": attributes, "assignments": posts, "appraisals": rows, "attendance": months, "units": units,
            "unit_predikat": achieved}
    return {name: TABLES[name].conform(pd.DataFrame(content)) for name, content in made.items()}


_SETUP = """
import shutil
from datetime import date
from pathlib import Path
import pandas as pd
from jinja2 import Environment
from evalkit.derive.build import build
from evalkit.derive.reports import REPORTS
from evalkit.derive.sources import FrameSource
from evalkit.report.people.make import Request, make_employees
from evalkit.tables.register import Register
from evalkit.tables.study import Population, Study
from tests.benchmarks.employee_pages import frames
base = Path({base!r})
study = Study(root=base / "kota", name="kota", title="Kota", language="id", timezone="Asia/Makassar", vault=base / "vault",
              reports=base / "reports", populations=(Population("asn", "quarter", "permenpanrb-6-2022"),))
given = frames({people})
ids = given["person_attributes"]["person_id"].astype(str)
day = date(2026, 1, 1)
if not (base / "vault").is_dir():
    Register(study.vault).save(pd.DataFrame([(p, "name", f"Nama {{p}}", day, day) for p in ids],
                                            columns=["person_id", "kind", "value", "first_seen", "last_seen"]))
built = build(study, "2026-Q3", names=[*REPORTS["employees"].tables, "units_current"], source=FrameSource(given))
rows = "{{% for a, b in rows %}}<tr><th>{{{{ a }}}}</th><td>{{{{ b }}}}</td></tr>{{% endfor %}}"
template = Environment(autoescape=True).from_string("<p>{{{{ name }}}}</p>" + rows + "x" * {weight})
shutil.rmtree(base / "out", ignore_errors=True)
request = Request(study, built, "2026-Q3", base / "out")
if {again}:
    make_employees(request)
"""
_OURS = "states = make_employees(request); assert len(states) == {people} and set(states.values()) == {{{state!r}}}"
_JINJA = """
for p in ids:
    (base / "out" / p).mkdir(parents=True)
    (base / "out" / p / "hasil.html").write_text(template.render(name=p, rows=[(p, i) for i in range(40)]), encoding="utf-8")
"""


def run(people: int = 6_500, runs: int = 1) -> list[dict[str, object]]:
    """Time the pages of a whole city, once written and once unchanged; `ratio` is over plain jinja2 in the same run."""
    with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as folder:
        def setup(again: bool) -> str:
            return _SETUP.format(base=str(Path(folder)), people=people, weight=22_000, again=again)

        found = alternated({"first": (setup(False), _OURS.format(people=people, state="done")), "jinja2": (setup(False), _JINJA),
                            "unchanged": (setup(True), _OURS.format(people=people, state="unchanged"))}, runs)
    first, peer, same = found["first"], found["jinja2"], found["unchanged"]
    return [{"name": "employee_pages", "rows": people, "seconds": round(first.seconds, 2), "pages_a_second": round(people / first.seconds),
             "peak_mb": round(first.peak_mb, 1), "ratio": round(first.seconds / peer.seconds, 2)},
            {"name": "employee_pages_unchanged", "rows": people, "seconds": round(same.seconds, 2), "peak_mb": round(same.peak_mb, 1)},
            {"name": "employee_pages_jinja2", "rows": people, "seconds": round(peer.seconds, 2), "peak_mb": round(peer.peak_mb, 1)}]
