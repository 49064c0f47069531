"""Who works in the city: invented people with identifiers that keep the rules, and the dates of their service."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.simulate import words

NEVER = 9999  # a quarter that is never reached
_PENSION = {"ordinary": 58, "late": 60}  # batas usia pensiun: 60 for teachers and heads of OPD
_EMPLOYMENT = {"guru": (0.62, 0.34, 0.04), "health": (0.70, 0.25, 0.05), "audit": (0.95, 0.05, 0.0), "office": (0.68, 0.18, 0.14)}
_NEW = (0.25, 0.60, 0.15)  # most new posts of these years are PPPK
KIND_OF_CONTRACT = ("pns", "pppk", "pppk_paruh_waktu")
_GRADES = {2: ("IV/b", "IV/c"), 3: ("III/d", "IV/a"), 4: ("III/c", "III/d"), 5: ("III/d", "IV/a")}

Ints = npt.NDArray[np.int64]


def opaque(seed: int, domain: str, keys: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Turn integers into 32 hexadecimal digits that reveal nothing of them; equal keys give equal digits.

    Parameters
    ----------
    seed : int
        Seed of the city.
    domain : str
        What the keys are; equal keys of two domains give different digits.
    keys : array of int, shape (n,)

    Notes
    -----
    SplitMix64 twice. Not for secrecy: the people are invented.

    Examples
    --------
    >>> opaque(1, "unit", [0]) == opaque(1, "person", [0])
    array([False])
    """
    salt = np.uint64(abs(hash_text(domain)) ^ (seed & 0xFFFFFFFF))
    numbers = np.atleast_1d(np.asarray(keys)).astype(np.uint64)
    with np.errstate(over="ignore"):
        high = _mix(numbers * np.uint64(0x9E3779B97F4A7C15) + salt)
        low = _mix(high ^ _mix(numbers + np.uint64(0xD1B54A32D192ED03)))
    return np.array([f"{h:016x}{w:016x}" for h, w in zip(high.tolist(), low.tolist(), strict=True)], dtype=object)


def hash_text(text: str) -> int:
    """Give the same number for the same text on every machine (the built-in hash is salted).

    Examples
    --------
    >>> hash_text("a") == hash_text("a") != hash_text("b")
    True
    """
    value = 14695981039346656037
    for byte in text.encode():
        value = ((value ^ byte) * 1099511628211) % 2**63
    return value


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def draw_people(rng: np.random.Generator, roles: pd.DataFrame, starts: tuple[date, ...], seed: int) -> pd.DataFrame:
    """Draw one person for each role.

    Parameters
    ----------
    rng : numpy.random.Generator
    roles : DataFrame, one row a person
        `kind` of work, `level` (0 for people without subordinates), `hired` (position of the first quarter; 0 for
        those who were there before).
    starts : tuple of date
        First days of the quarters.
    seed : int
        For the opaque ids.

    Returns
    -------
    DataFrame
        asn_id, nip, name, sex, born, employment, grade, education, title, post_type, appointed, leaves (position of the
        quarter in which the person retires, `NEVER` if after the span), and the columns of `roles`.

    Notes
    -----
    As in the samples the day of birth equals the month and serial numbers lie in the 900s, so that no number can be that
    of a real person.
    """
    n = len(roles)
    people = roles.reset_index(drop=True).copy()
    people["employment"] = _employment(rng, people)
    people["sex"] = np.where(rng.random(n) < np.where(people["kind"].isin(["guru", "health"]), 0.64, 0.47), "F", "M")
    late = ((people["kind"] == "guru") | (people["level"].between(1, 2))).to_numpy()
    pension = np.where(late, _PENSION["late"], _PENSION["ordinary"])
    year, month = _births(rng, people, pension, starts[0])
    people["born"] = [date(y, m, m) for y, m in zip(year.tolist(), month.tolist(), strict=True)]
    people["leaves"] = _leaves(year, month, pension, starts)
    people["appointed"] = _appointed(rng, people, year, starts)
    people["nip"] = _numbers(rng, people)
    people["asn_id"] = opaque(seed, "person", np.arange(n))
    people["name"] = _names(rng, people["sex"].to_numpy())
    _posts(rng, people)
    return people


def _employment(rng: np.random.Generator, people: pd.DataFrame) -> npt.NDArray[np.object_]:
    shares = np.array([_EMPLOYMENT[k] for k in people["kind"]])
    shares[people["hired"].to_numpy() > 0] = _NEW
    shares[people["level"].to_numpy() > 0] = (1.0, 0.0, 0.0)
    which = (rng.random((len(people), 1)) > shares.cumsum(axis=1)).sum(axis=1)
    chosen: npt.NDArray[np.object_] = np.array(KIND_OF_CONTRACT, dtype=object)[np.minimum(which, 2)]
    return chosen


