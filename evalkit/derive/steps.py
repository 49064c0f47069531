"""Which part of the ground changed a figure: a release computed again with one part after the other as it is today.

From the release as it was frozen, first the code is that of today, then the settings, then the day that cuts; what differs after
that came with files. A figure is changed by the steps in which it changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from evalkit.derive.build import build
from evalkit.derive.catalog import CATALOG
from evalkit.derive.diff import Side, side_of_today
from evalkit.derive.digest import code_digest
from evalkit.derive.ground import settings_digest
from evalkit.derive.recompute import copy_ground
from evalkit.derive.release import Release
from evalkit.tables.study import Study


@contextmanager
def steps_between(study: Study, before: Release, after: Side) -> Iterator[tuple[tuple[str, Side], ...]]:
    """Give the states between a release and a later one: (`code`, `settings` or `cut`, the state after that step).

    Parameters
    ----------
    study, before : Study, Release
        The study, and the earlier release.
    after : Side
        The later state.

    Yields
    ------
    tuple of (str, Side)
        Only steps in which something differs; none where only files came, or where the later state was made by other code than that
        of today, so that the steps cannot be computed here. The tables stand in a folder that is removed afterwards.
    """
    wanted = _wanted(study, before, after)
    if not wanted:
        yield ()
        return
    with TemporaryDirectory(prefix="evalkit-") as folder:
        yield tuple(_computed(study, before, after, wanted, Path(folder) / "study"))


def _wanted(study: Study, before: Release, after: Side) -> list[str]:
    now = {n: code_digest(CATALOG[n].stages) for n in after.code if n in CATALOG}
    if any(now.get(n) != code for n, code in after.code.items()) or settings_digest(study) != after.settings:
        return []
    changed = {"code": any(n in before.tables and before.tables[n].code != code for n, code in after.code.items()),
               "settings": before.settings != after.settings, "cut": before.cut != after.cut}
    return [step for step, is_other in changed.items() if is_other]


def _computed(study: Study, before: Release, after: Side, wanted: list[str], folder: Path) -> Iterator[tuple[str, Side]]:
    then = copy_ground(study, before, folder)
    today = replace(study, root=folder, vault=then.vault, reports=then.reports)
    cut = before.cut
    for step in ("code", "settings", "cut"):
        if step not in wanted:
            continue
        then = today if step == "settings" else then
        cut = after.cut if step == "cut" else cut
        built = build(then, before.period, as_of=date.fromisoformat(cut) if cut else None, names=[n for n in after.code if n in CATALOG])
        yield step, side_of_today(study, built, cut)
