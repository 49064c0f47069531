"""Scores of a test as an office has them, read by the mapping that its guide prints, as an outcome by which a course can be judged."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from evalkit.derive.build import build
from evalkit.tables import store
from evalkit.tables.imports import add
from evalkit.tables.study import load_study
from tests.collect.conftest import copy_of
from tests.tables.hand_made import RECEIVED


def test_the_mapping_of_the_guide_reads_test_scores(town: Path, tmp_path: Path, root: Path) -> None:
    guide = (root / "docs" / "panduan-kantor.md").read_text(encoding="utf-8")
    mapping = re.findall(r"```\n(\[\[mapping\]\]\nname = \"tes\"\n.*?)```", guide, re.S)[0]
    study = copy_of(town, tmp_path)
    with (study.root / "study.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + mapping)
    study = load_study(study.root)
    people = pd.read_excel(next((town / "files").rglob("siasn-pns*.xlsx")), dtype=str, engine="calamine").head(30)
    scores = pd.DataFrame({"NIP": people["NIP BARU"].str.strip("'"), "NILAI": [str(50 + i) for i in range(len(people))]})
    for name, some in (("nilai-tes.csv", scores), ("nilai-tes-rusak.csv", scores.assign(NILAI="140"))):
        some.to_csv(tmp_path / name, sep=";", index=False)
    done = add(study, [tmp_path / "nilai-tes.csv"], period="2026-Q3", received_at=RECEIVED)
    assert not done.refused and done.files[0].rows_refused == 0
    stored = store.read(study, "outcomes")
    assert stored["measure"].unique().tolist() == ["test"] and stored["object_kind"].unique().tolist() == ["employee"]
    found = build(study, "2026-Q3", names=("training_outcomes",)).table("training_outcomes")
    own = found[found["outcome"].eq("test").to_numpy(dtype=bool)]
    assert 20 < len(own) <= 30  # who is rated in the quarter
    assert set(own["value"].astype(float)) <= {50.0 + i for i in range(30)} and own["unit_id"].notna().all()
    beyond = add(study, [tmp_path / "nilai-tes-rusak.csv"], period="2026-Q3", received_at=RECEIVED).files[0]
    assert beyond.rows_refused == len(scores) or sum(beyond.faults.values()) >= len(scores)  # beyond the scale that the mapping states
