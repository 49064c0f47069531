from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EstimationError
from evalkit.simulate.city import MAYOR, SECRETARY, build_city


@settings(max_examples=25, deadline=None)
@given(st.integers(150, 9000))
def test_every_unit_and_post_leads_to_the_top(employees):
    city = build_city(employees)
    parent = city.units["parent"].to_numpy()
    assert (parent[1:] < np.arange(1, len(parent))).all() and parent[0] == -1
    above = city.posts["parent"].to_numpy()
    assert (above[1:] < np.arange(1, len(above))).all() and above[MAYOR] == -1
    assert city.posts.loc[[MAYOR, SECRETARY], "level"].tolist() == [0, 1]
    opds = set(city.opd_units.tolist())
    assert set(city.units["opd"][1:]) == opds and len(opds) >= 8
    assert len(city.posts) < employees


def test_full_size():
    city = build_city(6500)
    assert len(city.opd_units) == 43
    kinds = city.units["kind"].value_counts()
    assert kinds["kelurahan"] == 51 and kinds["sekolah"] == 105 and kinds["puskesmas"] == 12 and kinds["kecamatan"] == 6
    assert 850 <= len(city.posts) <= 950
    assert city.units.loc[city.opd_units, "name"].is_unique
    assert not city.units["name"].is_unique  # units are told apart by id, as in the real tree


def test_a_city_that_is_too_small_is_refused():
    with pytest.raises(EstimationError, match="at least 150"):
        build_city(149)
