"""A line measured letter by letter is as wide and high as matplotlib's own layout says, whatever was measured before."""

from __future__ import annotations

import os
import random
import string

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from evalkit.exhibits.style import family
from evalkit.exhibits.text_metrics import SCALE, Face, alphabet

LINES = ["Sangat Baik 12,5%", "Tawa AV To. fi fl ffi", "−3,4 – 5", "", " ", "a ", " a", "'", "–", "é ü ñ Å", "≥ 60% → ± 2,66", "jjf", "A\u0301",
         "سلام Baik", "日本", "soft\u00adhyphen", "x\u200fy", "\U0001f600 Baik"]


def theirs(text: str, looks: dict[str, str]) -> tuple[float, float, float]:
    return tuple(TextToPath().get_text_width_height_descent(text, FontProperties(family=family(), size=SCALE, **looks), ismath=False))


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("looks", [{}, {"weight": "bold"}])
def test_a_line_is_as_wide_and_high_as_matplotlib_lays_it_out(looks) -> None:
    rng = random.Random(7)
    letters = string.ascii_letters + string.digits + " .,;:-–−±%()/'\"+=×é…"
    lines = LINES + ["".join(rng.choice(letters) for _ in range(rng.randint(1, 14))) for _ in range(300)]
    face = Face((family(),), ("normal", "normal", looks.get("weight", "normal"), "normal"))
    face.learn(alphabet())
    for text in [*lines, *lines[::-1]]:  # the second time from what was learnt
        assert face.measure(text) == pytest.approx(theirs(text, looks), abs=1e-9), ascii(text)


def test_what_was_learnt_of_other_lines_gives_the_line_without_laying_it_out(monkeypatch) -> None:
    face = Face((family(),), ("normal", "normal", "normal", "normal"))
    face.learn(alphabet())
    monkeypatch.setattr(face, "learn", lambda text: pytest.fail(f"{text!r} was laid out"))
    assert face.measure("Sangat baik, 12,5% (2026)") == pytest.approx(theirs("Sangat baik, 12,5% (2026)", {}))


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("text", ["A\u0301", "سلام", "日本", "x\u200fy", "soft\u00adhyphen"])
def test_nothing_is_learnt_of_scripts_whose_letters_depend_on_their_neighbours(text) -> None:
    face = Face((family(),), ("normal", "normal", "normal", "normal"))
    face.learn(text)
    calls = []
    face.learn = lambda text: calls.append(text) or (0.0, 0.0, 0.0)  # type: ignore[method-assign]
    face.measure(text)
    assert calls == [text]


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_processes_that_were_forked_read_a_font_each_for_itself() -> None:
    face = Face((family(),), ("normal", "normal", "normal", "normal"))
    face.learn("Baik")
    lines = ["".join(chr(c) for c in range(start, start + 20)) for start in range(0x100, 0x240, 20)]
    children = []
    for number in range(4):
        if (child := os.fork()) == 0:
            try:
                wrong = sum(face.measure(text) != pytest.approx(theirs(text, {})) for _ in range(5) for text in lines[number:] + lines[:number])
                os._exit(min(wrong, 9))
            finally:
                os._exit(10)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0, 0]
