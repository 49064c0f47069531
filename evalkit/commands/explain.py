"""`evalkit explain`: how one result came about, step by step with its articles; no name and no NIP."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.commands.console import day
from evalkit.errors import StudyError
from evalkit.language.catalogue import Language, say

if TYPE_CHECKING:
    from evalkit.scoring.derivation import Step
    from evalkit.tables.study import Study

_SHORTEST = 4
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("appraisal", metavar="PENILAIAN", help="kunci penilaian (skp_penilaian_id) atau awalnya / key of the appraisal "
                                                               "or its beginning")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="map studi / folder of the study")
    parser.add_argument("--language", choices=("id", "en"), help="bahasa; biasanya dari studi / language; the study's by default")
    parser.add_argument("--as-of", type=day, metavar="DATE", help="data sampai hari itu / data up to that day: 2026-10-12")


def run(options: argparse.Namespace) -> int:
    """Print the explanation; 0 if there is one. An unknown appraisal is an error that the command line tells."""
    from evalkit.tables.study import find_study, load_study

    study = load_study(find_study(options.study))
    for line in explanation(study, options.appraisal, options.language or study.language, options.as_of):
        print(line)
    return 0


def explanation(study: Study, appraisal: str, language: Language = "id", as_of: date | None = None) -> list[str]:
    """Give the explanation of an appraisal, line by line.

    Parameters
    ----------
    study : Study
        The study.
    appraisal : str
        Key of the appraisal, or a beginning of at least four letters that only one key has.
    language : {"id", "en"}
        Language of the lines.
    as_of : date, optional
        Data up to that day; by default all.

    Returns
    -------
    list of str
        Title, the steps of the version that counts with article and mark, and all versions.

    Raises
    ------
    StudyError
        If no key, or more than one, begins this way.
    InstrumentError
        If the appraisal names an instrument that evalkit does not have.
    """
    from evalkit.instruments.catalog import load
    from evalkit.language.numbers_dates import period_text
    from evalkit.scoring.derivation import derive

    versions = _versions(study, appraisal, language, as_of)
    current = versions[-1]
    steps = derive({**current, **_surroundings(study, current, as_of)}, load(current["instrument"]))
    key, mark = _plain(current["appraisal_id"]), say("status.unconfirmed", language)
    lines = [say("explain.title", language, appraisal=key),
             say("explain.subtitle", language, period=period_text(current["period"], language), version=current["version"],
                 versions=len(versions), exported=_moment(current["exported_at"], language)),
             *_withdrawn(study, current, language, as_of), "", say("explain.steps", language)]
    for number, step in enumerate(steps, start=1):
        lines += _step_lines(number, step, language, mark)
    lines += ["", say("explain.note", language, mark=mark), say("explain.decides", language), "", say("explain.history", language)]
    return lines + [_version_line(version, version is current, language) for version in versions]


def _versions(study: Study, appraisal: str, language: Language, as_of: date | None) -> list[dict[str, Any]]:
    """All versions of the one appraisal, the one that counts last."""
    from evalkit.tables.store import read

    wanted, shown = appraisal.strip(), _plain(appraisal.strip())[:60]
    if len(wanted) < _SHORTEST:
        raise StudyError(say("explain.too_short", language))
    table = read(study, "appraisals", as_of=as_of)
    keys = table["appraisal_id"]
    whole = table[keys == wanted]
    found = whole if len(whole) else table[keys.str.lower().str.startswith(wanted.lower())]
    n = found["appraisal_id"].nunique()
    if n != 1:
        raise StudyError(say("explain.several" if n else "explain.unknown", language, appraisal=shown, n=n))
    ordered = found.sort_values(["exported_at", "version"]).astype(object)
    return [{str(name): value for name, value in row.items()} for row in ordered.where(ordered.notna(), None).to_dict("records")]


def _surroundings(study: Study, current: Mapping[str, Any], as_of: date | None) -> dict[str, Any]:
    """What stands in other tables: the end of the period, the unit's predikat, whether the person heads her office."""
    from evalkit.tables.periods import parse
    from evalkit.tables.store import read

    end = parse(current["period"]).end
    units = read(study, "unit_predikat", as_of=as_of)
    units = units[(units["period"] == current["period"]) & units["unit_id"].isin([current["unit_id"], current["opd_id"]])]
    # the unit's own predikat speaks before that of the office above it
    own = units[units["unit_id"] == current["unit_id"]] if (units["unit_id"] == current["unit_id"]).any() else units
    posts = read(study, "assignments", as_of=as_of)
    heads = posts[(posts["person_id"] == current["person_id"]) & (posts["unit_id"] == current["opd_id"]) & (posts["valid_from"] <= end)
                  & (posts["valid_to"].isna() | (posts["valid_to"] >= end)) & posts["is_head"].fillna(False)]
    return {"period_end": end, "unit_predikat": None if own.empty else own.sort_values("version")["predikat"].iloc[-1],
            "is_rule_determined": bool(len(heads)) and current["unit_id"] == current["opd_id"]}


def _withdrawn(study: Study, current: Mapping[str, Any], language: Language, as_of: date | None) -> list[str]:
    from evalkit.tables.store import read

    gone = read(study, "withdrawals", as_of=as_of)
    gone = gone[(gone["table"] == "appraisals") & (gone["record_key"] == current["appraisal_id"])
                & (gone["exported_at"] > current["exported_at"])]
    if gone.empty:
        return []
    return [say("explain.withdrawn", language, exported=_moment(gone["exported_at"].max(), language))]


def _step_lines(number: int, step: Step, language: Language, mark: str) -> list[str]:
    values = {name: _shown(value, language) for name, value in step.values.items()}
    sentence = say(f"scoring.step.{step.key}", language, **values, **{k: say(word, language) for k, word in step.words.items()})
    basis = say("explain.basis", language, article=_named(step))
    return [f"{number:>3}. {sentence}", f"     {basis}" + ("" if step.confirmed else f" ({mark})")]


def _named(step: Step) -> str:
    """The article with the short title of its rule, unless the article is that title."""
    from evalkit.instruments.catalog import load

    title = load(step.instrument).title
    return title if step.article == title else f"{title.split(' tentang ')[0]}, {step.article}"


def _shown(value: str, language: Language) -> str:
    from evalkit.language.numbers_dates import date_text

    if value == "…":
        return say("explain.open", language)
    return date_text(date.fromisoformat(value), language) if _DAY.fullmatch(value) else _plain(value)


def _moment(value: date | datetime, language: Language) -> str:
    from evalkit.language.numbers_dates import date_text

    return date_text(value.date() if isinstance(value, datetime) else value, language)


def _version_line(version: Mapping[str, Any], counts: bool, language: Language) -> str:
    def word(kind: str, name: str) -> str:
        return say("explain.none", language) if version[name] is None else say(f"{kind}.{version[name]}", language)

    line = say("explain.version", language, version=version["version"], exported=_moment(version["exported_at"], language),
               work=word("rating", "hasil_kerja"), behaviour=word("rating", "perilaku_kerja"), predikat=word("predikat", "predikat"))
    return f"  - {line}" + (f" ({say('explain.counts', language)})" if counts else "")


def _plain(text: object) -> str:
    """Text from a file without characters that a terminal would act on."""
    return "".join(c if c.isprintable() else "?" for c in str(text))
