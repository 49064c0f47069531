"""How one result came about: step by step, each with its article and whether that was confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from evalkit.instruments.catalog import load
from evalkit.instruments.instrument import Fact, InForce, Instrument
from evalkit.instruments.labels import codes
from evalkit.instruments.quadrant import contradicts, lookup
from evalkit.scoring.bands import predikat_2021
from evalkit.scoring.composite import composite

PATTERN_RULE, OBJECTION_RULE = "se-menpanrb-3-2023", "pp-30-2019"


@dataclass(frozen=True)
class Step:
    """One step. Its sentence stands in the catalogue under ``scoring.step.<key>``.

    `values` are put into the sentence as they are, `words` are catalogue keys whose words are put in. `article` says where
    the rule stands, in which `instrument`; `confirmed` is false where its text was not read.
    """

    key: str
    article: str
    instrument: str
    confirmed: bool
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sources: tuple[str, ...] = ()


def derive(appraisal: Mapping[str, Any], instrument: Instrument) -> tuple[Step, ...]:
    """Derive the result of one appraisal under one instrument, and compare it with the result on file.

    Every mapping gets an answer: what is missing or contradicts is a step that says so.

    Parameters
    ----------
    appraisal : mapping
        A row of the table `appraisals`. Read are `hasil_kerja`, `perilaku_kerja`, `predikat`, `rated_by_kind`,
        `period_end` (date, to check the dates in force), `unit_predikat`, `is_rule_determined`; in the numeric regime
        `skp`, `perilaku`, `weights` (``70_30`` or ``60_40``) and `new_idea`. Whatever is absent counts as missing.
    instrument : Instrument
        The instrument under which the appraisal was made.

    Returns
    -------
    tuple of Step
        In the order of the regulation.

    Notes
    -----
    Explains; it sets nothing. No name or number of a person enters a step. A contradiction between the predikat on file and
    the quadrant is told, never corrected.

    Examples
    --------
    >>> steps = derive({"hasil_kerja": "sesuai", "perilaku_kerja": "sesuai", "predikat": "baik"}, load("permenpanrb-6-2022"))
    >>> [(step.key, step.confirmed) for step in steps if step.key in ("quadrant", "agrees")]
    [('quadrant', False), ('agrees', False)]
    """
    steps = [_in_force(appraisal, instrument)]
    if instrument.regime == "categorical" and instrument.facts("quadrant"):
        steps += _categorical(appraisal, instrument)
    elif instrument.regime == "numeric" and instrument.facts("weights"):
        steps += _numeric(appraisal, instrument)
    else:
        steps.append(Step("no_rule", instrument.title, instrument.name, False))
    return (*steps, *_objection(instrument))


def _in_force(appraisal: Mapping[str, Any], instrument: Instrument) -> Step:
    day, force = appraisal.get("period_end"), instrument.in_force
    key = "instrument" if not isinstance(day, date) or instrument.applies_on(day) else "instrument_not_in_force"
    return Step(key, instrument.title, instrument.name, force.mark in ("confirmed", "derived"), _span(force))


def _span(force: InForce) -> dict[str, str]:
    ends = {"start": force.start, "end": force.end}
    return {name: "…" if day is None else day.isoformat() for name, day in ends.items()}


def _step(key: str, fact: Fact, words: Mapping[str, str] | None = None, values: Mapping[str, str] | None = None) -> Step:
    return Step(key, fact.article, fact.instrument, fact.confirmed, MappingProxyType(dict(values or {})),
                MappingProxyType(dict(words or {})), tuple(source.id for source in fact.sources))


def _code(appraisal: Mapping[str, Any], name: str, kind: Any) -> str | None:
    """A code of the kind; any other content of the cell counts as missing."""
    value = appraisal.get(name)
    return value if isinstance(value, str) and value in codes(kind) else None


def _categorical(appraisal: Mapping[str, Any], rule: Instrument) -> list[Step]:
    work, behaviour = _code(appraisal, "hasil_kerja", "rating"), _code(appraisal, "perilaku_kerja", "rating")
    found, filed = lookup(work, behaviour, rule.name), _code(appraisal, "predikat", "predikat")
    steps = _unit_steps(appraisal, rule)
    steps += [_rating("hasil_kerja", work, rule), _rating("perilaku_kerja", behaviour, rule), _evaluator(appraisal, rule)]
    if found is None:
        steps.append(_step("quadrant_missing", rule.facts("quadrant")[0]))
    else:
        fact = rule.fact(f"quadrant.{work}.{behaviour}")
        steps.append(_step("quadrant", fact, {"work": f"rating.{work}", "behaviour": f"rating.{behaviour}",
                                              "predikat": f"predikat.{found}"}))
    steps.append(_comparison(work, behaviour, found, filed, rule))
    if rule.facts("weights"):
        steps.append(_step("no_weights", rule.fact("weights")))
    return steps


def _unit_steps(appraisal: Mapping[str, Any], rule: Instrument) -> list[Step]:
    unit = _code(appraisal, "unit_predikat", "unit_predikat")
    order = rule.fact("evaluation.steps")
    if unit is None:
        return [_step("unit_missing", order)]
    binding = load(PATTERN_RULE).fact("binding")
    return [_step("unit", order, {"unit_predikat": f"predikat.{unit}"}),
            _step("pattern", binding, {"unit_predikat": f"predikat.{unit}"})]


def _rating(name: str, rating: str | None, rule: Instrument) -> Step:
    fact = rule.fact("evaluation.steps")
    return _step(f"{name}_missing", fact) if rating is None else _step(name, fact, {"rating": f"rating.{rating}"})


def _evaluator(appraisal: Mapping[str, Any], rule: Instrument) -> Step:
    if appraisal.get("is_rule_determined") is True:
        return _step("head", rule.fact("head.hasil_kerja_from_unit"))
    kind = appraisal.get("rated_by_kind")
    key = f"evaluator_{kind}" if kind in ("superior", "other") else "evaluator_unknown"
    return _step(key, rule.fact("evaluator"))


def _comparison(work: str | None, behaviour: str | None, found: str | None, filed: str | None, rule: Instrument) -> Step:
    cell = rule.facts("quadrant")[0]
    if filed is None:
        return _step("not_rated" if found is None else "predikat_missing", cell)
    words = {"predikat": f"predikat.{filed}"}
    if found is None:
        return _step("not_checked", cell, words)
    if contradicts(work, behaviour, filed, rule.name):
        return _step("contradicts", cell, {**words, "expected": f"predikat.{found}"})
    return _step("agrees", cell, words)


def _numeric(appraisal: Mapping[str, Any], rule: Instrument) -> list[Step]:
    option = str(appraisal.get("weights"))
    score = composite(appraisal.get("skp"), appraisal.get("perilaku"), option)
    if score.value is None:
        return [_step("composite_missing", rule.facts("weights")[0], {"reason": f"scoring.reason.{score.reason}"})]
    fact, idea = score.facts[0], appraisal.get("new_idea") is True
    values = {"skp": str(appraisal["skp"]), "perilaku": str(appraisal["perilaku"]), "score": str(score.value),
              "weights": option.replace("_", "/")}
    steps = [_step("composite", fact, values=values)]
    band = predikat_2021(score.value, idea)
    if band.label is None:
        return [*steps, _step("composite_missing", fact, {"reason": f"scoring.reason.{band.reason}"})]
    key = "band_with_idea" if idea else "band"
    return [*steps, _step(key, band.facts[0], {"predikat": f"scoring.predikat_2021.{band.label}"}, {"score": str(score.value)})]


def _objection(rule: Instrument) -> tuple[Step, ...]:
    """The right to object, by the regulation that was read, then what the rule's own chapter is thought to say."""
    if rule.family != "regulation":
        return ()
    read = load(OBJECTION_RULE).fact("objection.days")
    steps = [_step("objection", read, values={"days": str(read.value)})]
    own = [fact for fact in rule.facts("objection.days") if fact.instrument != read.instrument]
    steps += [_step("objection_own", fact, values={"days": str(fact.value)}) for fact in own]
    return tuple(steps)
