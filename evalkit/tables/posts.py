"""What the words of a post say: kind of employment, kind of post, teacher, head of a unit, and who is no longer due.

PNS posts are written GURU AHLI PERTAMA and PPPK posts AHLI PERTAMA - GURU KELAS: one post, two strings, so words are
looked for and strings never compared.
"""

from __future__ import annotations

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT, clean_header, map_unique, plain_code

_TEACHER = r"(?i)\b(?:GURU|KEPALA SEKOLAH|PENGAWAS SEKOLAH)\b"
_HEAD = re.compile(r"^(?:KEPALA|CAMAT|LURAH|DIREKTUR|INSPEKTUR|SEKRETARIS DAERAH|SEKRETARIS DPRD|KETUA)\b")
_POST_TYPES = {"1": "struktural", "2": "fungsional", "4": "pelaksana"}
_EXCLUDED = (
    ("pensiun", r"\bpensiun\b|\bbup\b"), ("meninggal", r"\bmeninggal|\bwafat\b|\btewas\b"),
    ("diberhentikan", r"berhenti|diberhentikan|pemberhentian|putus hubungan|\bphk\b"),
    ("cltn", r"\bcltn\b|cuti (?:di )?luar tanggungan"), ("pindah_instansi", r"\bpindah|\bmutasi (?:keluar|instansi)"),
    ("hukuman_disiplin", r"hukuman disiplin|\bhukdis\b"), ("tidak_aktif", r"(?:tidak|non)[ -]?aktif"),
)
_KEPT = re.compile(r"\baktif\b|\bdipekerjakan\b|\bdiperbantukan\b|tugas belajar|masa percobaan|\bcpns\b|perpanjangan|penerima uang tunggu")


def employment_of(text: pd.Series) -> pd.Series:
    """Give `pns`, `pppk` or `pppk_paruh_waktu`; words that say none of them give a missing value.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> employment_of(text_column(["PNS Daerah Kab/Kota yang bekerja pada Kab/Kota", "PPPK Paruh Waktu", "pppk", "?"])).tolist()
    ['pns', 'pppk_paruh_waktu', 'pppk', <NA>]
    """
    def one(word: str) -> str | None:
        folded = clean_header(word)
        if re.search(r"\b(?:pppk|p3k)\b", folded):
            return "pppk_paruh_waktu" if "paruh" in folded else "pppk"
        return "pns" if re.search(r"\b(?:c?pns|pegawai negeri sipil)\b", folded) else None

    return pd.Series(pa.array(map_unique(text, one), type=pa.string()), dtype=TEXT)


def post_type_of(text: pd.Series) -> pd.Series:
    """Give `struktural`, `fungsional` or `pelaksana` from the SIASN code (1, 2, 4) or the words.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> post_type_of(text_column(["1", "Jabatan Fungsional", 4.0, "3", "2.0"])).tolist()
    ['struktural', 'fungsional', 'pelaksana', <NA>, 'fungsional']
    """
    def one(word: str) -> str | None:
        folded = clean_header(plain_code(word))
        return _POST_TYPES.get(folded) or next((t for t in _POST_TYPES.values() if t in folded), None)

    return pd.Series(pa.array(map_unique(text, one), type=pa.string()), dtype=TEXT)


def sex_of(text: pd.Series) -> pd.Series:
    """Give `F` or `M`: M and F in SIASN, L and P or words in other lists.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> sex_of(text_column(["M", "P", "Laki-laki", "Perempuan", "Wanita", "x"])).tolist()
    ['M', 'F', 'M', 'F', 'F', <NA>]
    """
    words = {"m": "M", "l": "M", "laki-laki": "M", "laki laki": "M", "pria": "M", "f": "F", "p": "F", "perempuan": "F", "wanita": "F"}
    return pd.Series(pa.array(map_unique(text, lambda w: words.get(clean_header(w))), type=pa.string()), dtype=TEXT)


