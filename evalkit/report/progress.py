"""Progress of a run: a moving bar on a terminal, a plain line a report elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from evalkit.language.catalogue import Language, say


class Step(NamedTuple):
    """One report is finished: how many of how many, which one, and what became of it."""

    done: int
    total: int
    report: str
    state: str


Progress = Callable[[Step], None]


@contextmanager
def shown(language: Language) -> Iterator[Progress]:
    """Give a function that shows each step; what failed or was withheld keeps its line on a terminal too."""
    if not sys.stdout.isatty():
        yield lambda step: print(line(step, language), flush=True)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    with Bar(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), transient=True) as bar:
        task = bar.add_task(say("report.run.tables", language), total=None)

        def show(step: Step) -> None:
            bar.update(task, total=step.total, completed=step.done, description=step.report[:48].replace("[", "("))
            if step.state in ("failed", "withheld"):
                bar.console.print(line(step, language), markup=False, highlight=False)

        yield show


def line(step: Step, language: Language) -> str:
    """Write a step as one line.

    Examples
    --------
    >>> line(Step(3, 45, "evaluasi-kota", "done"), "id")
    '    3/45  evaluasi-kota: selesai'
    """
    return f"  {step.done:>3}/{step.total}  {step.report}: {say(f'report.run.{step.state}', language)}"
