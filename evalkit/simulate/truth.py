"""The truth behind the files, as tables: what an analysis of the files should find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from evalkit.simulate.evaluators import NOISE_SD, truth_of_evaluators
from evalkit.simulate.ratings import GAPS, Outcome, gap_of
from evalkit.simulate.training import COPYING_AFTER, SPLITTING_AFTER
from evalkit.simulate.world import World


def truth_tables(world: World, faults: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Give every table of the truth: name -> frame. People are named by position; `persons` has their identifiers.

    Parameters
    ----------
    world : World
    faults : DataFrame
        The planted faults of the last export.

    Returns
    -------
    dict of str to DataFrame
        persons, evaluators, copying, gaps, rotations, acting, transfers, promotions, away, training, training_effect, staff_training_effect,
        unit_predikat, revisions, objections, expected, units, faults.
    """
    history = world.history
    people = history.people.drop(columns=["post", "team"]).assign(ability=world.evaluators.ability).reset_index(names="person")
    units = world.city.units.reset_index(names="unit")
    return {
        "persons": people, "units": units, "evaluators": truth_of_evaluators(world.evaluators, history),
        "copying": _copying(world), "gaps": gaps(world), "rotations": history.rotations, "acting": history.acting,
        "transfers": history.transfers, "promotions": history.promotions, "away": history.away,
        "training": world.courses.enrolments, "training_effect": pd.DataFrame({
            "effect": ["copying", "splitting"], "factor": [COPYING_AFTER, np.nan], "chance_after": [np.nan, SPLITTING_AFTER]}),
        "staff_training_effect": world.courses.effects,
        "unit_predikat": world.unit_predikat, "revisions": world.revisions, "objections": world.objections,
        "expected": _expected(world), "faults": faults}


def _copying(world: World) -> pd.DataFrame:
    """One row an evaluator and round: how many people, how many of them repeated from the round before."""
    frames = []
    for outcome in world.outcomes:
        rows = outcome.rows.loc[outcome.rows["main"]]
        counts = rows.groupby("rater", as_index=False).agg(n=("copied", "size"), copied=("copied", "sum"))
        frames.append(counts.assign(population=outcome.round.population, period=outcome.round.period, last=outcome.round.last))
    return pd.concat(frames, ignore_index=True)


def gaps(world: World) -> pd.DataFrame:
    """Give the gaps: on the latent scale, and as a difference of the chance of Sangat Baik.

    ``difference = mean over the group's rows of P(latent > threshold) - P(the same row without the group's gap)``

    Returns
    -------
    DataFrame
        attribute, group, latent, difference, n; the last round of quarterly rated people, before any copying.

    Notes
    -----
    The counterfactual keeps evaluator, team and ability: what a comparison within evaluators estimates.
    """
    outcome = next(o for o in reversed(world.outcomes) if o.round.population == "asn")
    mean, threshold = _mean(world, outcome), outcome.threshold
    people = world.history.people.loc[outcome.rows["person"]]
    post = outcome.rows["post"].to_numpy()
    struktural = (post >= 0) & (world.city.posts["post_type"].to_numpy()[post] == "struktural")
    rows = []
    for (attribute, group), size in GAPS.items():
        inside = struktural if attribute == "post_type" else (people[attribute] == group).to_numpy()
        with_gap = norm.sf(threshold, mean[inside], NOISE_SD).mean()
        without = norm.sf(threshold, mean[inside] - size, NOISE_SD).mean()
        rows.append({"attribute": attribute, "group": group, "latent": size, "difference": with_gap - without, "n": int(inside.sum())})
    return pd.DataFrame(rows)


def _mean(world: World, outcome: Outcome) -> np.ndarray:
    rows, habits = outcome.rows, world.evaluators
    mean: np.ndarray = (habits.team[rows["team"]] - habits.severity[rows["rater"]] + habits.ability[rows["person"]]
                        + gap_of(world.history, rows, world.city))
    return mean


def _expected(world: World) -> pd.DataFrame:
    """One row a round and OPD: who was expected, and who was rated when the export was drawn."""
    frames = []
    for outcome in world.outcomes:
        rows = outcome.rows.loc[outcome.rows["main"]]
        opd = world.city.units["opd"].to_numpy()[rows["unit"]]
        star = (rows["hasil"] == 2) & (rows["perilaku"] == 2) & rows["rated"]
        counts = rows.assign(opd=opd, star=star).groupby("opd", as_index=False).agg(
            expected=("person", "size"), rated=("rated", "sum"), sangat_baik=("star", "sum"))
        frames.append(counts.assign(population=outcome.round.population, period=outcome.round.period))
    result = pd.concat(frames, ignore_index=True)
    result["opd_name"] = world.city.units["name"].to_numpy()[result["opd"]]
    return result


def write_truth(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write each table as Parquet into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