def is_teacher(titles: pd.Series) -> pd.Series:
    """Tell posts of teachers and school heads from others, however the words stand.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> is_teacher(text_column(["AHLI PERTAMA - GURU KELAS", "KEPALA SEKOLAH", "PENGGURUSAN", "-"])).tolist()
    [True, True, False, False]
    """
    found = pc.fill_null(pc.match_substring_regex(pa.array(titles), _TEACHER), False)
    return pd.Series(found, dtype=pd.ArrowDtype(pa.bool_()))


def is_head(titles: pd.Series, units: pd.Series, echelons: pd.Series) -> pd.Series:
    """Tell who leads the unit that stands beside the post.

    A head's title begins with a word such as KEPALA, CAMAT, LURAH. Where several people of a unit have one, the head is
    the one whose title names the unit; where none does, the one with the highest echelon.

    Parameters
    ----------
    titles, units, echelons : pandas.Series
        Post, name of the unit, and echelon such as II.b (missing without one), shape (n,).

    Returns
    -------
    pandas.Series
        True or false, shape (n,).

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> is_head(text_column(["KEPALA DINAS X", "KEPALA BIDANG Y", "LURAH Z", "GURU"]),
    ...         text_column(["DINAS X", "DINAS X", "KELURAHAN Z", "SD 1"]), text_column(["II.b", "III.b", "-", "-"])).tolist()
    [True, False, True, False]
    """
    frame = pd.DataFrame({"title": titles.fillna(""), "unit": units.fillna(""), "echelon": echelons.fillna("Z")}).astype(object)
    candidate = frame["title"].map(lambda t: _HEAD.match(t.upper()) is not None).to_numpy(dtype=bool)
    heads = frame[candidate]
    result = pd.Series(False, index=frame.index)
    if heads.empty:
        return result.astype(pd.ArrowDtype(pa.bool_()))
    named = [_names(title, unit) for title, unit in zip(heads["title"], heads["unit"], strict=True)]
    order = heads.assign(named=named, rank=heads["echelon"]).sort_values(["named", "rank"], ascending=[False, True], kind="stable")
    result[order[order["unit"] != ""].drop_duplicates("unit").index] = True
    return result.astype(pd.ArrowDtype(pa.bool_()))


def _names(title: str, unit: str) -> bool:
    """Whether the title of a head names the unit: CAMAT X leads KECAMATAN X, KEPALA SEKOLAH leads any school."""
    words = title.upper()
    for head, place in (("KEPALA SEKOLAH", r"^(?:TK|PAUD|SD|SMP|SMA|SMK|SLB|SEKOLAH)\b"), ("CAMAT", r"^KECAMATAN\b"),
                        ("LURAH", r"^KELURAHAN\b"), ("SEKRETARIS DAERAH", r"^SEKRETARIAT DAERAH$")):
        if words.startswith(head) and re.search(place, unit.upper()):
            return True
    rest = words.removeprefix("KEPALA ").removeprefix("DIREKTUR ").strip()
    return bool(rest) and (rest == unit.upper() or unit.upper().startswith(rest) or unit.upper() in rest)


def exclusion_of(status: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Give the reason why a person is not due to be rated, from the words of KEDUDUKAN HUKUM, and where they are not understood.

    Returns
    -------
    pandas.Series, pandas.Series
        The reason (`pensiun`, `meninggal`, `diberhentikan`, `cltn`, `pindah_instansi`, `hukuman_disiplin`, `tidak_aktif`) or
        missing; and true where the words are not known.

    Notes
    -----
    Unknown words exclude nobody: a person who is wrongly expected is asked about, one wrongly excluded is forgotten.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> [part.tolist() for part in exclusion_of(text_column(["Aktif", "Pensiun BUP", "PPPK Aktif", "Lain", "-"]))]
    [[<NA>, 'pensiun', <NA>, <NA>, <NA>], [False, False, False, True, False]]
    """
    def one(word: str) -> str:
        folded = clean_header(word)
        for reason, pattern in _EXCLUDED:
            if re.search(pattern, folded):
                return reason
        return "" if _KEPT.search(folded) else "?"

    found = pd.Series(pa.array(map_unique(status, one), type=pa.string()), dtype=TEXT)
    return found.where(~found.isin(["", "?"]), pd.NA), (found == "?").fillna(False)
