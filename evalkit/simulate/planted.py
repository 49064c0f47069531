"""Genuine faults in the last export, of the kinds that happen: each must be found, told, and cost no good row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.simulate.people import opaque

RULES = ("nip as number", "nip as number", "predikat against quadrant", "predikat against quadrant", "unknown unit",
         "impossible date", "same id twice")


def plant(frame: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Damage a handful of rows of a Laporan Penilaian.

    Parameters
    ----------
    frame : DataFrame
        The sheet as it would be without faults.
    seed : int

    Returns
    -------
    tuple of DataFrame
        The damaged sheet, one row longer (a row that stands twice with another result), and the truth: row of the sheet
        counted from 0, skp_penilaian_id, nip as it should be, and the kind of fault.
    """
    rng = np.random.default_rng([seed, 74])
    plain = (frame["hasil_akhir"] == "BAIK") & (frame["hasil_kerja"] == "SESUAI EKSPEKTASI") & (frame["is_skp_plt_plh_pjb"] == 0)
    # Whoever stands twice (moved, or acts for another) is left alone: her rows are a test of their own.
    plain &= ~frame["nip"].duplicated(keep=False)
    rows = np.sort(rng.choice(np.flatnonzero(plain), len(RULES), replace=False))
    rows = rng.permutation(rows)
    out = frame.astype({"nip": object})
    truth = pd.DataFrame({"row": rows, "appraisal": frame["skp_penilaian_id"].to_numpy()[rows],
                          "nip": frame["nip"].to_numpy()[rows], "kind": RULES})
    gone = str(opaque(seed, "unit that was abolished", [0])[0])
    year = int(frame["tahun_skp"].iloc[0])
    changed: dict[str, dict[str, str | float]] = {
        "predikat against quadrant": {"hasil_akhir": "SANGAT BAIK"},
        "unknown unit": {"skp_unor": "SEKSI YANG SUDAH DIHAPUS",
                         "skp_unor_id": f"{gone[:8]}-{gone[8:12]}-{gone[12:16]}-{gone[16:20]}-{gone[20:]}"},
        "impossible date": {"waktu_dinilai": f"{year}-10-32 09:15:00"}, "same id twice": {}}
    for row, kind in zip(rows.tolist(), RULES, strict=True):
        # What a spreadsheet keeps of a NIP is a double, whose last digits are those of somebody else.
        new = changed.get(kind, {"nip": float(str(frame["nip"].iloc[row]))})
        for column, value in new.items():
            out.loc[row, column] = value
    twice = out.iloc[[rows[-1]]].copy()
    twice["hasil_kerja"], twice["hasil_akhir"] = "DIBAWAH EKSPEKTASI", "CUKUP"
    return pd.concat([out, twice], ignore_index=True), truth
