"""Research notebooks by command: run each on a study, and keep its page beside the reports of the period.

evalkit report research/rotation --period 2026-Q3        (or `research` for all six)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.language.cells import translated
from evalkit.report.export import FormatError, write_failure, write_format_failure, write_page
from evalkit.report.jupyter import nbformat
from evalkit.report.kernels import KernelFailure, Kernels
from evalkit.report.limits import Limits
from evalkit.report.parameters import check_parameters, given_to, no_report
from evalkit.report.research_parameters import FOLDER, NAMES, RESEARCH
from evalkit.tables.periods import parse
from evalkit.tables.study import Study

FILES = {"severity_or_team": "ketat-atau-tim", "gaps_within_evaluators": "selisih-penilai-sama", "rotation": "penilai-berganti",
         "linked_ratings": "penilaian-tertaut", "multiverse": "semua-cara", "false_claims": "temuan-keliru"}


@dataclass(frozen=True)
class Researched:
    """One research page: its HTML file, and why it could not be made (empty where it was)."""

    name: str
    target: Path
    reason: str = ""


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Give the research notebooks that are named, each once; `research` means all.

    Raises
    ------
    ReportError
        If there is none of a name; the nearest is given.

    Examples
    --------
    >>> chosen(["research/rotation"])
    ('rotation',)
    """
    found: dict[str, None] = {}
    for name in names:
        short = name.removeprefix(FOLDER).removeprefix("/")
        if short and short not in NAMES:
            raise ReportError(no_report(name, list(RESEARCH)))
        found |= dict.fromkeys([short] if short else NAMES)
    return tuple(found)


def notebook_of(name: str, language: Language) -> Any:
    """Read a research notebook, its prose in a language.

    Raises
    ------
    ReportError
        If the notebooks are not where the repository has them.
    """
    file = Path(__file__).resolve().parents[2] / "notebooks" / FOLDER / f"{name}.ipynb"
    if not file.is_file():
        raise ReportError(f"The notebook {file.name} does not stand in notebooks/research of the evalkit folder.")
    read: Any = nbformat.read  # ships no types
    return translated(read(file, as_version=4), name, language)


def run_research(study: Study, period: str, names: Sequence[str], *, languages: Sequence[Language] = ("id",), formats: Sequence[str] = ("html",),
                 as_of: date | None = None, given: Mapping[str, str] | None = None, limits: Limits = Limits()) -> Iterator[Researched]:  # noqa: B008  # frozen
    """Run research notebooks one after another, and write their pages into `research/` of the draft of the period.

    Parameters
    ----------
    study : Study
        The study; appraisals, linked ratings or outcomes. What it does not allow is said on the page.
    period : str
        The period that is looked at.
    names : sequence of str
        `research`, or `research/NAME`.
    languages, formats, as_of, given
        As for `report.run.run_reports`.
    limits : Limits
        What one notebook may take.

    Yields
    ------
    Researched
        One a page and language. A notebook that fails leaves a page that says where.

    Raises
    ------
    ReportError
        If a notebook or a parameter is unknown.
    """
    period, wanted = parse(period).text, chosen(names)
    own = given_to([f"{FOLDER}/{n}" for n in wanted], given or {})
    tasks = [(n, lang, check_parameters(f"{FOLDER}/{n}", {"study": str(study.root), "period": period, "as_of": as_of.isoformat() if as_of else "",
                                                         "language": lang, **own[f"{FOLDER}/{n}"]})) for n in wanted for lang in languages]
    with Kernels(limits=limits) as kernels:
        for name, language, told in tasks:
            several = f"-{told['instrument']}" if told["instrument"] else ""
            ending = "" if language == study.language else f".{language}"
            yield _made(kernels, name, language, told, study.reports / period / "draft" / FOLDER / f"{FILES[name]}{several}{ending}.html", formats)


def _made(kernels: Kernels, name: str, language: Language, told: Mapping[str, Any], target: Path, formats: Sequence[str]) -> Researched:
    title = say(f"research.{name}.name", language)
    try:
        ran = kernels.run(notebook_of(name, language), told, language=language)
        write_page(target, ran, formats=formats, language=language, title=title)
    except KernelFailure as failure:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_failure(target, failure, title=title, language=language)
        return Researched(name, target, str(failure).splitlines()[0])
    except FormatError as failure:
        write_format_failure(target, failure, title=title, language=language)
        return Researched(name, target, str(failure))
    return Researched(name, target)
