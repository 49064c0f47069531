"""The units and posts of the city: which unit lies under which, which post heads what, and who would report to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.simulate import words

FULL = 6500
KINDS = ("guru", "health", "audit", "office")
MAYOR, SECRETARY = 0, 1
SMALLEST = 150


@dataclass(frozen=True)
class City:
    """The skeleton of the city, before anybody holds a post.

    `units`: name, parent (position, -1 for the city itself), opd (position of the OPD's own row), kind, district.
    `posts`: unit, title, parent (position of the post above), level (0 mayor, 1 secretary, 2 head of OPD, 3 to 5 below),
    post_type, echelon, kind of work, and one weight of staff for each kind of work.
    """

    units: pd.DataFrame
    posts: pd.DataFrame

    @property
    def opd_units(self) -> np.ndarray:
        """Positions of the units that are an OPD."""
        rows = self.units.index.to_numpy()
        return rows[(self.units["opd"] == rows).to_numpy() & (rows > 0)]


@dataclass
class _Builder:
    share: float
    units: list[dict[str, object]] = field(default_factory=list)
    posts: list[dict[str, object]] = field(default_factory=list)

    def count(self, full: int, least: int = 1) -> int:
        """Scale a number of units down for a small city."""
        return max(least, round(full * self.share))

    def unit(self, name: str, parent: int, opd: int, kind: str, district: str = "") -> int:
        here = len(self.units)
        self.units.append({"name": name, "parent": parent, "opd": here if opd < 0 else opd, "kind": kind, "district": district})
        return here

    def post(self, unit: int, title: str, parent: int, level: int, *, echelon: str = "", kind: str = "office",
             staff: dict[str, float] | None = None) -> int:
        self.posts.append({"unit": unit, "title": title, "parent": parent, "level": level, "echelon": echelon, "kind": kind,
                           "post_type": "struktural" if echelon else "fungsional",
                           **{f"staff_{k}": (staff or {}).get(k, 0.0) for k in KINDS}})
        return len(self.posts) - 1

    def secretariat(self, opd: int, name: str, head: int, level: int = 3, echelon: str = "III.a") -> int:
        """The secretary of an office and the subsections under that post."""
        unit = self.unit(f"SEKRETARIAT {name}", opd, opd, "sekretariat")
        title = f"SEKRETARIS {name}"
        secretary = self.post(unit, title, head, level, echelon=echelon, staff={"office": 1.0})
        for part in ("UMUM DAN KEPEGAWAIAN", "KEUANGAN DAN PERENCANAAN")[:self.count(2)]:
            # The same name stands in many offices: units are told apart by their id.
            sub = self.unit(f"SUBBAGIAN {part}", unit, opd, "subbagian")
            self.post(sub, f"KEPALA SUBBAGIAN {part}", secretary, 4, echelon="IV.a", staff={"office": 3.4})
        return secretary

    def divisions(self, opd: int, name: str, head: int, number: int, sections: int, kind: str = "office") -> None:
        for area in words.BIDANG[:self.count(number, 2)]:
            unit = self.unit(f"BIDANG {area} {name}", opd, opd, "bidang")
            chief = self.post(unit, f"KEPALA BIDANG {area}", head, 3, echelon="III.b", staff={kind: 1.0})
            for part in words.SEKSI[:self.count(sections)]:
                section = self.unit(f"SEKSI {part} {area} {name}", unit, opd, "seksi")
                self.post(section, f"KEPALA SEKSI {part} {area}", chief, 4, echelon="IV.a", staff={kind: 2.7})


def build_city(employees: int = FULL) -> City:
    """Make the units and posts of a city with `employees` people.

    From about 4,000 people it has all 43 OPD, 51 kelurahan and about 900 posts with subordinates; a smaller city has
    fewer of each, and at least one of every kind.

    Parameters
    ----------
    employees : int
        People at the end of the span, at least 150.

    Returns
    -------
    City
        No random number is drawn: the skeleton depends on the size only.

    Raises
    ------
    EstimationError
        If `employees` is below 150: the posts with subordinates alone would be more than that.

    Notes
    -----
    The number of OPD and their names are invented where no public list was found; the 51 kelurahan are public.

    Examples
    --------
    >>> city = build_city(6500)
    >>> len(city.opd_units), int((city.units["kind"] == "kelurahan").sum())
    (43, 51)
    """
    if employees < SMALLEST:
        raise EstimationError(f"A city needs at least {SMALLEST} employees; {employees} were asked for.")
    share = min(1.0, employees / FULL)
    b = _Builder(share)
    root = b.unit(words.CITY, -1, -1, "kota")
    mayor = b.post(root, "WALI KOTA", -1, 0)
    number = int(np.clip(round(employees / 60), 8, len(words.OPD))) if employees >= 900 else 8
    setda = b.unit(words.OPD[0][0], root, -1, "setda")
    secretary = b.post(setda, "SEKRETARIS DAERAH", mayor, 1)
    _setda(b, setda, secretary)
    for name, kind in words.OPD[1:number]:
        opd = b.unit(name, setda, -1, kind, name.removeprefix("KECAMATAN ") if kind == "kecamatan" else "")
        # Half of the heads report to the mayor: he is an evaluator outside every list, and so is the secretary.
        above = mayor if kind in ("inspektorat", "setwan", "dinas", "kesehatan") else secretary
        _OFFICES.get(kind, _office)(b, opd, name, above)
    units = pd.DataFrame(b.units)
    posts = pd.DataFrame(b.posts)
    posts["opd"] = units["opd"].to_numpy()[posts["unit"]]
    return City(units, posts)


def _setda(b: _Builder, opd: int, secretary: int) -> None:
    areas = iter(words.BAGIAN)
    for i in range(b.count(3)):
        unit = b.unit(f"ASISTEN {('I', 'II', 'III')[i]}", opd, opd, "asisten")
        assistant = b.post(unit, f"ASISTEN {('I', 'II', 'III')[i]} SEKRETARIAT DAERAH", secretary, 2, echelon="II.b")
        for _ in range(b.count(3)):
            area = next(areas)
            bagian = b.unit(f"BAGIAN {area}", unit, opd, "bagian")
            chief = b.post(bagian, f"KEPALA BAGIAN {area}", assistant, 3, echelon="III.a", staff={"office": 2.0})
            for part in words.SEKSI[:b.count(2)]:
                sub = b.unit(f"SUBBAGIAN {part} {area}", bagian, opd, "subbagian")
                b.post(sub, f"KEPALA SUBBAGIAN {part} {area}", chief, 4, echelon="IV.a", staff={"office": 3.0})


def _office(b: _Builder, opd: int, name: str, above: int) -> None:
    head = b.post(opd, f"KEPALA {name}", above, 2, echelon="II.b")
    b.secretariat(opd, name, head)
    b.divisions(opd, name, head, 4, 2)


def _setwan(b: _Builder, opd: int, name: str, above: int) -> None:
    head = b.post(opd, "SEKRETARIS DPRD", above, 2, echelon="II.b")
    b.divisions(opd, name, head, 4, 2)


def _inspectorate(b: _Builder, opd: int, name: str, above: int) -> None:
    head = b.post(opd, "INSPEKTUR DAERAH", above, 2, echelon="II.b")
    b.secretariat(opd, name, head)
    for i in range(b.count(4, 2)):
        unit = b.unit(f"INSPEKTUR PEMBANTU {('I', 'II', 'III', 'IV')[i]}", opd, opd, "bidang")
        b.post(unit, f"INSPEKTUR PEMBANTU {('I', 'II', 'III', 'IV')[i]}", head, 3, echelon="III.a", staff={"audit": 8.0})


def _education(b: _Builder, opd: int, name: str, above: int) -> None:
    head = b.post(opd, f"KEPALA {name}", above, 2, echelon="II.b")
    b.secretariat(opd, name, head)
    b.divisions(opd, name, head, 4, 2)
    for kind, number in (("SD", 82), ("SMP", 20), ("TK", 3)):
        for i in range(b.count(number)):
            school = b.unit(f"{kind} NEGERI CONTOH {i + 1:02d}", opd, opd, "sekolah")
            weight = {"SD": 17.0, "SMP": 29.0, "TK": 8.0}[kind]
            # A head of school is a teacher with an additional task: rated by semester, as the teachers are.
            b.post(school, f"KEPALA SEKOLAH {kind} NEGERI CONTOH {i + 1:02d}", head, 5, kind="guru",
                   staff={"guru": weight, "office": weight / 9})


def _health(b: _Builder, opd: int, name: str, above: int) -> None:
    head = b.post(opd, f"KEPALA {name}", above, 2, echelon="II.b")
    b.secretariat(opd, name, head)
    b.divisions(opd, name, head, 4, 2)
    for i in range(b.count(12)):
        centre = b.unit(f"PUSKESMAS CONTOH {i + 1:02d}", opd, opd, "puskesmas")
        chief = b.post(centre, f"KEPALA PUSKESMAS CONTOH {i + 1:02d}", head, 5, kind="health", staff={"health": 24.0})
        desk = b.unit(f"SUBBAGIAN TATA USAHA PUSKESMAS CONTOH {i + 1:02d}", centre, opd, "subbagian")
        b.post(desk, f"KEPALA SUBBAGIAN TATA USAHA PUSKESMAS CONTOH {i + 1:02d}", chief, 4, echelon="IV.a", staff={"office": 6.0})


def _hospital(b: _Builder, opd: int, name: str, above: int) -> None:
    head = b.post(opd, f"DIREKTUR {name}", above, 2, echelon="II.b")
    b.secretariat(opd, name, head)
    for area in ("PELAYANAN MEDIK", "KEPERAWATAN", "PENUNJANG"):
        unit = b.unit(f"BIDANG {area} {name}", opd, opd, "bidang")
        chief = b.post(unit, f"KEPALA BIDANG {area}", head, 3, echelon="III.b", staff={"health": 3.0})
        for i in range(b.count(6)):
            ward = b.unit(f"INSTALASI {area} {i + 1}", unit, opd, "instalasi")
            b.post(ward, f"KEPALA INSTALASI {area} {i + 1}", chief, 5, kind="health", staff={"health": 14.0})


def _district(b: _Builder, opd: int, name: str, above: int) -> None:
    area = name.removeprefix("KECAMATAN ")
    head = b.post(opd, f"CAMAT {area}", above, 2, echelon="III.a")
    b.secretariat(opd, name, head, 3, "III.b")
    for part in words.BIDANG[:b.count(4)]:
        section = b.unit(f"SEKSI {part} {name}", opd, opd, "seksi")
        b.post(section, f"KEPALA SEKSI {part} {name}", head, 4, echelon="IV.a", staff={"office": 2.6})
    villages = words.KELURAHAN[area]
    for village in villages[:b.count(len(villages), 2)]:
        unit = b.unit(f"KELURAHAN {village}", opd, opd, "kelurahan", area)
        lurah = b.post(unit, f"LURAH {village}", head, 4, echelon="IV.a", staff={"office": 3.4})
        b.post(unit, f"SEKRETARIS KELURAHAN {village}", lurah, 5, echelon="IV.b", staff={"office": 3.0})


_OFFICES = {"setwan": _setwan, "inspektorat": _inspectorate, "pendidikan": _education, "kesehatan": _health, "rsud": _hospital,
            "kecamatan": _district}
