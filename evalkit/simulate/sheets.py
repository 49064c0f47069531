"""The frames behind the files: one function a layout, columns in the order of the layout's headers."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.instruments.labels import export_label
from evalkit.instruments.layout import load_layouts
from evalkit.simulate import words
from evalkit.simulate.people import opaque
from evalkit.simulate.ratings import Outcome, quadrant
from evalkit.simulate.world import World

POST_CODES = {"struktural": 1, "fungsional": 2, "pelaksana": 4}
POST_NAMES = {1: "Jabatan Struktural", 2: "Jabatan Fungsional", 4: "Jabatan Pelaksana"}
SERIAL_ZERO = date(1899, 12, 30)
_RATING_CODES = ("di_bawah", "sesuai", "di_atas")

Texts = npt.NDArray[np.object_]


def dashed(ids: Texts) -> Texts:
    """Write 32 hexadecimal digits as e-Kinerja does, with dashes."""
    return np.array([f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}" for h in ids], dtype=object)


def unit_ids(world: World) -> Texts:
    """Ids of the units, 32 hexadecimal digits in lower case."""
    return opaque(world.seed, "unit", np.arange(len(world.city.units)))


def arrange(layout: str, columns: dict[str, object], number: int) -> pd.DataFrame:
    """Put columns in the order of a layout; columns of it that are not given are empty.

    Raises
    ------
    KeyError
        If a column is given that the layout does not have.
    """
    headers = [c.header for c in load_layouts()[layout].columns if not c.extra or c.header in columns]
    for name in columns:
        if name not in headers:
            raise KeyError(name)
    return pd.DataFrame({h: columns.get(h, "") for h in headers}, index=pd.RangeIndex(number))


def titles_of_posts(world: World, person: npt.NDArray[np.int64], post: npt.NDArray[np.int64], acting: npt.NDArray[np.bool_]) -> Texts:
    """Give the title of each post: that of the post headed (with `Plt.` where it is acted), else the person's own."""
    headed = world.city.posts["title"].to_numpy(dtype=object)[post]
    own = world.history.people["title"].to_numpy(dtype=object)[person]
    return np.where(post >= 0, np.where(acting, "Plt. " + headed, headed), own)


def appraisal_sheet(world: World, outcome: Outcome) -> pd.DataFrame:
    """Give the rows of a Laporan Penilaian SKP."""
    rows, people, city, q = outcome.rows, world.history.people, world.city, outcome.round.last
    person, rater = rows["person"].to_numpy(), rows["rater"].to_numpy()
    unit, opd = rows["unit"].to_numpy(), city.units["opd"].to_numpy()[rows["unit"].to_numpy()]
    names, ids, asn = city.units["name"].to_numpy(dtype=object), dashed(unit_ids(world)), dashed(people["asn_id"].to_numpy())
    rated = rows["rated"].to_numpy()
    lead = world.history.post[rater, q]
    lead_unit = city.posts["unit"].to_numpy()[np.maximum(lead, 0)]
    outside = ~people["listed"].to_numpy()[rater]
    post_type = np.where(rows["post"] >= 0, city.posts["post_type"].to_numpy()[rows["post"]], people["post_type"].to_numpy()[person])
    words_of = np.array([export_label("rating", c) for c in _RATING_CODES], dtype=object)
    hasil, perilaku = rows["hasil"].to_numpy(), rows["perilaku"].to_numpy()
    final = pd.Series(quadrant(hasil, perilaku)).map(lambda c: export_label("predikat", c)).to_numpy(dtype=object)
    when = np.array([f"{d} {c}" for d, c in zip(rows["rated_on"], rows["clock"], strict=True)], dtype=object)
    year = outcome.round.end.year
    plan = _plan_ids(world, rows, year)
    return arrange("ekinerja-penilaian", {
        "jenis": 1, "id": asn[person], "nip": people["nip"].to_numpy(dtype=object)[person],
        "nama": people["name"].to_numpy(dtype=object)[person], "periode_awal_skp": _iso(rows["start"]),
        "periode_akhir_skp": _iso(rows["end"]), "skp_unor_id": ids[unit], "skp_unor": names[unit], "skp_unor_induk": names[opd],
        "skp_jabatan": titles_of_posts(world, person, rows["post"].to_numpy(), rows["is_acting"].to_numpy()),
        "skp_jenis_jabatan": [POST_CODES[p] for p in post_type], "is_skp_plt_plh_pjb": rows["is_acting"].to_numpy().astype(int),
        "hasil_kerja": np.where(rated, words_of[hasil], "-"), "perilaku_kerja": np.where(rated, words_of[perilaku], "-"),
        "hasil_akhir": np.where(rated, final, "-"), "pegawai_atasan_id": asn[rater],
        # The mayor is no civil servant and has no NIP; the secretary comes from the province: a NIP that no list has.
        "pegawai_atasan_nip": np.where(rater == 0, "-", people["nip"].to_numpy(dtype=object)[rater]),
        "pegawai_atasan_nama": np.where(rater == 0, "WALI KOTA", people["name"].to_numpy(dtype=object)[rater]),
        "pegawai_atasan_unor_id": np.where(rater == 0, "", ids[lead_unit]),
        "pegawai_atasan_unor": np.where(rater == 0, "", names[lead_unit]),
        "pegawai_atasan_jabatan": np.where(rater == 0, "WALI KOTA", city.posts["title"].to_numpy(dtype=object)[lead]),
        "pegawai_atasan_golru": np.where(outside, "", people["grade"].to_numpy(dtype=object)[rater]),
        "waktu_dinilai": np.where(rated, when, ""), "pegawai_penilai_id": asn[rows["pressed_by"].to_numpy()], "tahun_skp": year,
        "skp_id": plan, "periode_id": dashed(opaque(world.seed, f"period {outcome.round.period}", [0]))[0],
        "skp_penilaian_id": dashed(rows["appraisal"].to_numpy()), "golru": people["grade"].to_numpy(dtype=object)[person],
        "jenis_pegawai": people["employment"].to_numpy(dtype=object)[person]}, len(rows))


