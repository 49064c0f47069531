"""The days of an objection begin with the release that first told the result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from evalkit.derive.release import open_release
from evalkit.report.people import first_told as module
from evalkit.report.people.first_told import first_told
from evalkit.report.people.make import Request
from evalkit.report.people.run import _of_release
from evalkit.report.plan import Frozen
from evalkit.tables.study import Study
from tests.report.conftest import PERIOD


@dataclass(frozen=True)
class Told:
    """A release as far as it is asked."""

    made_at: str
    said: Mapping[str, str | None]
    kinds: tuple[str, ...] = ("employees",)
    tables: tuple[str, ...] = ("personal_appraisals",)


def said(words: Mapping[str, str | None]) -> pd.DataFrame:
    return pd.DataFrame([{"person_id": p, "status": "official", "appraisal_id": f"{p}-1", "hasil_kerja": "sesuai", "perilaku_kerja": "sesuai",
                          "predikat": word} for p, word in words.items()],
                        columns=["person_id", "status", "appraisal_id", "hasil_kerja", "perilaku_kerja", "predikat"])


@pytest.mark.parametrize(("before", "expected"), [
    ((), {}),
    ((Told("2026-10-20T03:00:00+00:00", {"a": "baik", "b": "kurang"}),), {"a": date(2026, 10, 20)}),
    # late in the evening of Greenwich it is the next day in Makassar
    ((Told("2026-10-20T17:00:00+00:00", {"a": "baik"}),), {"a": date(2026, 10, 21)}),
    # b is told anew after it changed back; a stands since the first
    ((Told("2026-10-20T03:00:00+00:00", {"a": "baik", "b": "baik"}), Told("2026-11-01T03:00:00+00:00", {"a": "baik", "b": "kurang"})),
     {"a": date(2026, 10, 20)}),
    ((Told("2026-10-20T03:00:00+00:00", {"a": "baik"}, kinds=()), Told("2026-11-01T03:00:00+00:00", {"a": "baik", "b": "baik"})),
     {"a": date(2026, 11, 1), "b": date(2026, 11, 1)}),
    ((Told("2026-10-20T03:00:00+00:00", {"a": "baik"}, tables=()),), {})])
def test_the_first_release_of_an_unbroken_row_counts(before: tuple[Told, ...], expected: dict[str, date], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "frozen_table", lambda study, release, name: said(release.said))
    study = SimpleNamespace(timezone="Asia/Makassar")
    assert first_told(study, before, said({"a": "baik", "b": "baik"})) == expected  # type: ignore[arg-type]  # as far as they are asked


def test_nobody_with_a_result_is_nobody_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "frozen_table", lambda study, release, name: said({}))
    before = (Told("2026-10-20T03:00:00+00:00", {}),)
    assert first_told(SimpleNamespace(timezone="Asia/Makassar"), before, said({})) == {}  # type: ignore[arg-type]  # as above


def test_of_a_correction_only_the_corrected_begin_anew(cycled: Callable[[], Study]) -> None:
    """The second release while it is made: aside, with the first one beside it, which was made in October with pages of employees."""
    study = cycled()
    folder = study.root / "releases" / PERIOD
    first = folder / "r1" / "release.json"
    first.chmod(0o644)
    first.write_text(json.dumps(json.loads(first.read_text()) | {"made_at": "2026-10-20T03:00:00+00:00", "kinds": ["employees"]}))
    aside = (folder / "r2").rename(folder / ".aside-0-r2")
    _, built = open_release(aside)
    request = _of_release(Request(study, built, PERIOD, aside), ("employees",), Frozen(aside, aside, built))
    official = built.table("personal_appraisals").query("status == 'official'").astype(object).set_index("person_id")
    anew = official.index.difference(request.told_on)
    assert (len(anew), len(request.told_on)) == (2, len(official) - 2)
    assert set(official.loc[anew, "predikat"]) == {"sangat_baik"}
    assert set(request.told_on.values()) == {date(2026, 10, 20)}
    assert request.released_on is not None and request.released_on > date(2026, 10, 20)
