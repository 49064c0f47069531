"""Which vignettes a study uses: those that are shipped, or the office's own file, named by `[raters] vignettes` in study.toml."""

from __future__ import annotations

import re
import tomllib

from evalkit.errors import StudyError
from evalkit.instruments.vignettes import Vignette, load_vignettes
from evalkit.language.catalogue import say
from evalkit.tables.study import Study

_CODE = re.compile(r"[A-Z]\d{1,2}")
_MOST = 200_000  # bytes; the twelve that are shipped take 9,000


def vignettes_of(study: Study) -> tuple[Vignette, ...]:
    """Give the vignettes of a study, in the order in which they are printed.

    `[raters] vignettes` is a file in the folder of the study, as ``vignettes = "vinyet-kami.toml"``, laid out as the shipped one:
    ``[[vignette]]`` with `code` (A1 ... B6; the letter is the form), `title` and `text`. Not set, or a number: the shipped ones.

    Raises
    ------
    StudyError
        If the setting names no such file, the file cannot be read, or a vignette lacks something or stands twice; the sentence says which.
    """
    chosen = study.raters.get("vignettes")
    if chosen is None or (isinstance(chosen, int | float) and not isinstance(chosen, bool)):
        return load_vignettes()
    if not isinstance(chosen, str) or not chosen.strip():
        raise _refused(study, "setting", value=chosen)
    path = (study.root / chosen).resolve()
    if not path.is_relative_to(study.root.resolve()) or not path.is_file() or path.stat().st_size > _MOST:
        raise _refused(study, "no_file", file=chosen)
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("vignette")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise _refused(study, "not_toml", file=chosen, error=error) from error
    if not isinstance(rows, list) or not rows or not all(isinstance(r, dict) for r in rows):
        raise _refused(study, "empty", file=chosen)
    found = tuple(_vignette(study, chosen, n, row) for n, row in enumerate(rows, 1))
    twice = [v.code for n, v in enumerate(found) if v.code in {w.code for w in found[:n]}]
    if twice:
        raise _refused(study, "twice", file=chosen, code=twice[0])
    shipped = {v.code: v.text for v in load_vignettes()}
    taken = [v.code for v in found if v.code in shipped and shipped[v.code] != v.text]
    if taken:
        raise _refused(study, "taken", file=chosen, code=taken[0])
    return found


def form_of_each(study: Study | None) -> dict[str, str]:
    """Give the parallel form of each vignette that answers may be about: the study's own, then the shipped ones.

    The shipped ones stay beside the own ones: a period before the change is still answered by their codes.

    Raises
    ------
    StudyError
        If the study names vignettes that cannot be read.

    Examples
    --------
    >>> form_of_each(None)["B6"], "Z9" in form_of_each(None)
    ('B', False)
    """
    return {v.code: v.form for v in (*(vignettes_of(study) if study else ()), *load_vignettes())}


def packet_of(study: Study, form: str) -> tuple[Vignette, ...]:
    """Give the vignettes of one parallel form of the study (A or B), or of both (AB).

    Raises
    ------
    StudyError
        If the study has no vignettes of that form.
    """
    every = vignettes_of(study)
    found = tuple(v for v in every if v.form in form)
    if not found or not set(form) <= {v.form for v in found}:
        raise _refused(study, "no_form", form=form, forms=", ".join(sorted({v.form for v in every})))
    return found


def _vignette(study: Study, file: str, n: int, row: dict[str, object]) -> Vignette:
    told = {key: " ".join(str(row.get(key) or "").split()) for key in ("code", "title", "text")}
    lacking = [key for key, value in told.items() if not value]
    if lacking:
        raise _refused(study, "lacks", file=file, n=n, key=lacking[0])
    if not _CODE.fullmatch(told["code"]):
        raise _refused(study, "code", file=file, n=n, code=told["code"])
    return Vignette(told["code"], told["code"][0], told["title"], told["text"], ())


def _refused(study: Study, words: str, **values: object) -> StudyError:
    return StudyError(say(f"own_vignettes.{words}", study.language, **{k: str(v)[:120] for k, v in values.items()}))
