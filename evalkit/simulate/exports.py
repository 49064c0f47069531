"""The files that an office would have received, in the order in which they came."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd

from evalkit.instruments.layout import load_layouts
from evalkit.simulate import sheets
from evalkit.simulate.calendar import quarter_end, quarter_of
from evalkit.simulate.city import FULL
from evalkit.simulate.collected_ratings import ROUNDS, LinkedRatings, linked_ratings
from evalkit.simulate.form_files import feedback_frame, write_doubles, write_key, write_survey, write_vignettes
from evalkit.simulate.plans import write_plans
from evalkit.simulate.planted import plant
from evalkit.simulate.ratings import Outcome
from evalkit.simulate.siasn import employee_sheet
from evalkit.simulate.truth import truth_tables, write_truth
from evalkit.simulate.workbook import write_sheet
from evalkit.simulate.world import FILING_DAYS, World, build_world

_UNIT_360 = "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL"
_CORRECTED_AFTER = 55  # days after the end of the quarter


@dataclass(frozen=True)
class Delivery:
    """Files that came together: what `add` is told about them."""

    paths: tuple[Path, ...]
    period: str | None
    scope: str | None
    received_at: datetime


def write_city(folder: Path, *, seed: int, employees: int = FULL, quarters: int = 8, last: str = "2026-Q3",
               as_of: date = date(2026, 10, 12)) -> tuple[Delivery, ...]:
    """Write the files of an invented city, and its truth into `truth/` beside the folder.

    Parameters
    ----------
    folder : Path
        Where the files go, one folder a quarter; it is made. What it held of an earlier run is replaced.
    seed : int
        The same seed gives the same bytes.
    employees : int
        People in service in the last quarter; 300 with 3 quarters is a city for tests.
    quarters : int
        Length of the span.
    last : str
        The last quarter.
    as_of : date
        The day on which the office looks.

    Returns
    -------
    tuple of Delivery
        In order of time. The last export of ratings has a few faults in it, as real ones have.

    Raises
    ------
    EstimationError
        If the city or the span is too small, or `last` is no quarter.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     sent = write_city(Path(place) / "files", seed=1, employees=300, quarters=2)
    >>> sent[-1].period, sent[-1].paths[0].name
    ('2026-Q3', 'laporan-penilaian-2026-Q3.xlsx')
    """
    world = build_world(seed, employees, quarters, last, as_of)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    linked = linked_ratings(world, _UNIT_360)
    writer = _Writer(world, folder, linked)
    sent = [d for q in range(quarters) for d in writer.quarter(q)]
    faults = pd.DataFrame()
    for outcome in world.outcomes:
        last_one = outcome.round.population == "asn" and outcome.round.last == quarters - 1
        delivery, found = writer.appraisals(outcome, faulty=last_one)
        sent.append(delivery)
        faults = found if last_one else faults
    sent += [writer.corrected(), writer.objections()]
    write_truth(folder.parent / "truth", {**truth_tables(world, faults), **linked.truth})
    write_plans(folder.parent / "plans", world.courses.enrolments, seed)
    return tuple(sorted(sent, key=lambda d: (d.received_at, str(d.paths[0]))))


@dataclass(frozen=True)
class _Writer:
    world: World
    folder: Path
    linked: LinkedRatings

    def quarter(self, q: int) -> list[Delivery]:
        """Everything of one quarter but the ratings."""
        start = self.world.starts[q]
        end, period = quarter_end(start), quarter_of(start)
        pns = self._sheet(period, f"siasn-pns-{end}.xlsx", "siasn-pegawai", employee_sheet(self.world, q, contract=False))
        pppk = self._sheet(period, f"siasn-pppk-{end}.xlsx", "siasn-pegawai", employee_sheet(self.world, q, contract=True))
        found = [Delivery((pns, pppk), period, "full", datetime.combine(end, time(15)))]
        if q == 0:
            found.append(_delivery(end, 14, None, self._sheet(period, "hierarki-unor.xlsx", "unor", sheets.unit_sheet(self.world))))
        on = min(end + timedelta(days=8), self.world.as_of)
        predikat = sheets.predikat_sheet(self.world, q, period, on)
        found.append(_delivery(on, 10, period, self._sheet(period, f"predikat-unit-{period}.xlsx", "predikat-unit", predikat)))
        months = sorted(set(self.world.attendance.loc[self.world.attendance["quarter"] == q, "month"]))
        found += [self._attendance(period, month) for month in months]
        final = q == len(self.world.starts) - 1
        if end.month == 12 or final:
            frame, year = sheets.plan_sheet(self.world, q), end.year
            titles = [f"Laporan SKP Tahun {year}", sheets.city_words(), f"Periode : Tahunan {year}", *_scope_rows(on, 8)]
            found.append(_delivery(on, 11, None, self._sheet(period, f"laporan-skp-{year}.xlsx", "ekinerja-skp", frame, titles)))
            found += self._training(period, end.year, on)
        return found + self._forms(period, len(self.world.starts) - 1 - q, end)

    def _training(self, period: str, year: int, on: date) -> list[Delivery]:
        frame = sheets.training_sheet(self.world, year)
        if frame.empty:
            return []
        return [_delivery(on, 12, None, self._sheet(period, f"daftar-pelatihan-{year}.xlsx", "pelatihan", frame))]

    def _attendance(self, period: str, month: date) -> Delivery:
        frame = sheets.attendance_sheet(self.world, month)
        path = self._path(period, f"presensi-{month:%Y-%m}.csv")
        # Every second machine of the office writes semicolons and a byte order mark.
        other = month.month % 2 == 0
        frame.to_csv(path, index=False, sep=";" if other else ",", encoding="utf-8-sig" if other else "utf-8", lineterminator="\r\n")
        came = min((month + timedelta(days=36)).replace(day=5), self.world.as_of)
        return _delivery(came, 9, f"{month:%Y-%m}", path)

    def _forms(self, period: str, back: int, end: date) -> list[Delivery]:
        """Forms that people filled in: vignettes in four quarters; the key, second ratings, the 360 and the survey in the last."""
        if back not in ROUNDS:
            return []
        came = self.world.as_of - timedelta(days=1) if back == 0 else end + timedelta(days=12)
        place = self._path(period, "x").parent
        if not (self.linked.vignettes["back"] == back).any():
            return []  # nobody led anybody then
        found = [Delivery(tuple(write_vignettes(place, self.world, self.linked, period, back)), period, None, datetime.combine(came, time(15)))]
        if back == 0:
            path = self._path(period, f"formulir-360-{period}.csv")
            feedback_frame(self.world, self.linked, period).to_csv(path, index=False, lineterminator="\r\n")
            found += [_delivery(came, 16, period, path), _delivery(came, 14, period, write_key(place, self.linked, period)),
                      _delivery(came, 17, period, write_doubles(place, self.world, self.linked, period)),
                      _delivery(came, 18, period, write_survey(place, self.linked, period))]
        return found

    def appraisals(self, outcome: Outcome, *, faulty: bool) -> tuple[Delivery, pd.DataFrame]:
        """The Laporan Penilaian of one round."""
        on = self.world.as_of if faulty else outcome.round.end + timedelta(days=FILING_DAYS)
        frame, faults = sheets.appraisal_sheet(self.world, outcome), pd.DataFrame()
        if faulty:
            frame, faults = plant(frame, self.world.seed)
        name = f"laporan-penilaian-{outcome.round.period}.xlsx"
        return self._report(outcome, frame, on, name), faults

    def corrected(self) -> Delivery:
        """The export that was drawn again after objections; everybody is in it, three rows are gone."""
        this = self.world.revised.round
        frame = sheets.appraisal_sheet(self.world, self.world.revised)
        return self._report(self.world.revised, frame, self._corrected_on(), f"laporan-penilaian-{this.period}-ulang.xlsx")

    def objections(self) -> Delivery:
        """The list of objections that the office kept by hand; it came with the corrected export."""
        period = self.world.revised.round.period
        path = self._sheet(quarter_of(self.world.revised.round.end), f"keberatan-{period}.xlsx", "keberatan", sheets.objection_sheet(self.world))
        return _delivery(self._corrected_on(), 9, None, path)

    def _corrected_on(self) -> date:
        return min(self.world.revised.round.end + timedelta(days=_CORRECTED_AFTER), self.world.as_of - timedelta(days=1))

    def _report(self, outcome: Outcome, frame: pd.DataFrame, on: date, name: str) -> Delivery:
        this = outcome.round
        short = this.words.split(" Tahun ")[0]
        titles = [f"Laporan Penilaian SKP Periode {this.words}", sheets.city_words(), f"Periode : {short}", *_scope_rows(on, 7)]
        home = quarter_of(this.end)
        return _delivery(on, 8, this.period, self._sheet(home, name, "ekinerja-penilaian", frame, titles))

    def _sheet(self, period: str, name: str, layout: str, frame: pd.DataFrame, titles: list[str] | None = None) -> Path:
        path = self._path(period, name)
        write_sheet(path, load_layouts()[layout].sheet, list(frame.columns), frame, titles or [])
        return path

    def _path(self, period: str, name: str) -> Path:
        place = self.folder / period
        place.mkdir(exist_ok=True)
        return place / name


def _scope_rows(on: date, hour: int) -> list[str]:
    """Rows 4 to 7: the part of the office, and when the data were drawn (day first, no leading zeros, full stops)."""
    return ["Unor Induk : ALL", "Unor : ALL", f"Data ditarik pada : {on.day}/{on.month}/{on.year}, {hour:02d}.15.22", ""]


def _delivery(on: date, hour: int, period: str | None, path: Path) -> Delivery:
    whole = "full" if path.name.startswith("laporan-penilaian") else None  # the other layouts know no part of the office
    return Delivery((path,), period, whole, datetime.combine(on, time(hour)))
