"""Each language is whole: no Indonesian words on English pages, no English ones on Indonesian pages, in the catalogue neither."""

from __future__ import annotations

import re

import pytest

from evalkit.language.catalogue import catalogue

INDONESIAN = frozenset(re.findall(r"\w+", (
    "yang dan di dari dengan untuk tidak belum pada ini itu adalah atau oleh karena bila sudah akan dalam juga semua setiap hanya lebih paling "
    "sampai serta ke jumlah pegawai penilai triwulan laporan halaman berkas baris kolom isi lembar kamus dua tiga empat tanpa menurut "
    "bukan dapat masih harus agar tetapi tenggat hari hitungan perkiraan catatan sebab langkah")))
ENGLISH = frozenset(re.findall(r"\w+", (
    "the of and is are to in for not with from this that was were been have has on at by as an be which only all each every "
    "than people page figure row column")))
# An official name, a code or a command stays as it is in both languages: in brackets, quotation marks, or after these words.
OFFICIAL = re.compile(r"\([^)]*\)|\"[^\"]*\"|“[^”]*”|'[^']*'|`[^`]*`|\{[a-z_]+\}|--[a-z-]+|\bevalkit [a-z]+(?: --?[a-z-]+| [A-Z]+)*|\b\w+_\w+\b|"
                      r"\b(?:Laporan|Daftar|Tim|Perilaku|Hasil|Dinas|Badan|Berorientasi)(?: [A-Z][a-z]+)*|\b[\w-]+\.[a-z]{2,5}\b")
BOTH = frozenset({"on", "in", "at", "as", "an", "be"} & ENGLISH)  # short; they also occur in codes and digests on pages


def strangers(text: str, words: frozenset[str]) -> set[str]:
    """Find words of a list in a text, official names left out."""
    return {w for w in re.findall(r"[A-Za-z]+", OFFICIAL.sub(" ", text).lower()) if w in words}


@pytest.mark.parametrize(("language", "words"), [("en", INDONESIAN), ("id", ENGLISH - BOTH)])
def test_no_sentence_of_the_catalogue_mixes_the_languages(language: str, words: frozenset[str]) -> None:
    found = {key: (strangers(texts[language], words), texts[language]) for key, texts in catalogue().items()
             if strangers(texts[language], words)}
    assert not found, "\n".join(f"{key}: {sorted(hit)}: {text}" for key, (hit, text) in found.items())


def test_the_two_languages_say_the_same_values() -> None:
    field = re.compile(r"\{[a-z_]+\}")
    differ = {k: t for k, t in catalogue().items() if set(field.findall(t["id"])) != set(field.findall(t["en"]))}
    assert not differ, list(differ)[:10]
