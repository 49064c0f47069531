"""The person register: the only place where a random `person_id` meets names and numbers.

It lives in the vault, a folder outside the study that only its owner may open. Only `evalkit.tables` and
`evalkit.report.naming` use it. Nothing of it is ever printed, logged, or put into the text of an error.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from evalkit.tables import atomic
from evalkit.tables.register_file import SCHEMA, Person, digest_of_file, latest, rows_of, stamp

__all__ = ["IDENTIFIERS", "NUMBERS", "Person", "Register", "Resolution"]
NUMBERS = ("nip", "ni_pppk", "nip_lama")
IDENTIFIERS = ("asn", *NUMBERS, "code")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_Row = tuple[str, str]


@dataclass(frozen=True)
class Resolution:
    """Who is who in one file: `ids` by file key; `aliases` (old id -> id that remains); `collisions` (file keys)."""

    ids: dict[str, str]
    aliases: dict[str, str]
    collisions: tuple[str, ...]


class Register:
    """The register of one vault.

    Parameters
    ----------
    vault : Path
        The folder; it is made, for its owner only, when something is first written.
    """

    def __init__(self, vault: Path) -> None:
        self.vault = vault
        self._file = vault / "register.parquet"

    def resolve(self, people: pd.DataFrame, on: date | None = None) -> dict[str, str]:
        """Give each person of a file her `person_id`, making new ones where needed, and store what was learnt.

        Parameters
        ----------
        people : DataFrame
            Columns `key`, `kind` (`asn`, `nip`, `ni_pppk`, `nip_lama`, `code`), `value`, `name`; rows that share `key` are
            one person.
        on : date, optional
            The day of the file; by default today.

        Returns
        -------
        dict of str to str
            File key -> `person_id` (`p` and 12 random letters and digits).

        Examples
        --------
        >>> import tempfile
        >>> people = pd.DataFrame({"key": ["nip:1", "nip:1"], "kind": ["nip", "asn"], "value": ["1", "ab"], "name": ["", ""]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     register = Register(Path(folder) / "vault")
        ...     first = register.resolve(people)["nip:1"]
        ...     register.resolve(people)["nip:1"] == first, len(first)
        (True, 13)
        """
        resolution, rows = self.match(people, on or date.today())
        self.save(rows)
        return resolution.ids

    def match(self, people: pd.DataFrame, on: date) -> tuple[Resolution, pd.DataFrame]:
        """Say who is who without storing anything; give the register as it would become.

        Raises
        ------
        RegisterError
            If the register cannot be read.

        Notes
        -----
        A person is known by any of her identifiers. Two persons whom a file shows to be one are joined only when nothing
        contradicts it: at most one SIASN id, and numbers with one birth date (a PPPK who becomes PNS gets a new number with
        the same one). Else they stay two, and the file key is a collision.
        """
        register = self._read()
        rows = _rows(people)
        ids, register, rest = _known(register, rows, on)
        if rest.empty:
            return Resolution(ids, {}, ()), register
        book, collisions = _Book.of(register, on), []
        for key, identifiers, name in _by_key(rest):
            person, clash = book.person(identifiers)
            ids[key] = person
            if clash:
                collisions.append(key)
            elif name:
                book.see(person, "name", name)
        final = {key: book.remaining(person) for key, person in ids.items()}
        aliases = {old: book.remaining(old) for old in book.aliases}
        return Resolution(final, aliases, tuple(collisions)), book.frame()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the vault while a file is matched and stored: two studies may share it."""
        from filelock import FileLock

        self._make()
        with FileLock(self.vault / ".lock"):
            yield

    def _make(self) -> None:
        self.vault.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.vault.chmod(0o700)

    def save(self, rows: pd.DataFrame) -> None:
        """Store the register as `match` gave it: whole or not at all, readable by its owner only."""
        self._make()
        atomic.sweep_aside(self.vault)
        atomic.write_parquet(self._file, pa.Table.from_pandas(rows, schema=SCHEMA, preserve_index=False), mode=0o600)

    def names(self, person_ids: Iterable[str]) -> dict[str, Person]:
        """Give the latest name and number of persons; who is not in the register is left out.

        Raises
        ------
        RegisterError
            If the register cannot be read.
        """
        known = latest(self._file, stamp(self._file))
        return {p: known[p] for p in sorted(set(person_ids)) if p in known}

    def digest(self) -> str:
        """Give a digest of the whole register: names that come out of it are the same while it is."""
        return digest_of_file(self._file, stamp(self._file))

    def _read(self) -> pd.DataFrame:
        return rows_of(self._file)


def _rows(people: pd.DataFrame) -> pd.DataFrame:
    """Give the identifiers of a file as they are compared: one row each, placeholders left out unless a key has nothing else."""
    rows = people[["key", "kind", "value", "name"]].astype(object)
    rows = rows.where(rows.notna(), "").astype(str)
    value = rows["value"].str.strip()
    value = value.where(rows["kind"] != "asn", value.str.replace("-", "", regex=False).str.lower())
    rows = rows.assign(value=value.where(~value.isin(["-", "0"]), ""), name=rows["name"].str.strip())
    bare = rows[rows["value"] == ""]
    nothing = bare[~bare["key"].isin(rows.loc[rows["value"] != "", "key"])]
    return pd.concat([rows[rows["value"] != ""], nothing.assign(kind="code", value=nothing["key"])], ignore_index=True)


def _known(register: pd.DataFrame, rows: pd.DataFrame, on: date) -> tuple[dict[str, str], pd.DataFrame, pd.DataFrame]:
    """Settle the keys whose identifiers all belong to one person already: most of a repeated export, without a loop."""
    entries = list(zip(register["person_id"], register["kind"], register["value"], strict=True))
    exact = set(entries)
    owner = {_space((kind, value)): person for person, kind, value in entries if kind != "name"}
    found = [(key, owner.get(_space((kind, value)), ""), kind, value, name)
             for key, kind, value, name in zip(rows["key"], rows["kind"], rows["value"], rows["name"], strict=True)]
    ids: dict[str, str] = {}
    unsettled = {key for key, person, kind, value, _ in found
                 if (person, kind, value) not in exact or ids.setdefault(key, person) != person}
    ids = {key: person for key, person in ids.items() if key not in unsettled}
    settled = [row for row in found if row[0] in ids]
    named = {person: name for _, person, _, _, name in settled if name}
    touched = {(person, kind, value) for _, person, kind, value, _ in settled} | {(p, "name", n) for p, n in named.items()}
    spans = [(min(first, on), max(last, on)) if entry in touched else (first, last)
             for entry, first, last in zip(entries, register["first_seen"], register["last_seen"], strict=True)]
    fresh = [(*entry, on, on) for entry in sorted(touched - exact)]
    updated = pd.DataFrame([(*e, *s) for e, s in zip(entries, spans, strict=True)] + fresh, columns=SCHEMA.names, dtype=object)
    return ids, updated, rows[rows["key"].isin(unsettled)]


def _by_key(rows: pd.DataFrame) -> list[tuple[str, list[_Row], str]]:
    """Give each file key with its identifiers, strongest kind first, and a name."""
    found: dict[str, tuple[list[_Row], list[str]]] = {}
    for key, kind, value, name in rows[["key", "kind", "value", "name"]].itertuples(index=False):
        identifiers, names = found.setdefault(key, ([], []))
        if (kind, value) not in identifiers:
            identifiers.append((kind, value))
        if name:
            names.append(name)
    rank = {kind: n for n, kind in enumerate(IDENTIFIERS)}
    return [(key, sorted(own, key=lambda r: rank.get(r[0], 9)), names[-1] if names else "") for key, (own, names) in found.items()]


def _space(row: _Row) -> _Row:
    """Give where an identifier is looked up: a NIP and an NI PPPK are one space of numbers."""
    return ("number", row[1]) if row[0] in ("nip", "ni_pppk") else row


@dataclass
class _Book:
    """The register in memory while one file is matched."""

    on: date
    rows: dict[tuple[str, str, str], tuple[date, date]]
    owner: dict[_Row, str]
    own: dict[str, set[_Row]]
    aliases: dict[str, str]

    @classmethod
    def of(cls, frame: pd.DataFrame, on: date) -> _Book:
        book = cls(on, {}, {}, {}, {})
        for person, kind, value, first, last in frame.itertuples(index=False):
            book.rows[(person, kind, value)] = (first, last)
            if kind != "name":
                book.owner[_space((kind, value))] = person
                book.own.setdefault(person, set()).add((kind, value))
        return book

    def person(self, identifiers: list[_Row]) -> tuple[str, bool]:
        """Give the person of these identifiers, and whether they contradict one another."""
        matched = list(dict.fromkeys(self.owner[_space(i)] for i in identifiers if _space(i) in self.owner))
        if not matched:
            person = self._new()
        else:
            together = set(identifiers).union(*(self.own[m] for m in matched))
            if _contradicts(together):
                return self._strongest(identifiers), True
            person = min(matched, key=lambda m: (min(self.rows[(m, *row)][0] for row in self.own[m]), m))
            for other in matched:
                if other != person:
                    self._join(other, person)
        for kind, value in identifiers:
            self.see(person, kind, value)
        return person, False

    def see(self, person: str, kind: str, value: str) -> None:
        first, last = self.rows.get((person, kind, value), (self.on, self.on))
        self.rows[(person, kind, value)] = (min(first, self.on), max(last, self.on))
        if kind != "name":
            self.owner[_space((kind, value))] = person
            self.own.setdefault(person, set()).add((kind, value))

    def remaining(self, person: str) -> str:
        while person in self.aliases:
            person = self.aliases[person]
        return person

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame([(*key, *span) for key, span in sorted(self.rows.items())], columns=SCHEMA.names)

    def _strongest(self, identifiers: list[_Row]) -> str:
        """Give the owner of the strongest identifier; where nobody owns it, a new person who owns only that one."""
        kind, value = identifiers[0]
        if _space((kind, value)) not in self.owner:
            self.see(self._new(), kind, value)
        return self.owner[_space((kind, value))]

    def _join(self, old: str, new: str) -> None:
        for key in [k for k in self.rows if k[0] == old]:
            first, last = self.rows.pop(key)
            was = self.rows.get((new, *key[1:]), (first, last))
            self.rows[(new, *key[1:])] = (min(first, was[0]), max(last, was[1]))
        for row in self.own.pop(old):
            self.owner[_space(row)] = new
            self.own[new].add(row)
        self.aliases[old] = new

    @staticmethod
    def _new() -> str:
        return "p" + "".join(secrets.choice(_LETTERS) for _ in range(12))


def _contradicts(identifiers: set[_Row]) -> bool:
    """Tell whether these cannot all belong to one person: two SIASN ids, or numbers with two birth dates."""
    asn = {v for k, v in identifiers if k == "asn"}
    births = {v[:8] for k, v in identifiers if k in ("nip", "ni_pppk") and len(v) == 18}
    return len(asn) > 1 or len(births) > 1
