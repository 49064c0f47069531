"""The one place where names come out: the annex of a unit, for the head of that unit only, and pages of one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from evalkit.derive.build import Built
from evalkit.derive.digest import digest_of
from evalkit.derive.handle import open_handle
from evalkit.derive.reports import REPORTS
from evalkit.exhibits.reports.base import owner_of
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import date_text
from evalkit.report import annex_page
from evalkit.report.plan import Office
from evalkit.report.state import RunState, code_digest
from evalkit.tables.atomic import write_bytes
from evalkit.tables.register import Register
from evalkit.tables.study import Study

FILE = "lampiran"
_NO_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def annex(study: Study, built: Built, period: str, office: Office, *, made_at: datetime, language: Language) -> annex_page.Annex:
    """Fill the named list of one unit: who is not rated yet, whose evaluator is waited for, why, and the next step.

    Parameters
    ----------
    study, built, period : Study, Build, str
        Where the counts come from; the names come from the register in the study's vault.
    office : Office
        The unit; nobody of another unit is on the page.
    made_at : datetime
        The moment of the run.
    language : {"id", "en"}
        The language of the page.

    Returns
    -------
    Annex
        What the page says; `write_annex` writes it.
    """
    handle = open_handle(study, report="annex", period=period, unit=office.opd_id, audience="units", built=built)
    unrated, waiting = handle.table("unrated").astype(object), handle.table("waiting").astype(object)
    unrated = unrated[unrated["period"].eq(period).to_numpy(dtype=bool)]
    waiting = waiting[waiting["period"].eq(period).to_numpy(dtype=bool)]
    wanted = [str(v) for v in pd.concat([unrated["person_id"], unrated["superior_id"], waiting["rater_id"]]).dropna()]
    names = {k: p.name for k, p in Register(study.vault).names(wanted).items()}
    nobody = say("monitor.waiting.empty", language)
    people = [annex_page.Unrated(names.get(str(r["person_id"]), nobody), _text(r["post_title"]), _name(names, r["superior_id"], nobody),
                                 _words(f"monitor.reason.{r['reason']}.name", language),
                                 _words(f"monitor.reason.{r['reason']}.step", language),
                                 _words(f"monitor.solver.{r['solver']}", language)) for r in unrated.to_dict("records")]
    evaluators = [annex_page.WaitedFor(_name(names, r["rater_id"], nobody), int(r["due"]), int(r["missing"]))
                  for r in waiting.to_dict("records")]
    coverage = handle.table("coverage")
    own = coverage[(coverage["scope"].eq("unit") & coverage["period"].eq(period)).to_numpy(dtype=bool)]
    return annex_page.Annex(
        unit=office.name, owner=owner_of(handle.facts, language), period=period, made_at=made_at,
        release_state=handle.facts.release or say("run.draft", language), due=date_text(handle.facts.due_at, language),
        due_confirmed=handle.facts.due_confirmed,
        expected=office.expected, people=tuple(sorted(people, key=lambda p: p.name.casefold())),
        evaluators=tuple(sorted(evaluators, key=lambda e: e.name.casefold())), faults=int(own["faults_open"].iloc[0]) if len(own) else 0,
        timezone=study.timezone, language=language)


def annex_file(study: Study, office: Office, language: Language) -> Path:
    """Give the file of the annex of a unit, relative to the draft folder."""
    return Path("units") / office.slug / f"{FILE}.html" if language == study.language else Path("units") / office.slug / f"{FILE}.{language}.html"


def annex_basis(study: Study, built: Built, office: Office, language: Language) -> str:
    """Digest all that an annex is made of, the register of names among it: while it is the same, so is the annex."""
    tables = {name: built.records[name].content for name in REPORTS["annex"].tables}
    return digest_of({"tables": tables, "register": Register(study.vault).digest(), "study": study.raw, "code": code_digest(),
                      "release": built.release, "settings": [built.context.base(), built.context.settings], "unit": asdict(office),
                      "language": language})


def write_annex(study: Study, filled: annex_page.Annex, office: Office, state: RunState, basis: str = "") -> None:
    """Write the annex of a unit, unless the one that stands there says the same; the moment of the run is no content."""
    target = annex_file(study, office, filled.language)
    key = digest_of({"says": repr(replace(filled, made_at=_NO_MOMENT)), "code": code_digest()})
    if state.is_current(target, key):
        state.rests_on(target, basis)
    else:
        write_bytes(state.folder / target, annex_page.render(filled).encode())
        state.made(target, key, (target,), basis)


def names_of(study: Study, person_ids: Iterable[str]) -> dict[str, str]:
    """Give the names of people, for pages that only they may read; who has none in the register is left out."""
    return {person: found.name for person, found in Register(study.vault).names(person_ids).items() if found.name}


def _name(names: dict[str, str], person: object, nobody: str) -> str:
    return names.get(person, nobody) if isinstance(person, str) else nobody


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _words(key: str, language: Language) -> str:
    found = catalogue().get(key)
    return found[language] if found else ""
