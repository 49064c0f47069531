"""Many forms of one kind in one call are one import: hundreds of evaluators send a workbook each, and one table is made of them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from evalkit.tables.form_sheets import ANY_STUDY, FormCode, layout_of, read_code

LEAST = 10  # fewer forms stay files of their own
_PART = re.compile(r"xl/(?:sharedStrings|worksheets/sheet1)\.xml")
_DAY = (1980, 1, 1, 0, 0, 0)
_MOST = 20_000_000  # bytes of a part; a form is smaller


def bundled(paths: Sequence[Path], folder: Path, study: str) -> list[Path]:
    """Put forms of one kind together into one file each; the others stay as they are.

    Parameters
    ----------
    paths : sequence of Path
        The files of one call.
    folder : Path
        Where the new files go.
    study : str
        Name of the study; forms of another one are left alone, so that each is refused by itself.

    Returns
    -------
    list of Path
        A zip of workbooks stands in the place of its first form; `read_grid` reads it, a sheet a form.

    Notes
    -----
    The same forms give the same bytes. A form that cannot be opened, or is of a newer version, stays by itself.
    """
    groups: dict[str, list[Path]] = {}
    for path in paths:
        kind = _kind(path, study)
        if kind:
            groups.setdefault(kind, []).append(path)
    large = {kind: own for kind, own in groups.items() if len(own) >= LEAST}
    first = {own[0]: kind for kind, own in large.items()}
    inside = {path for own in large.values() for path in own}
    return [_write(folder, first[p], large[first[p]]) if p in first else p for p in paths if p in first or p not in inside]


def _kind(path: Path, study: str) -> str:
    """Give the kind of a form without reading its cells; "" for anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [e for e in archive.infolist() if _PART.fullmatch(e.filename) and e.file_size < _MOST]
            codes = [c for e in parts if (c := read_code(archive.read(e).decode("utf-8", "replace")))]
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return ""
    return codes[0].kind if codes and _fits(codes[0], study) else ""


def _fits(code: FormCode, study: str) -> bool:
    layout = layout_of(code.kind)
    return layout is not None and layout.form is not None and code.version <= layout.form.version and code.study in (study, ANY_STUDY)


def _write(folder: Path, kind: str, paths: Sequence[Path]) -> Path:
    target = folder / f"formulir-{kind}-{len(paths)}.zip"
    taken: set[str] = set()
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(paths, key=lambda p: (p.name, p.parent.name)):
            name, n = path.name, 1
            while name in taken:
                n += 1
                name = f"{path.stem} ({n}){path.suffix}"
            taken.add(name)
            archive.writestr(zipfile.ZipInfo(name, _DAY), path.read_bytes())
    return target
