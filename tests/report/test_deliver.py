"""Handing out: folders for units and people appear whole, outside the reports; the log says what left, without a name."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from filelock import FileLock
from lxml import html

from evalkit.cli import main
from evalkit.derive import release as frozen
from evalkit.derive.file_digests import Files, as_json, manifest, sha256
from evalkit.derive.release import files_of, find_release, folder_of
from evalkit.errors import ReportError
from evalkit.report import deliver as module
from evalkit.report import recipients as recipients_module
from evalkit.report.deliver import LOG, deliver, log_of
from evalkit.report.recipients import Reader
from evalkit.tables.atomic import ASIDE
from evalkit.tables.register import Register
from evalkit.tables.study import Study
from tests.nip import holds_nip
from tests.report.conftest import PERIOD, Cycle

Copy = Callable[[], Study]


def names_in(study: Study) -> set[str]:
    """The names of all people of the study, those that are long enough to be looked for."""
    people = {r for t in ("roster",) for r in frozen.frozen_table(study, find_release(study, PERIOD, "r1"), t)["person_id"].astype(str)}
    return {p.name for p in Register(study.vault).names(people).values() if len(p.name) > 6}


def place_of(study: Study, reader: str = "units", name: str = "r1") -> Path:
    return study.root.parent / "kirim" / study.name / PERIOD / name / reader


def test_each_unit_gets_its_released_pages_and_nothing_else(cycled: Copy, cycle: Cycle) -> None:
    study = cycled()
    done = deliver(study, PERIOD, "r1", "units")
    folders = {f.name for f in done.folder.iterdir()}
    assert done.folder == place_of(study) and folders == {f.name for f in (study.reports / PERIOD / "r1" / "units").iterdir()}
    assert (done.new, done.renewed, done.same) == (len(folders), 0, 0)
    pinned = files_of(study, find_release(study, PERIOD, "r1")).pages
    assert {f"units/{k}": v for k, v in manifest(done.folder).items()} == {k: v for k, v in pinned.items() if k.startswith("units/")}
    for page in done.folder.rglob("*.html"):
        for href in html.fromstring(page.read_bytes()).xpath("//a/@href"):
            assert href.startswith("#") or (page.parent / href.partition("#")[0]).is_file(), f"{page.name}: {href}"


def test_a_second_time_changes_nothing_and_logs_nothing(cycled: Copy) -> None:
    study = cycled()
    first = deliver(study, PERIOD, "r1", "units", by="Subbag Umum 198603032010121943")
    before = {f: f.stat().st_mtime_ns for f in first.folder.rglob("*")}
    log = log_of(study, PERIOD)
    second = deliver(study, PERIOD, "r1", "units")
    assert (second.new, second.renewed, second.same) == (0, 0, first.new)
    assert {f: f.stat().st_mtime_ns for f in first.folder.rglob("*")} == before and log_of(study, PERIOD) == log
    assert len(log) == first.new and all(e["release"] == "r1" and e["seal"] and e["by"] == "Subbag Umum 1986…" for e in log)
    entry = next(e for e in log if e["folder"] == "units/dinas-sosial")
    assert entry["files"] == manifest(first.folder / "dinas-sosial")


def test_the_log_and_the_names_of_files_hold_no_person(cycled: Copy) -> None:
    study = cycled()
    done = deliver(study, PERIOD, "r1", "units")
    text = (folder_of(study, PERIOD) / LOG).read_text(encoding="utf-8") + "\n".join(str(f) for f in done.folder.rglob("*"))
    names = names_in(study)
    assert len(names) > 100 and not [n for n in names if n in text] and not holds_nip(text)
    assert any(n in (done.folder / "dinas-sosial" / "lampiran.html").read_text(encoding="utf-8") for n in names)


def test_a_folder_that_somebody_changed_is_put_back(cycled: Copy) -> None:
    study = cycled()
    done = deliver(study, PERIOD, "r1", "units", units=["dinas-sosial"])
    assert [f.name for f in done.folder.iterdir()] == ["dinas-sosial"]
    (done.folder / "dinas-sosial" / "monitor.html").write_text("mine", encoding="utf-8")
    (done.folder / "dinas-sosial" / "titipan.txt").write_text("mine", encoding="utf-8")
    again = deliver(study, PERIOD, "r1", "units", units=["dinas-sosial"])
    assert again.renewed == 1 and not (done.folder / "dinas-sosial" / "titipan.txt").exists()
    assert len(log_of(study, PERIOD)) == 2
    assert not list(done.folder.glob(f"{ASIDE}*"))


def test_a_page_that_is_not_the_released_one_is_not_handed_out(cycled: Copy) -> None:
    study = cycled()
    page = study.reports / PERIOD / "r1" / "units" / "dinas-sosial" / "evaluasi.html"
    page.chmod(0o644)
    page.write_text("other", encoding="utf-8")
    with pytest.raises(ReportError, match=r"dinas-sosial/evaluasi\.html"):
        deliver(study, PERIOD, "r1", "units")
    assert not place_of(study).exists() and log_of(study, PERIOD) == ()


def test_places_units_and_releases_that_cannot_be_are_refused(cycled: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    study = cycled()
    for inside in (study.reports / "x", study.root, study.vault / "y", study.root / ".." / study.root.name / "z"):
        with pytest.raises(ReportError, match="--folder"):
            deliver(study, PERIOD, "r1", "units", folder=inside)
    with pytest.raises(ReportError, match="dinas-sosial"):
        deliver(study, PERIOD, "r1", "units", units=["dinas-sosal"])
    for reader in ("employees", "evaluators"):
        with pytest.raises(ReportError, match=f"report {reader}"):
            deliver(study, PERIOD, "r1", reader)
    with FileLock(folder_of(study, PERIOD) / ".lock"), pytest.raises(ReportError, match="proses lain"):
        deliver(study, PERIOD, "r1", "units")
    assert main(["deliver", "r9", "--to", "units", "--study", str(study.root)]) == 1
    assert main(["deliver", "r2", "--to", "units", "--study", str(study.root), "--unit", "dinas-sosial", "--language", "en",
                 "--folder", str(study.root.parent / "usb")]) == 0
    assert "1 new folders" in capsys.readouterr().out
    assert (study.root.parent / "usb" / PERIOD / "r2" / "units" / "dinas-sosial" / "lampiran.html").is_file()


@pytest.mark.parametrize("name", ["../../luar/halaman.html", "units/dinas-sosial/../../x.html", "units/con:alias/a.html", "/etc/passwd",
                                  "units//a.html", "units/a\\..\\b/c.html"])
def test_a_list_of_files_that_somebody_changed_leads_nowhere_else(cycled: Copy, name: str) -> None:
    study = cycled()
    release = find_release(study, PERIOD, "r1")
    file = folder_of(study, PERIOD, "r1") / frozen.FILES
    known = files_of(study, release)
    file.chmod(0o644)
    file.write_bytes(as_json(Files(known.own, {**known.pages, name: "0" * 64})))
    done = deliver(study, PERIOD, "r1", "units")
    assert done.new == len(list((study.reports / PERIOD / "r1" / "units").iterdir()))
    assert not (study.root.parent / "luar").exists()


KILLED = """
import sys, time
from pathlib import Path
from evalkit.report import deliver
from evalkit.tables.study import load_study
done = deliver._name
seen = []
def stop(*a):
    if len(seen) == 2:
        print("here", flush=True)
        time.sleep(600)
    seen.append(a)
    done(*a)
