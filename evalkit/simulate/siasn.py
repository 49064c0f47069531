"""The SIASN employee list as the city would export it on the last day of a quarter."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from evalkit.simulate.calendar import quarter_end
from evalkit.simulate.people import opaque
from evalkit.simulate.sheets import POST_CODES, POST_NAMES, SERIAL_ZERO, Texts, arrange, titles_of_posts, unit_ids
from evalkit.simulate.world import World

_CITY = "Pemerintah Kota Kupang"


def since(world: World) -> np.ndarray:
    """Give for each person and quarter the day on which the present post began: a matrix of dates, as day numbers."""
    history, starts = world.history, world.starts
    appointed = np.array([d.toordinal() for d in history.people["appointed"]])
    out = np.empty(history.active.shape, dtype=np.int64)
    moves = {(q, p): on for q, p, on in zip(*(history.transfers[c] for c in ("quarter", "person", "on")), strict=True)}
    out[:, 0] = np.maximum(appointed, date(starts[0].year - 1, 1, 2).toordinal())
    for q in range(1, len(starts)):
        same = (history.post[:, q] == history.post[:, q - 1]) & (history.team[:, q] == history.team[:, q - 1])
        out[:, q] = np.where(same, out[:, q - 1], starts[q].toordinal())
    hired = history.people["hired"].to_numpy()
    out = np.where(np.arange(len(starts)) <= hired[:, None], np.where(hired[:, None] > 0, appointed[:, None], out), out)
    for (q, p), on in moves.items():
        later = np.arange(len(starts)) >= q
        unchanged = later & (out[p] == out[p, q])
        out[p, unchanged] = on.toordinal()
    return out


def employee_sheet(world: World, quarter: int, contract: bool) -> pd.DataFrame:
    """Give the rows of the list of PNS, or (`contract`) of PPPK and PPPK paruh waktu.

    PNS have their date of birth as a serial of a spreadsheet, PPPK as dd-mm-yyyy text: so do the real lists. Whoever took
    the pension within the quarter stands there a last time.
    """
    people, history = world.history.people, world.history
    retired = (people["leaves"] == quarter).to_numpy()
    kind = (people["employment"] != "pns").to_numpy()
    person = np.flatnonzero((history.active[:, quarter] | retired) & people["listed"].to_numpy() & (kind == contract))
    last = np.where(retired[person], max(quarter - 1, 0), quarter)
    post, team = history.post[person, last], history.team[person, last]
    unit = world.city.posts["unit"].to_numpy()[np.where(post >= 0, post, team)]
    opd = world.city.units["opd"].to_numpy()[unit]
    own = people.loc[person]
    names, ids = world.city.units["name"].to_numpy(dtype=object), np.char.upper(unit_ids(world).astype(str)).astype(object)
    kinds = world.city.units["kind"].to_numpy()[unit]
    post_type = np.where(post >= 0, world.city.posts["post_type"].to_numpy()[post], own["post_type"].to_numpy())
    code = np.array([POST_CODES[p] for p in post_type])
    title = titles_of_posts(world, person, post, np.zeros(len(person), dtype=bool))
    start = since(world)[person, last]
    return arrange("siasn-pegawai", {**_person_columns(world, person, quarter, contract),
        "JENIS JABATAN ID": code, "JENIS JABATAN NAMA": [POST_NAMES[c] for c in code.tolist()],
        "JABATAN ID": _post_ids(world, title), "JABATAN NAMA": title, "TMT JABATAN": [_dmy(date.fromordinal(d)) for d in start.tolist()],
        "KPKN NAMA": "KPPN CONTOH", "LOKASI KERJA NAMA": "KOTA KUPANG", "UNOR ID": ids[unit], "UNOR NAMA": names[unit],
        "INSTANSI INDUK NAMA": _CITY, "INSTANSI KERJA NAMA": _CITY, "SATUAN KERJA INDUK NAMA": names[opd],
        "SATUAN KERJA KERJA NAMA": names[opd], "IS VALID NIK": "TRUE",
        "NAMA SEKOLAH": np.where(kinds == "sekolah", names[unit], "-"), "FLAG IKD": "FALSE",
        "ESELON NAMA": np.where(post >= 0, world.city.posts["echelon"].to_numpy(dtype=object)[post], "")}, len(person))


def _person_columns(world: World, person: np.ndarray, quarter: int, contract: bool) -> dict[str, object]:
    """What belongs to the person, whatever the post."""
    own = world.history.people.loc[person]
    years = quarter_end(world.starts[quarter]).year - np.array([d.year for d in own["appointed"]])
    birth: object = [_dmy(d) for d in own["born"]] if contract else [(d - SERIAL_ZERO).days for d in own["born"]]
    return {
        "PNS ID": np.char.upper(own["asn_id"].to_numpy().astype(str)).astype(object), "NIP BARU": "'" + own["nip"].to_numpy(dtype=object),
        "NAMA": own["name"].to_numpy(dtype=object), "GELAR BELAKANG": np.where(own["education"] == "S-1/Sarjana", "S.Pd.", ""),
        "TEMPAT LAHIR NAMA": "KOTA CONTOH", "TANGGAL LAHIR": birth, "JENIS KELAMIN": own["sex"].to_numpy(dtype=object), "AGAMA ID": "0",
        "AGAMA NAMA": "-", "JENIS KAWIN ID": "0", "JENIS KAWIN NAMA": "-", "NIK": [f"'{i:016d}" for i in person.tolist()],
        "NOMOR HP": "-", "EMAIL": [f"orang{i:04d}@example.invalid" for i in person.tolist()], "ALAMAT": "-",
        "NPWP NOMOR": "'000000000000000", "BPJS": "-", "JENIS PEGAWAI ID": "73" if contract else "12",
        "JENIS PEGAWAI NAMA": own["employment"].map({
            "pns": "PNS Daerah Kab/Kota yang bekerja pada Kab/Kota", "pppk": "PPPK",
            "pppk_paruh_waktu": "PPPK Paruh Waktu"}).to_numpy(dtype=object),
        "KEDUDUKAN HUKUM ID": "71" if contract else "01", "KEDUDUKAN HUKUM NAMA": _status(world, person, quarter, contract),
        "STATUS CPNS PNS": "-" if contract else "P", "TMT CPNS": [_dmy(d) for d in own["appointed"]],
        "TMT PNS": "-" if contract else [_dmy(d) for d in own["appointed"]], "GOL AWAL NAMA": own["grade"].to_numpy(dtype=object),
        "GOL AKHIR NAMA": own["grade"].to_numpy(dtype=object), "TMT GOLONGAN": "01-04-2023", "MK TAHUN": years, "MK BULAN": 0,
        "TINGKAT PENDIDIKAN NAMA": own["education"].to_numpy(dtype=object), "TAHUN LULUS": [d.year + 23 for d in own["born"]]}


def _post_ids(world: World, title: Texts) -> Texts:
    codes, distinct = pd.factorize(pd.Series(title))
    ids: Texts = np.array([str(opaque(world.seed, f"post {t}", [0])[0]).upper() for t in distinct], dtype=object)[codes]
    return ids


def _dmy(day: date) -> str:
    return f"{day.day:02d}-{day.month:02d}-{day.year}"


def _status(world: World, person: np.ndarray, quarter: int, contract: bool) -> Texts:
    away = world.history.away.loc[world.history.away["quarter"] == quarter]
    found = pd.Series(person).map(dict(zip(away["person"], away["status"], strict=True)))
    status = found.fillna("PPPK Aktif" if contract else "Aktif").to_numpy(dtype=object)
    return np.where(world.history.people["leaves"].to_numpy()[person] == quarter, "Pensiun", status)
