"""Plans of trainings in a study: every version stays as it was saved; a frozen one carries its digest in its name.

`plans/<course>/<day>-<number>-<state>-<digest>.json`, written aside and renamed; nothing in it is written again. The list of a lottery
stands beside it with codes only, its digest in its name and in the plan; names stand in the vault.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from evalkit.derive.digest import digest_of
from evalkit.errors import DeriveError, EstimationError
from evalkit.impact.plan import TrainingPlan, frozen_of, read_plan
from evalkit.language.catalogue import say
from evalkit.tables.atomic import write_bytes
from evalkit.tables.study import Study

FOLDER = "plans"


def plan_texts(root: Path, until: date | None = None) -> tuple[str, ...]:
    """Give every version of every plan as it stands in its file, by course and in the order in which they were saved.

    Parameters
    ----------
    root : Path
        The folder of the study.
    until : date, optional
        Versions that were saved later do not count.
    """
    found = []
    for file in _files(root):
        text = file.read_text(encoding="utf-8")
        try:
            plan, _ = read_plan(text)
        except EstimationError:
            continue
        if until is None or (plan.saved_at and date.fromisoformat(plan.saved_at) <= until):
            found.append(text)
    return tuple(found)


def list_file(root: Path, course: str, digest: str) -> Path:
    """Give the file of a lottery's list: wave, code and number of the lot."""
    return root / FOLDER / course / f"undian-{digest}.csv"


def list_digest(rows: Sequence[Sequence[str]]) -> str:
    """Digest the list of a lottery as it stands in its file: wave (empty without a seat), code, number of the lot."""
    return digest_of({"list": [list(r) for r in rows]})[:12]


def read_list(text: str) -> list[list[str]]:
    """Read the file of a lottery's list, without its heading."""
    return [row for row in csv.reader(io.StringIO(text)) if row][1:]


def list_texts(root: Path, until: date | None = None) -> tuple[tuple[str, str, str], ...]:
    """Give the lists of the lotteries of all plans: course, digest, and the text of the file, empty where it is gone."""
    found = []
    for plan, _ in map(read_plan, plan_texts(root, until)):
        if plan.list_digest:
            file = list_file(root, plan.course, plan.list_digest)
            found.append((plan.course, plan.list_digest, file.read_text(encoding="utf-8-sig") if file.is_file() else ""))
    return tuple(dict.fromkeys(found))


def codes_of(draws: Iterable[tuple[str, str, str]], plan: TrainingPlan) -> tuple[str, ...]:
    """Give the codes among whom the lot of a plan was drawn, seated or not; empty where it has none."""
    text = next((t for course, digest, t in draws if (course, digest) == (plan.course, plan.list_digest)), "")
    return tuple(code for _, code, *_ in read_list(text))


def _files(root: Path) -> Iterator[Path]:
    yield from sorted((root / FOLDER).glob("*/*.json"))


def latest_plan(study: Study, course: str) -> TrainingPlan | None:
    """Give the version of a plan that was saved last; none where the course has no plan."""
    found = [read_plan(t)[0] for t in plan_texts(study.root)]
    own = [p for p in found if p.course == course]
    return own[-1] if own else None


def frozen_plan(study: Study, course: str) -> TrainingPlan | None:
    """Give the first frozen version of a plan: the one by which the course is judged."""
    found = [read_plan(t)[0] for t in plan_texts(study.root)]
    return next((p for p in found if p.course == course and p.frozen), None)


def save_plan(study: Study, plan: TrainingPlan, on: date, *, freeze: bool = False) -> Path:
    """Save a version of a plan; one that says the same as the last is not saved again.

    Parameters
    ----------
    study, plan : Study, TrainingPlan
        Where, and what.
    on : date
        The day of the version.
    freeze : bool
        Freeze it: courses are judged by the first frozen version.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DeriveError
        If it is to be frozen and names no outcome.
    """
    try:
        made = frozen_of(plan, on) if freeze else replace(plan, saved_at=on.isoformat(), frozen=False)
    except EstimationError as error:
        raise DeriveError(say("plan.no_outcome", study.language)) from error
    folder = study.root / FOLDER / plan.course
    there = sorted(folder.glob("*.json"))
    for file in there[-1:] if not freeze else there:
        same = file.name.endswith(f"-{_state(made)}-{made.digest}.json")
        if same:
            return file
    target = folder / f"{on.isoformat()}-{len(there) + 1:03d}-{_state(made)}-{made.digest}.json"
    write_bytes(target, made.as_text().encode())
    return target


def _state(plan: TrainingPlan) -> str:
    return "frozen" if plan.frozen else "draft"


def copy_plans(source: Path, target: Path, until: date) -> None:
    """Copy the versions that were there on a day: what a release of that day rests on."""
    for file in _files(source):
        plan, _ = read_plan(file.read_text(encoding="utf-8"))
        if plan.saved_at and date.fromisoformat(plan.saved_at) <= until:
            write_bytes(target / FOLDER / file.parent.name / file.name, file.read_bytes())
            lot = list_file(source, plan.course, plan.list_digest)
            if plan.list_digest and lot.is_file():
                write_bytes(list_file(target, plan.course, plan.list_digest), lot.read_bytes())
