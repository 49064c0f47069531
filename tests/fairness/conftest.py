"""Published tables that several tests of the room use."""

from __future__ import annotations

import pandas as pd
import pytest

# Admitted and rejected men, admitted and rejected women, by department: R's UCBAdmissions.
ADMISSIONS = {"A": (512, 313, 89, 19), "B": (353, 207, 17, 8), "C": (120, 205, 202, 391), "D": (138, 279, 131, 244),
              "E": (53, 138, 94, 299), "F": (22, 351, 24, 317)}


@pytest.fixture(scope="session")
def admissions() -> pd.DataFrame:
    """The 4,526 applicants to six departments at Berkeley in 1973, one row a person."""
    cells = [(dept, sex, admitted, n) for dept, counts in ADMISSIONS.items()
             for (sex, admitted), n in zip([("Male", True), ("Male", False), ("Female", True), ("Female", False)], counts, strict=True)]
    table = pd.DataFrame(cells, columns=["dept", "sex", "admitted", "n"])
    return table.loc[table.index.repeat(table["n"])].drop(columns="n").reset_index(drop=True)