def _plan_ids(world: World, rows: pd.DataFrame, year: int) -> Texts:
    key = rows["person"].to_numpy() * 100_000 + rows["unit"].to_numpy() * 2 + rows["is_acting"].to_numpy()
    return dashed(opaque(world.seed, f"plan {year}", key))


def _iso(days: pd.Series) -> list[str]:
    return [d.isoformat() for d in days]


def plan_sheet(world: World, quarter: int) -> pd.DataFrame:
    """Give the rows of a Laporan SKP: everybody on the list, and the state of the plan."""
    people, city = world.history.people, world.city
    person = np.flatnonzero(world.history.active[:, quarter] & people["listed"].to_numpy())
    post, team = world.history.post[person, quarter], world.history.team[person, quarter]
    unit = city.posts["unit"].to_numpy()[np.where(post >= 0, post, team)]
    rows = pd.DataFrame({"person": person, "unit": unit, "is_acting": False})
    names, year = city.units["name"].to_numpy(dtype=object), world.starts[quarter].year
    rng = np.random.default_rng([world.seed, quarter, 71])
    state = rng.choice(np.array(["persetujuan", "pengajuan", "draft", ""], dtype=object), len(person), p=[0.965, 0.02, 0.005, 0.01])
    none = state == ""
    title = titles_of_posts(world, person, post, np.zeros(len(person), dtype=bool))
    post_type = np.where(post >= 0, city.posts["post_type"].to_numpy()[post], people["post_type"].to_numpy()[person])
    code = np.array([POST_CODES[p] for p in post_type], dtype=object)

    def filled(values: Texts | str) -> Texts:
        return np.where(none, np.array("-", dtype=object), np.asarray(values, dtype=object))

    return arrange("ekinerja-skp", {
        "skp_id": filled(_plan_ids(world, rows, year)), "id": dashed(people["asn_id"].to_numpy())[person], "jenis": 1,
        "nip": people["nip"].to_numpy(dtype=object)[person], "nama": people["name"].to_numpy(dtype=object)[person], "jabatan": title,
        "is_skp": (~none).astype(int), "unit": names[unit], "jenis_pegawai": people["employment"].to_numpy(dtype=object)[person],
        "skp_status": state, "skp_model": filled(np.where(post_type == "struktural", "kuantitatif", "kualitatif")),
        "skp_unor": filled(names[unit]), "skp_unor_atasan": filled(names[city.posts["unit"].to_numpy()[np.maximum(team, 0)]]),
        "skp_unor_induk": names[city.units["opd"].to_numpy()[unit]], "skp_jabatan": filled(title), "skp_jenis_jabatan": filled(code),
        "periode_awal": filled(f"{year}-01-01"), "periode_akhir": filled(f"{year}-12-31"), "is_plt_plh": 0,
        "created_at": filled(f"{year}-01-15 08:30:00")}, len(person))


def unit_sheet(world: World) -> pd.DataFrame:
    """Give the rows of the unit tree; a child may stand above its parent."""
    units, ids = world.city.units, np.char.upper(unit_ids(world).astype(str)).astype(object)
    parent = units["parent"].to_numpy()
    frame = pd.DataFrame({"ID": ids, "NAMA_UNOR": units["name"], "ID_ATASAN": np.where(parent >= 0, ids[parent], "")})
    order = np.random.default_rng([world.seed, 72]).permutation(len(frame))
    return frame.iloc[order]


def predikat_sheet(world: World, quarter: int, period: str, on: date) -> pd.DataFrame:
    """Give the paper list of one quarter as it was typed in: the predikat of each OPD."""
    listed = world.unit_predikat.loc[world.unit_predikat["quarter"] == quarter]
    names = world.city.units["name"].to_numpy(dtype=object)[listed["unit"]]
    year, part = period.split("-")
    words_of = [export_label("unit_predikat", c) for c in listed["predikat"]]
    return arrange("predikat-unit", {
        "ID UNOR": np.char.upper(unit_ids(world)[listed["unit"]].astype(str)).astype(object), "UNIT KERJA": names,
        "PERIODE": f"Triwulan {('I', 'II', 'III', 'IV')[int(part[1]) - 1]} {year}", "PREDIKAT": words_of,
        "DITETAPKAN OLEH": "WALI KOTA", "TANGGAL PENETAPAN": on.strftime("%d-%m-%Y")}, len(listed))


