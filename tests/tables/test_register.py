"""The person register: one person stays one, two stay two, and nothing of it is shown."""

from __future__ import annotations

import os
import string
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import RegisterError
from evalkit.tables.register import Register

ASN, NIP, OTHER = "a" * 32, "199001012015031901", "199001012021211902"


def people(*rows: tuple[str, str, str], name: str = "NAMA CONTOH") -> pd.DataFrame:
    return pd.DataFrame([(*r, name) for r in rows], columns=["key", "kind", "value", "name"])


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "vault")


def test_the_vault_is_for_its_owner_only(register: Register) -> None:
    register.resolve(people(("nip:1", "nip", NIP)))
    if os.name != "nt":
        assert register.vault.stat().st_mode & 0o777 == 0o700
        assert (register.vault / "register.parquet").stat().st_mode & 0o777 == 0o600


def test_the_id_that_siasn_and_ekinerja_share_is_one_however_it_is_written(register: Register) -> None:
    dashed = f"{ASN[:8]}-{ASN[8:12]}-{ASN[12:16]}-{ASN[16:20]}-{ASN[20:]}".upper()
    first = register.resolve(people(("k1", "asn", ASN)))["k1"]
    assert register.resolve(people(("k2", "asn", dashed)))["k2"] == first


def test_a_pppk_who_becomes_pns_stays_one_person_and_shows_the_new_number(register: Register) -> None:
    before = register.resolve(people(("k", "asn", ASN), ("k", "ni_pppk", OTHER)), date(2025, 1, 1))["k"]
    after = register.resolve(people(("k", "asn", ASN), ("k", "nip", NIP)), date(2026, 1, 1))["k"]
    assert before == after
    assert register.names([after])[after].nip == NIP
    assert register.resolve(people(("old", "nip", OTHER)))["old"] == after


def test_an_old_file_taken_in_late_does_not_bring_the_old_number_back(register: Register) -> None:
    register.resolve(people(("k", "asn", ASN), ("k", "nip", NIP)), date(2026, 1, 1))
    person = register.resolve(people(("k", "asn", ASN), ("k", "ni_pppk", OTHER), name="NAMA LAMA"), date(2025, 1, 1))["k"]
    found = register.names([person])[person]
    assert (found.nip, found.name) == (NIP, "NAMA CONTOH")


def test_two_persons_who_turn_out_to_be_one_are_joined(register: Register) -> None:
    first = register.resolve(people(("a", "asn", ASN)), date(2025, 1, 1))["a"]
    second = register.resolve(people(("n", "nip", NIP)), date(2025, 2, 1))["n"]
    assert first != second
    resolution, rows = register.match(people(("k", "asn", ASN), ("k", "nip", NIP)), date(2025, 3, 1))
    assert resolution.ids == {"k": first}
    assert resolution.aliases == {second: first}
    assert not resolution.collisions
    register.save(rows)
    assert register.resolve(people(("n", "nip", NIP)))["n"] == first


@pytest.mark.parametrize("second", [("b" * 32, NIP), (ASN, "198001012005011903")])
def test_two_persons_whom_a_file_takes_for_one_stay_two(register: Register, second: tuple[str, str]) -> None:
    first = register.resolve(people(("k", "asn", ASN), ("k", "nip", NIP)))["k"]
    other = register.resolve(people(("m", "asn", "b" * 32), ("m", "nip", "198001012005011903")))["m"]
    resolution, rows = register.match(people(("x", "asn", second[0]), ("x", "nip", second[1])), date(2026, 1, 1))
    assert resolution.collisions == ("x",)
    assert resolution.ids["x"] == (other if second[0] != ASN else first)
    register.save(rows)
    assert register.resolve(people(("k", "nip", NIP)))["k"] == first
    assert register.resolve(people(("m", "nip", "198001012005011903")))["m"] == other


def test_a_placeholder_is_no_identifier(register: Register) -> None:
    ids = register.resolve(people(("a", "nip_lama", "-"), ("a", "nip", NIP), ("b", "nip_lama", "-"), ("b", "nip", OTHER)))
    assert ids["a"] != ids["b"]


def test_who_is_not_known_is_left_out(register: Register) -> None:
    assert register.names(["p" + "a" * 12]) == {}


def test_nothing_of_a_person_is_printed(register: Register, tmp_path: Path) -> None:
    person = register.resolve(people(("k", "nip", NIP)))["k"]
    shown = repr(register) + repr(register.names([person])) + str(register.__dict__)
    assert NIP not in shown
    assert "NAMA" not in shown
    (register.vault / "register.parquet").write_bytes(NIP.encode() + b"NAMA CONTOH")
    with pytest.raises(RegisterError) as caught:
        register.names([person])
    assert NIP not in str(caught.value)


IDENTIFIERS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["asn", "nip", "ni_pppk", "nip_lama"]), st.integers(0, 5)),
                       min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(IDENTIFIERS, min_size=1, max_size=4))
def test_every_key_gets_one_lasting_id_whatever_comes(tmp_path_factory: pytest.TempPathFactory,
                                                        files: list[list[tuple[int, str, int]]]) -> None:
    register = Register(tmp_path_factory.mktemp("v") / "vault")
    for rows in files:
        frame = people(*((f"k{key}", kind, f"{kind}{value}") for key, kind, value in rows))
        ids = register.resolve(frame)
        assert set(ids) == set(frame["key"])
        assert all(len(i) == 13 and i[0] == "p" and set(i[1:]) <= set(string.ascii_lowercase + "234567") for i in ids.values())
        again, _ = register.match(frame, date.today())
        if not again.collisions:
            assert again.ids == register.resolve(frame)