def _births(rng: np.random.Generator, people: pd.DataFrame, pension: Ints, start: date) -> tuple[Ints, Ints]:
    n = len(people)
    head, new = people["level"].to_numpy() > 0, people["hired"].to_numpy() > 0
    contract = people["employment"].to_numpy() != "pns"
    low = np.where(new, 1986, np.where(contract, 1974, start.year - pension))
    high = np.where(head, 1988, np.where(new, 2001, np.where(contract, 1999, 1998)))
    year = np.floor(low + (high - low + 1) * rng.beta(1.5, 1.5, n)).astype(np.int64)
    month = rng.integers(1, 13, n)
    # Nobody of the first list may already be retired on its day.
    gone = (year + pension) * 12 + month + 1 <= start.year * 12 + start.month
    year = np.where(gone, year + 2, year)
    return year, month


def _leaves(year: Ints, month: Ints, pension: Ints, starts: tuple[date, ...]) -> Ints:
    """Position of the quarter that holds the first day of the month after the last birthday in service."""
    months = (year + pension) * 12 + month  # month 0 = January of the year: the month after the birthday
    position = (months - (starts[0].year * 12 + starts[0].month - 1)) // 3
    return np.where(position < len(starts), np.maximum(position, 0), NEVER)


def _appointed(rng: np.random.Generator, people: pd.DataFrame, year: Ints, starts: tuple[date, ...]) -> list[date]:
    n = len(people)
    pns = people["employment"].to_numpy() == "pns"
    own = np.where(pns, np.minimum(year + rng.integers(22, 31, n), starts[0].year - 2), rng.integers(2021, starts[0].year + 1, n))
    month = np.where(pns, rng.choice([1, 3, 12], n), 3)
    hired = people["hired"].to_numpy()
    return [starts[h] if h else date(y, m, 1) for h, y, m in zip(hired.tolist(), own.tolist(), month.tolist(), strict=True)]


def _numbers(rng: np.random.Generator, people: pd.DataFrame) -> pd.Series:
    """NIP: birth 8, appointment YYYYMM, sex, serial 3. NI PPPK: birth 8, year 4, contract 2, sex, serial 3."""
    pns = (people["employment"] == "pns").to_numpy()
    contract = 21 + (rng.random(len(people)) < 0.2)
    stem = pd.Series([f"{b:%Y%m%d}{a.year}{a.month if p else c:02d}{1 if s == 'M' else 2}" for b, a, p, c, s in zip(
        people["born"], people["appointed"], pns, contract.tolist(), people["sex"], strict=True)])
    serial = stem.groupby(stem).cumcount() + 901
    return stem + serial.astype(str)


def _names(rng: np.random.Generator, sex: npt.NDArray[np.object_]) -> list[str]:
    n = len(sex)
    first, second = rng.integers(0, 30, n), rng.integers(0, 45, n)
    family = rng.integers(0, len(words.FAMILY), n)
    names = []
    for s, i, j, k in zip(sex, first, second, family, strict=True):
        given = words.GIVEN[s]
        middle = f" {given[j]}" if j < len(given) and j != i else ""
        names.append(f"{given[i]}{middle} {words.FAMILY[k]}")
    return names


def _posts(rng: np.random.Generator, people: pd.DataFrame) -> None:
    """Title, kind of post, grade and education of people without subordinates; heads take the title of their post."""
    n = len(people)
    kind, pns = people["kind"].to_numpy(), (people["employment"] == "pns").to_numpy()
    expert = (kind != "office") | (rng.random(n) < 0.22)
    expert &= (people["employment"] != "pppk_paruh_waktu").to_numpy() | (kind == "guru")
    pick = rng.random(n)
    titles, grades = [], []
    for k, p, e, u, level in zip(kind, pns, expert, pick, people["level"], strict=True):
        pool = words.FUNCTIONAL[k if p else f"{k}_pppk"] if e else (words.GENERAL if p else words.GENERAL_PPPK)
        titles.append(pool[int(u * len(pool))])
        ranks = _GRADES.get(level, ("III/a", "III/b", "III/c", "III/d") if e else ("II/c", "II/d", "III/a", "III/b"))
        grades.append(ranks[int(u * len(ranks))] if p else ("IX" if e and "AHLI" in titles[-1] else "VII" if e else "V"))
    people["title"] = titles
    people["grade"] = np.where(people["employment"] == "pppk_paruh_waktu", "I", grades)
    people["post_type"] = np.where(expert, "fungsional", "pelaksana")
    people["education"] = np.where(people["level"].between(1, 3), "S-2", np.where(
        expert | (pick > 0.55), "S-1/Sarjana", np.where(pick > 0.25, "Diploma III/Sarjana Muda", "SLTA")))
