"""Which pages of people a draft or release holds, for the index of a folder and for delivery: without names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.derive.build import Built
from evalkit.derive.handle import open_handle
from evalkit.language.catalogue import Language, say
from evalkit.language.sentences.words import unit_name
from evalkit.report.people.codes import target_of
from evalkit.report.people.records import rows_of
from evalkit.tables.study import Study

_TABLES = {"employees": ("personal_people", "person_id"), "evaluators": ("mirror", "rater_id")}
_WORDS = {"employees": "employee", "evaluators": "mirror"}


@dataclass(frozen=True)
class Listed:
    """One page of a person: `path` is relative to the draft or release, `label` names nobody, `opd_id` says whose office she is in."""

    reader: str
    path: Path
    label: str
    language: Language
    opd_id: str
    person_id: str = field(repr=False)


def listing(study: Study, built: Built, draft: Path, reader: str, languages: tuple[Language, ...] = ("id", "en")) -> Iterator[Listed]:
    """List the pages of people that stand in a folder.

    Parameters
    ----------
    study, built : Study, Built
        The study, and the tables that the pages were made of.
    draft : Path
        The folder of the draft or release.
    reader : str
        `employees` or `evaluators`.
    languages : tuple of {"id", "en"}
        The languages looked for.

    Yields
    ------
    Listed
        Only pages whose file is there, in the order of their paths.
    """
    name, key = _TABLES[reader]
    handle = open_handle(study, report=reader, period=built.context.period.text, audience=reader, built=built)  # type: ignore[arg-type]  # the readers of _TABLES
    units = built.table("units_current")
    offices = dict(zip(units["unit_id"].astype(str), units["name"].astype(str), strict=True))
    found: dict[Path, Listed] = {}
    for row in rows_of(handle.table(name)):
        for language in languages:
            path = target_of(study, str(row[key]), reader, language)
            office = str(row["opd_id"] or "")
            label = f"{unit_name(offices.get(office, office))} · {say(f'people.trace.{_WORDS[reader]}', language)} {path.parent.name[:4]}"
            found[path] = Listed(reader, path, label, language, office, str(row[key]))
    yield from (found[path] for path in sorted(found) if (draft / path).is_file())

