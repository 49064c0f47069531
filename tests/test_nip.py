"""The rule that finds a NIP finds it everywhere but within a digest."""

from __future__ import annotations

import pytest

from .nip import holds_nip

OF_NOBODY = "1986030320109219" + "43"


@pytest.mark.parametrize("text", ["{}", '"{}"', "nip:{}", "a{}b", "x{}.html", "<td>{}</td>", "deadbeef{}", "{},{}", b"\x12\x00%s\x00"])
def test_a_nip_is_found(text: str | bytes) -> None:
    assert holds_nip(text % OF_NOBODY.encode() if isinstance(text, bytes) else text.replace("{}", OF_NOBODY))


@pytest.mark.parametrize("text", ["", f"1{OF_NOBODY}", OF_NOBODY[1:],
                                  f'"digest": "{"a4f31c06" + OF_NOBODY + "1f3be557e044fbc60c50c001598886cf799628"}"',
                                  f'"{OF_NOBODY}{"a4f31c061f3be557e044fbc60c50c001598886cf799628"}"'])
def test_a_digest_and_other_lengths_are_none(text: str) -> None:
    assert not holds_nip(text)