def attendance_sheet(world: World, month: date) -> pd.DataFrame:
    """Give the attendance recap of one month."""
    people = world.history.people
    rows = world.attendance.loc[world.attendance["month"] == month]
    person, q = rows["person"].to_numpy(), int(rows["quarter"].iloc[0])
    post, team = world.history.post[person, q], world.history.team[person, q]
    unit = world.city.posts["unit"].to_numpy()[np.where(post >= 0, post, team)]
    return arrange("presensi", {
        "NIP": people["nip"].to_numpy(dtype=object)[person], "NAMA": people["name"].to_numpy(dtype=object)[person],
        "UNIT KERJA": world.city.units["name"].to_numpy(dtype=object)[unit], "BULAN": month.strftime("%m-%Y"),
        "HARI KERJA": rows["days_due"].to_numpy(), "TIDAK HADIR": rows["days_absent"].to_numpy(),
        "MENIT TERLAMBAT": rows["late_minutes"].to_numpy()}, len(rows))


def training_sheet(world: World, year: int) -> pd.DataFrame:
    """Give the training list of one year, with the columns of a planned course."""
    rows = world.courses.enrolments
    rows = rows.loc[[d.year == year for d in rows["start"]]]
    people, person = world.history.people, rows["person"].to_numpy()
    q = rows["quarter"].to_numpy()
    post, team = world.history.post[person, q], world.history.team[person, q]
    unit = world.city.posts["unit"].to_numpy()[np.where(post >= 0, post, team)]
    names = world.city.units["name"].to_numpy(dtype=object)
    done, invited = rows["completed"].to_numpy(), rows["invited"].to_numpy()
    return arrange("pelatihan", {
        "NIP_BARU": "'" + people["nip"].to_numpy(dtype=object)[person], "NAMA": people["name"].to_numpy(dtype=object)[person],
        "NAMA_DIKLAT": rows["course"].to_numpy(), "TEMPAT ": "KOTA KUPANG", "PENYELENGGARA": "BKPPD KOTA KUPANG",
        "ANGKATAN": [("I", "II", "III")[w - 1] for w in rows["wave"]], "TAHUN": year, "TANGGAL_MULAI": _iso(rows["start"]),
        "TANGGAL_SELESAI": _iso(rows["end"]), "NO_STTPP": [f"800/{i + 1:03d}/CONTOH/{year}" if d else "" for i, d in enumerate(done)],
        "TANGGAL_STTPP": np.where(done, _iso(rows["end"]), ""), "JUMLAH_JAM": rows["hours"].to_numpy(), "SATKER": names[unit],
        "SATKER_INDUK": names[world.city.units["opd"].to_numpy()[unit]],
        "SASARAN": np.where(rows["effective"], "evaluator", "staff"), "CARA_PENUGASAN": rows["assigned_by"].to_numpy(),
        "SKOR": _number_or_blank(rows["score"]), "BATAS": _number_or_blank(rows["cut"]),
        "GELOMBANG": rows["wave"].to_numpy(), "DIUNDANG": np.where(invited, "ya", "tidak"), "JAM_HADIR": np.where(done, rows["hours"], 0),
        "LULUS": np.where(done, "ya", "tidak")}, len(rows))


def _number_or_blank(values: pd.Series) -> Texts:
    return np.array(["" if np.isnan(v) else float(v) for v in values.to_numpy(dtype=float)], dtype=object)


def objection_sheet(world: World) -> pd.DataFrame:
    """Give the list of objections to the round that was corrected; every second row names the appraisal by person and period."""
    rows, this = world.objections.sort_values(["filed_at", "appraisal"], ignore_index=True), world.revised.round
    people, person = world.history.people, rows["person"].to_numpy()
    post, team = world.history.post[person, this.last], world.history.team[person, this.last]
    unit = world.city.posts["unit"].to_numpy()[np.where(post >= 0, post, team)]
    by_id = np.arange(len(rows)) % 2 == 0
    return arrange("keberatan", {
        "ID PENILAIAN": np.where(by_id, dashed(rows["appraisal"].to_numpy()), ""), "NIP": people["nip"].to_numpy(dtype=object)[person],
        "NAMA": people["name"].to_numpy(dtype=object)[person], "UNIT KERJA": world.city.units["name"].to_numpy(dtype=object)[unit],
        "PERIODE": this.words, "TANGGAL PENGAJUAN": _day_first(rows["filed_at"]),
        "TINGKAT": export_label("objection_level", "atasan_pejabat_penilai"), "BATAS WAKTU": _day_first(rows["due_at"]),
        "TANGGAL KEPUTUSAN": _day_first(rows["decided_at"]),
        "KEPUTUSAN": [export_label("objection_decision", d) for d in rows["decision"]]}, len(rows))


def _day_first(days: pd.Series) -> list[str]:
    return [d.strftime("%d-%m-%Y") for d in days]


def city_words() -> str:
    """The second title row of e-Kinerja."""
    return f"Instansi {words.CITY.title()}"
