"""The linked ratings as files: forms that came back one by one, and those that a clerk copied together into one sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from evalkit.collect.workbook import FormFile, form_id, period_words, workbook_bytes
from evalkit.instruments.labels import export_label
from evalkit.instruments.layout import Layout, load_layouts
from evalkit.instruments.vignettes import packet
from evalkit.simulate.collected_ratings import LinkedRatings
from evalkit.simulate.sheets import arrange
from evalkit.simulate.workbook import write_sheet
from evalkit.simulate.world import World
from evalkit.tables.form_sheets import ANY_STUDY, FormCode

SINGLE = 2  # forms of the last quarter that were not copied together
_CODES = ("di_bawah", "sesuai", "di_atas")
_RELATION = {"self": "Diri sendiri", "superior": "Atasan langsung", "peer": "Rekan kerja", "subordinate": "Bawahan"}


def write_vignettes(folder: Path, world: World, linked: LinkedRatings, period: str, back: int) -> list[Path]:
    """Write what evaluators answered to the vignettes of a quarter.

    Parameters
    ----------
    folder : Path
        Where the files go.
    world : World
    linked : LinkedRatings
    period : str
        The quarter.
    back : int
        How many quarters before the last.

    Returns
    -------
    list of Path
        One sheet with most of the forms; in the last quarter a few forms by themselves.
    """
    layout, rows = load_layouts()["formulir-vinyet"], linked.vignettes
    rows = rows.loc[rows["back"] == back]
    frame = _filled(layout, {**_person(world, rows["person"], "NIP Penilai", "Nama Penilai"), "Periode": period_words(period),
                             "Paket": rows["form"].to_numpy(), "Vinyet": rows["code"].to_numpy(), **_items(layout, rows)}, rows["person"], period)
    people = np.unique(rows["person"].to_numpy())
    single = people[-SINGLE:] if back == 0 else people[:0]
    together = ~np.isin(rows["person"].to_numpy(), single)
    paths = [_sheet(folder / f"formulir-vinyet-terkumpul-{period}.xlsx", layout, frame[together], period)]
    for n, person in enumerate(single, start=1):
        own = frame[rows["person"].to_numpy() == person]
        path = folder / f"formulir-vinyet-{period}-{n}.xlsx"
        answers = [{str(k): v for k, v in r.items() if v != "" and k != "Kode formulir"} for r in own.to_dict("records")]
        identity = form_id("vinyet", period, str(person))
        path.write_bytes(workbook_bytes(layout, FormFile(path.name, identity, answers, "", packet("A")), study=ANY_STUDY, period=period))
        paths.append(path)
    return paths


def write_key(folder: Path, linked: LinkedRatings, period: str) -> Path:
    """Write what the experts answered, all in one form."""
    layout, rows = load_layouts()["kunci-vinyet"], linked.key
    frame = _filled(layout, {"Pakar": rows["expert"].to_numpy(), "Paket": rows["form"].to_numpy(), "Vinyet": rows["code"].to_numpy(),
                             **_items(layout, rows)}, pd.Series("pakar", index=rows.index), period)
    return _sheet(folder / f"kunci-vinyet-{period}.xlsx", layout, frame, period)


def write_doubles(folder: Path, world: World, linked: LinkedRatings, period: str) -> Path:
    """Write the blind second ratings, copied together."""
    layout, rows = load_layouts()["penilaian-ganda"], linked.doubles
    words = np.array([export_label("rating", c) for c in _CODES], dtype=object)
    frame = _filled(layout, {**_person(world, rows["rater"], "NIP Penilai Kedua", "Nama Penilai Kedua"), "Periode": period_words(period),
                             **_person(world, rows["object"], "NIP yang Dinilai", "Nama yang Dinilai"), "Hasil Kerja": words[rows["hasil"]],
                             "Perilaku Kerja": words[rows["perilaku"]]}, rows["rater"], period)
    return _sheet(folder / f"penilaian-ganda-{period}.xlsx", layout, frame, period)


def write_survey(folder: Path, linked: LinkedRatings, period: str) -> Path:
    """Write the answers to the survey of perceived fairness, copied together."""
    layout, rows = load_layouts()["survei-keadilan"], linked.survey
    frame = _filled(layout, {"Responden": rows["respondent"].to_numpy(), "Periode": period_words(period), "Kelompok": rows["group"].to_numpy(),
                             **_items(layout, rows)}, pd.Series("survei", index=rows.index), period)
    return _sheet(folder / f"survei-keadilan-{period}.xlsx", layout, frame, period)


def feedback_frame(world: World, linked: LinkedRatings, period: str) -> pd.DataFrame:
    """Give the answers to the 360 as a web form exports them."""
    rows, layout = linked.feedback, load_layouts()["formulir-360"]
    nip = world.history.people["nip"].to_numpy(dtype=object)
    stamps = [f"{world.as_of.year}/10/{1 + i % 9:02d} 9:{i % 60:02d}:05 AM GMT+8" for i in range(len(rows))]
    columns: dict[str, object] = {
        "Timestamp": stamps, "NIP Penilai": nip[rows["rater"]], "NIP yang Dinilai": nip[rows["object"]],
        "Hubungan dengan yang dinilai": rows["role"].map(_RELATION).to_numpy(dtype=object), "Periode": period_words(period), "Saran": ""}
    return arrange("formulir-360", {**columns, **_items(layout, rows)}, len(rows))


def _person(world: World, person: pd.Series, number: str, name: str) -> dict[str, object]:
    people = world.history.people
    return {c: people[k].to_numpy(dtype=object)[person.to_numpy()] for c, k in ((number, "nip"), (name, "name"))}


def _items(layout: Layout, rows: pd.DataFrame) -> dict[str, object]:
    """Give the answers by header; 0 is an empty cell."""
    answers = rows[[c for c in rows.columns if c.startswith("a") and c[1:].isdigit()]].to_numpy()
    return {h: np.where(answers[:, j] == 0, "", answers[:, j].astype(object)) for j, h in enumerate(layout.items)}


def _filled(layout: Layout, columns: Mapping[str, object], who: pd.Series, period: str) -> pd.DataFrame:
    form = layout.form
    if form is None:
        raise ValueError(layout.name)
    known = {p: str(FormCode(form.code, form.version, form.digest, ANY_STUDY, form_id(form.code, period, str(p)))) for p in who.unique()}
    cells = {**columns, "Kode formulir": who.map(known).to_numpy(dtype=object)}
    return pd.DataFrame({h: cells.get(h, "") for h in form.columns}, index=pd.RangeIndex(len(who)))


def _sheet(path: Path, layout: Layout, frame: pd.DataFrame, period: str) -> Path:
    form = layout.form
    if form is None:
        raise ValueError(layout.name)
    titles = [form.title.format(period=period_words(period)), str(frame["Kode formulir"].iloc[0]), *form.how, ""]
    write_sheet(path, layout.sheet, list(frame.columns), frame, titles)
    return path