deliver._name = stop
deliver.deliver(load_study(Path(sys.argv[1])), "2026-Q3", "r1", "units")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_call_leaves_whole_folders_and_the_next_one_completes(cycled: Copy) -> None:
    study = cycled()
    job = subprocess.Popen([sys.executable, "-c", KILLED, str(study.root)], stdout=subprocess.PIPE, text=True,
                           env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    until = time.monotonic() + 120
    assert job.stdout is not None
    while "here" not in job.stdout.readline() and job.poll() is None and time.monotonic() < until:
        continue
    os.kill(job.pid, signal.SIGKILL)
    job.wait()
    job.stdout.close()
    place = place_of(study)
    whole = [f for f in place.iterdir() if not f.name.startswith(ASIDE)]
    assert len(whole) == 2
    for folder in whole:
        assert manifest(folder) == manifest(study.reports / PERIOD / "r1" / "units" / folder.name)
    log = folder_of(study, PERIOD) / LOG
    log.write_bytes(log.read_bytes() + b'{"at": "2026')  # a line that was cut
    done = deliver(study, PERIOD, "r1", "units")
    assert (done.same, done.new) == (2, len(list((study.reports / PERIOD / "r1" / "units").iterdir())) - 2)
    assert not list(place.glob(f"{ASIDE}*"))
    assert {str(e["folder"]) for e in log_of(study, PERIOD)} == {f"units/{f.name}" for f in place.iterdir()}


@pytest.mark.parametrize("reader", ["employees", "evaluators"])
def test_people_get_a_folder_each_by_unit_and_the_office_a_list(cycled: Copy, reader: Reader) -> None:
    study = cycled()
    release = find_release(study, PERIOD, "r2")
    done = deliver(study, PERIOD, "r2", reader, units=["dinas-sosial", "kecamatan-alak"])
    log = log_of(study, PERIOD)
    assert done.new == len(log) > 5 and done.new == len({e["recipient"] for e in log})
    slugs = {str(e["unit"]): str(e["folder"]).split("/")[1] for e in log}
    assert set(slugs.values()) == {"dinas-sosial", "kecamatan-alak"}
    names = Register(study.vault).names([str(e["recipient"]) for e in log])
    listed = {}
    for file in done.lists:
        assert file.parent == done.folder / "penerima"
        listed |= {folder: name for name, folder in list(openpyxl.load_workbook(file).active.values)[1:]}
    assert listed == {str(e["folder"]).removeprefix(f"{reader}/"): names[str(e["recipient"])].name for e in log}
    pages = files_of(study, release).pages
    for folder in listed:
        assert not [n for n in listed.values() if n.lower() in folder] and not re.search(r"\d{8}", folder)
        for page in (done.folder / folder).rglob("*.html"):
            assert sha256(page) in pages.values()
            for href in html.fromstring(page.read_bytes()).xpath("//a/@href"):
                assert href.startswith("#") or (page.parent / href.partition("#")[0]).is_file(), f"{page.name}: {href}"
    assert deliver(study, PERIOD, "r2", reader, units=["dinas-sosial"]).new == 0


def test_each_page_goes_to_the_person_it_is_about(cycled: Copy) -> None:
    study = cycled()
    done = deliver(study, PERIOD, "r2", "employees", units=["dinas-sosial"])
    names = Register(study.vault).names([str(e["recipient"]) for e in log_of(study, PERIOD)])
    told = {str(e["folder"]).removeprefix("employees/"): names[str(e["recipient"])].name for e in log_of(study, PERIOD)}
    for folder, name in told.items():
        page, = (done.folder / folder).rglob("hasil.html")
        text = html.fromstring(page.read_bytes()).text_content()
        assert name.lower() in text.lower()


def test_a_name_that_would_act_in_a_workbook_stays_text(cycled: Copy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from evalkit.report import recipient_list

    study = cycled()
    monkeypatch.setattr(recipient_list, "names_of", lambda study, people: dict.fromkeys(people, '=HYPERLINK("http://x")'))
    one = recipients_module.Recipient("employees", "p1", "u1", "dinas-a/kode", {}, {})
    file, = recipient_list.write_lists(study, tmp_path, [one])
    cell = openpyxl.load_workbook(file).active["A2"]
    assert cell.data_type == "s" and cell.value == '=HYPERLINK("http://x")'
    stamp = file.stat().st_mtime_ns
    assert recipient_list.write_lists(study, tmp_path, [one]) == (file,) and file.stat().st_mtime_ns == stamp


def test_the_log_is_one_json_line_a_folder(cycled: Copy) -> None:
    study = cycled()
    deliver(study, PERIOD, "r1", "units", units=["dinas-sosial", "kecamatan-alak"])
    lines = (folder_of(study, PERIOD) / LOG).read_text(encoding="utf-8").splitlines()
    assert [sorted(json.loads(line)) for line in lines] == [
        ["at", "by", "files", "folder", "reader", "recipient", "release", "seal", "unit"]] * 2
    assert module.log_of(study, "2026-Q2") == ()
