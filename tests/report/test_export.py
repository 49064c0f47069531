"""The files of a report come together: all or none, the page last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from evalkit.errors import ReportError
from evalkit.exhibits.page import Page
from evalkit.report import export
from evalkit.report.export import Finished, FormatError, write_format_failure, write_page
from evalkit.report.forking import CAN_FORK
from evalkit.report.formats import formats_of
from evalkit.report.pdf.render import pdf_of
from evalkit.report.state import RunState, sha256
from evalkit.tables.atomic import ASIDE
from tests.report.steps import ended_before_each_step

FORKS = pytest.mark.skipif(not CAN_FORK, reason="this system does not fork")


def executed(text: str = "halo") -> nbformat.NotebookNode:
    """A notebook as if it had run: a title block and a paragraph."""
    page = Page("id")
    shown = [page.title("Laporan uji", ["Contoh"])._repr_mimebundle_(), {"text/html": page.text(text)._repr_html_()}]
    cells = [nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", data=data)]) for data in shown]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def companions(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Two companions that write a mark, so that the way they are put in place can be seen."""
    writers = {name: (lambda made, target, name=name: target.write_text(f"{name} {made.title}")) for name in ("pdf", "xlsx")}
    monkeypatch.setattr(export, "COMPANIONS", writers)
    return writers


def put(folder: Path, text: str = "halo", formats: tuple[str, ...] = ("html", "pdf", "xlsx")) -> tuple[Path, ...]:
    return write_page(folder / "units" / "u" / "a.en.html", executed(text), formats=formats, language="en", title="T")


def names(folder: Path) -> list[str]:
    return sorted(f.name for f in (folder / "units" / "u").iterdir())


def test_all_files_stand_beside_each_other_and_the_page_is_first(companions: dict[str, Any], tmp_path: Path) -> None:
    files = put(tmp_path)
    assert [f.name for f in files] == ["a.en.html", "a.en.pdf", "a.en.xlsx"]
    assert names(tmp_path) == sorted(f.name for f in files)
    assert files[1].read_text() == "pdf T"


def test_a_companion_that_fails_leaves_every_file_as_it_was(companions: dict[str, Any], tmp_path: Path) -> None:
    before = {f: f.read_bytes() for f in put(tmp_path)}

    def full(made: Finished, target: Path) -> None:
        target.write_text("half")
        raise OSError(28, "No space left on device")

    companions["xlsx"] = full
    with pytest.raises(OSError, match="No space"):
        put(tmp_path, "lain")
    assert {f: f.read_bytes() for f in before} == before
    assert len(names(tmp_path)) == 3


def test_a_companion_that_was_not_asked_for_goes_when_the_page_is_made_again(companions: dict[str, Any], tmp_path: Path) -> None:
    put(tmp_path)
    put(tmp_path, "lain", ("html", "xlsx"))
    assert names(tmp_path) == ["a.en.html", "a.en.xlsx"]


def test_a_page_is_current_with_all_its_files_only(companions: dict[str, Any], tmp_path: Path) -> None:
    target = Path("units/u/a.en.html")
    files = put(tmp_path, formats=("html", "xlsx"))
    state = RunState(tmp_path)
    state.made(target, "k", files)
    state = RunState.load(tmp_path)
    assert state.files(target) == (target, target.with_suffix(".xlsx"))
    assert state.is_current(target, "k")
    assert state.is_current(target, "k", ("html", "xlsx"))
    assert not state.is_current(target, "k", ("html", "pdf"))
    assert not state.is_current(target, "other")
    files[1].write_text("by hand")
    assert not state.is_current(target, "k")
    state.failed(target)
    assert state.has_failed(target)
    assert state.files(target) == ()


def test_a_state_of_another_form_counts_as_nothing(tmp_path: Path) -> None:
    (tmp_path / ".state").mkdir()
    for text in ("{", "[]", '{"pages": {"a": {"state": "done", "key": "k", "sha256": "0"}}, "figures": {}, "changed": []}', '{"pages": {"a": 1}}'):
        (tmp_path / ".state" / "pages.json").write_text(text)
        assert RunState.load(tmp_path).pages == {}


