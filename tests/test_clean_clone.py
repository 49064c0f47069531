"""What the README promises, done as a stranger would: clone, one command, a changed export, a second command."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
PERIOD = "2026-Q3"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clean clone of what is committed, that uses this environment's packages."""
    from tests.conftest import ROOT

    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("clone") / "evalkit"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    return folder


def start(clone, *words):
    """Run start.py in the clone and give its exit code and what it printed."""
    # fewer people than the real demo (enough that no unit is too small for a report), the same units, periods and kinds of file:
    # size is what tests/benchmarks/main_job.py measures
    env = {**os.environ, "EVALKIT_PYTHON": sys.executable, "PYTHONUTF8": "1", "EVALKIT_DEMO_EMPLOYEES": "2600", "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run([sys.executable, "start.py", *words], cwd=clone, env=env, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert "Traceback" not in told, told[-3000:]  # a fault of a program gives 1 as well, which also says that data have faults
    return done.returncode, told


def pages(clone):
    return {p: p.stat().st_mtime_ns for p in (clone / "reports").rglob("*.html")}


def changed_export(clone, target):
    """The last quarter's export as an office would send it again: five people who were not rated now are."""
    import openpyxl

    newest = max((p for p in (clone / "data" / "kupang" / "files").rglob("*.xlsx") if "penilaian" in p.name.lower() and PERIOD in str(p)),
                 key=lambda p: p.stat().st_size)
    book = openpyxl.load_workbook(newest)
    sheet = book.worksheets[0]
    header = next(r for r in range(1, 21) if "nip" in [sheet.cell(r, c).value for c in range(1, 40)])
    column = {sheet.cell(header, c).value: c for c in range(1, sheet.max_column + 1)}
    sheet["A6"] = "Data ditarik pada : 13/10/2026, 16.00.00"
    left = 5
    for row in range(header + 1, sheet.max_row + 1):
        if left and sheet.cell(row, column["hasil_akhir"]).value == "-" and sheet.cell(row, column["skp_penilaian_id"]).value:
            sheet.cell(row, column["hasil_kerja"]).value = "SESUAI EKSPEKTASI"
            sheet.cell(row, column["perilaku_kerja"]).value = "SESUAI EKSPEKTASI"
            sheet.cell(row, column["hasil_akhir"]).value = "BAIK"
            sheet.cell(row, column["waktu_dinilai"]).value = "2026-10-13 10:00:00"
            left -= 1
    assert not left
    book.save(target)


def test_from_clone_to_the_city_page_and_a_changed_export(clone, tmp_path):
    code, text = start(clone, "report")
    assert code in (0, 1), text  # 1: the demo has faults on purpose
    way_in = re.findall(r"\S*index\.html", text)[-1]
    index = clone / "reports" / "kupang" / PERIOD / "draft" / "office" / "index.html"
    assert index.is_file()
    assert way_in.endswith(f"{PERIOD}/draft/office/index.html")
    words = re.sub("<[^>]+>", "", index.read_text(encoding="utf-8"))  # an option stands in an element that keeps it on one line
    assert "check --to-units --study data/kupang" in words, "the page prints a command that works from here"
    assert (index.parent / "evaluasi-kota.html").is_file()
    assert len(list((index.parents[1] / "units").iterdir())) >= 40
    assert not re.search(r"(?<!\d)(?:19|20)\d{16}(?!\d)", text), "no number of a person on the screen"

    before = pages(clone)
    code, again = start(clone, "report")
    assert code in (0, 1), again
    made = [p for p, t in pages(clone).items() if before.get(p) != t and p.name != "index.html"]
    assert made == [], "a second call rebuilds nothing"

    export = tmp_path / "laporan-baru.xlsx"
    changed_export(clone, export)
    code, told = start(clone, "add", str(export), "--period", PERIOD)
    assert code in (0, 1), told
    made = [p for p, t in pages(clone).items() if before.get(p) != t]
    assert any(p.name == "evaluasi-kota.html" for p in made), told
    assert len(made) < len(before), "only what changed is made again"
    assert "+5" in told, "the change is told in figures"

    mend = re.findall(r"evalkit (check --to-units.*)", told)[-1].split()
    code, sent = start(clone, "evalkit", *mend)
    assert code in (0, 1) and "perbaikan" in sent, f"the command that was printed is one that works from here: {sent}"
