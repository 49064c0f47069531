"""Progress of a run: a moving bar on a terminal, a plain line a report elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from evalkit.language.catalogue import Language, say


class Step(NamedTuple):
    """One report is finished: how many of how many, which one, and what became of it; `state` "tables": they are being computed."""

    done: int
    total: int
    report: str
    state: str


Progress = Callable[[Step], None]
_MANY = 200  # pages of which each gets its line


@contextmanager
def shown(language: Language) -> Iterator[Progress]:
    """Give a function that shows each step; what failed or was withheld keeps its line on a terminal too.

    Without a terminal a run of many pages prints every page that failed, and of the others one line in twenty parts.
    """
    if not sys.stdout.isatty():
        yield lambda step: print(line(step, language), flush=True) if _counts(step) else None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
             TextColumn("{task.fields[failures]}"), transient=True) as bar:
        task = bar.add_task(say("report.run.tables", language), total=None, failures="")
        failed = 0

        def show(step: Step) -> None:
            nonlocal failed
            failed += step.state == "failed"
            told = f"{say('report.run.failed', language)}: {failed}" if failed else ""
            bar.update(task, total=step.total or None, completed=step.done, description=step.report[:48].replace("[", "("), failures=told)
            if step.state in ("failed", "withheld"):
                bar.console.print(line(step, language), markup=False, highlight=False)

        yield show


def _counts(step: Step) -> bool:
    return step.total <= _MANY or step.state != "done" or step.done == step.total or step.done % -(-step.total // 20) == 0


def line(step: Step, language: Language) -> str:
    """Write a step as one line.

    Examples
    --------
    >>> line(Step(3, 45, "evaluasi-kota", "done"), "id")
    '    3/45  evaluasi-kota: selesai'
    """
    if step.state == "tables":
        return f"  {step.report}"
    return f"  {step.done:>3}/{step.total}  {step.report}: {say(f'report.run.{step.state}', language)}"
