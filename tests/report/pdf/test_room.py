"""A question and its picture that would just miss the rest of a page stay on it, the picture a little smaller."""

from __future__ import annotations

import pypdfium2

from evalkit.report import shell
from evalkit.report.pdf.render import pdf_of

FIRST, AT_LEAST = 300, 0.9


def _figure(uid: str, height: int, word: str) -> str:
    svg = (f'<svg viewBox="0 0 720 {height}" class="wide" font-family="Arial,Liberation Sans,sans-serif" font-size="13" aria-hidden="true">'
           f'<path d="M0 0h720v{height}h-720z" fill="#e6ecf0"/><text x="0" y="20">awal</text><text x="600" y="20">{word}</text></svg>')
    return (f'<figure id="{uid}"><figcaption><span class="no">Gambar</span><span class="head">{uid}</span></figcaption>'
            f'<div class="plot" role="img" aria-label="Kotak {uid}">{svg}</div><p class="note">catatan</p></figure>')


def _placed(height: int) -> tuple[int, float]:
    """Give the page on which the second picture stands, and how large it is: the way between two words of it, over that at full size."""
    question = '<div class="q"><h2 id="s-b">Apa?</h2><p class="lead">Ini.</p></div>'
    body = f'<h1>Uji</h1>{_figure("g-a", FIRST, "satu")}{question}{_figure("g-b", height, "dua")}'
    document = pypdfium2.PdfDocument(pdf_of(shell.render(body, title="Uji"), language="id"))
    found = {}
    for number, page in enumerate(document, 1):
        text = page.get_textpage()
        for word in ("satu", "dua"):
            if (hit := text.search(word).get_next()) is not None:
                found[word] = (number, text.get_charbox(hit[0])[0])
        text.close()
    left = 16 / 25.4 * 72
    number, x = found["dua"]
    return number, (x - left) / (found["satu"][1] - left)


def test_a_picture_that_would_just_miss_a_page_shrinks_by_a_tenth_at_most() -> None:
    found = {height: _placed(height) for height in range(300, 620, 10)}
    on_first = [scale for number, scale in found.values() if number == 1]
    assert [number for number, _ in found.values()] == [1] * len(on_first) + [2] * (len(found) - len(on_first))
    assert on_first[0] > 0.999
    assert AT_LEAST - 0.005 <= on_first[-1] < 0.96
    assert all(scale > 0.999 for number, scale in found.values() if number == 2)
