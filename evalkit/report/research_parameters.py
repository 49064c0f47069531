"""What a research notebook may be told: a study, a period, and where it has several a rating file or two groups."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evalkit.report.parameter_models import ReportParameters

_INSTRUMENT = "berkas penilaian; kosong: yang pertama / rating file; empty: the first"
_ATTRIBUTE = "ciri yang dibandingkan; kosong: yang pertama / attribute compared; empty: the first"
_GROUP = "kelompok; kosong: yang terbesar selain pembandingnya / group; empty: the largest beside the reference"


class ResearchParameters(ReportParameters):
    """`instrument` empty: the first rating file of the study."""

    instrument: Annotated[str, Field(description=_INSTRUMENT)] = ""


class MultiverseParameters(ResearchParameters):
    """`attribute` and `group` empty: the first attribute of the study, its largest group beside the reference."""

    attribute: Annotated[str, Field(description=_ATTRIBUTE)] = ""
    group: Annotated[str, Field(description=_GROUP)] = ""


FOLDER = "research"
NAMES = ("severity_or_team", "gaps_within_evaluators", "rotation", "linked_ratings", "multiverse", "false_claims")
RESEARCH: dict[str, type[ReportParameters]] = {
    f"research/{name}": MultiverseParameters if name == "multiverse" else ResearchParameters for name in NAMES}


def is_research(name: str) -> bool:
    """Tell whether a name of the command line means research notebooks.

    Examples
    --------
    >>> is_research("research"), is_research("research/rotation"), is_research("monitor")
    (True, True, False)
    """
    return name == FOLDER or name.startswith(f"{FOLDER}/")