def test_a_page_that_has_no_pdf_stands_and_the_fault_is_said(companions: dict[str, Any], tmp_path: Path) -> None:
    put(tmp_path)

    def refused(made: Finished, target: Path) -> None:
        raise ReportError("no rule for marquee")

    companions["pdf"] = refused
    with pytest.raises(FormatError, match=r"PDF could not be made; the HTML page is complete. no rule for marquee") as told:
        put(tmp_path, "lain")
    assert [f.name for f in told.value.files] == ["a.en.html", "a.en.xlsx"]
    assert names(tmp_path) == ["a.en.html", "a.en.xlsx"]
    assert "lain" in told.value.files[0].read_text(encoding="utf-8")
    write_format_failure(told.value.files[0], told.value, title="T", language="en")
    note = tmp_path / "units" / "u" / "a.en.failed.html"
    assert "no rule for marquee" in note.read_text(encoding="utf-8")
    assert 'href="a.en.html"' in note.read_text(encoding="utf-8")
    companions["pdf"] = lambda made, target: target.write_text("pdf")
    put(tmp_path, "lain")
    assert names(tmp_path) == ["a.en.html", "a.en.pdf", "a.en.xlsx"]


def test_the_pdf_of_a_report_is_the_page_as_it_is_written(tmp_path: Path) -> None:
    page, pdf = write_page(tmp_path / "evaluasi.html", executed(), formats=formats_of("html,pdf"), language="id", title="T")
    assert pdf.name == "evaluasi.pdf"
    assert pdf.read_bytes() == pdf_of(page.read_text(encoding="utf-8"), language="id")


def found_in(draft: Path) -> dict[str, str]:
    """The files that stand under their names, with their digests."""
    files = [f for f in draft.rglob("*") if f.is_file() and ".state" not in f.parts]
    return {f.name: sha256(f) for f in files if not any(part.startswith(ASIDE) for part in f.parts)}


@FORKS
def test_a_report_is_whole_and_known_for_what_it_is_whatever_step_its_writing_ends_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {text: export.shell.render_notebook(executed(text)) for text in ("lama", "baru")}
    shown = {executed(text).cells[1].outputs[0].data["text/html"]: page for text, page in pages.items()}
    monkeypatch.setattr(export.shell, "render_notebook", lambda notebook: shown[notebook.cells[1].outputs[0].data["text/html"]])
    monkeypatch.setattr(export, "COMPANIONS", {f: (lambda made, file: file.write_text(file.suffix + made.html)) for f in ("pdf", "xlsx")})
    target, old, new = Path("units/u/a.en.html"), ("html", "pdf"), ("html", "xlsx")

    def work(folder: Path, text: str, key: str, formats: tuple[str, ...]) -> dict[str, str]:
        state = RunState.load(folder)
        state.made(target, key, put(folder, text, formats))
        state.save()
        return found_in(folder)

    before, after = work(tmp_path / "old", "lama", "k1", old), work(tmp_path / "new", "baru", "k2", new)
    assert (set(before), set(after)) == ({"a.en.html", "a.en.pdf"}, {"a.en.html", "a.en.xlsx"})
    ends = []
    for draft in ended_before_each_step(tmp_path, "old", lambda draft: work(draft, "baru", "k2", new)):
        found, state = found_in(draft), RunState.load(draft)
        ends.append(next(name for name, files in (("old", before), ("new", after)) if found.get(target.name) == files[target.name]))
        assert ends[-1] == "new" or "a.en.pdf" in found
        assert not state.is_current(target, "k1", old) or found == {**found, **before}
        assert not state.is_current(target, "k2", new) or found == after
    turned = ends.index("new")
    assert set(ends[turned:]) == {"new"}
    assert found == after
    assert turned >= 8
    assert len(ends) - turned >= 5
