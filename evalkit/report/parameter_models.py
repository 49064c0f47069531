"""What each report notebook may be told: a model a notebook, with the type, the default and the meaning of every parameter."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PERIOD = r"^(19|20)\d\d(-(0[1-9]|1[0-2])|-Q[1-4]|-S[12])?$"


def _day(text: str) -> str:
    if text:
        date.fromisoformat(text)
        if len(text) != 10:
            raise ValueError
    return text


class ReportParameters(BaseModel):
    """What every notebook is told: the study's folder, the period, the day whose data count, and the language."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    study: Annotated[str, Field(min_length=1, description="map studi, atau map satu rilis / folder of the study or of a release")]
    period: Annotated[str, Field(pattern=PERIOD, description="periode: 2026-09, 2026-Q3, 2026-S2, 2026 / period")]
    as_of: Annotated[str, AfterValidator(_day), Field(description="data sampai hari itu; kosong: semua / data up to that day; empty: all")] = ""
    language: Annotated[Literal["id", "en"], Field(description="bahasa halaman / language of the page")] = "id"


_Unit = Annotated[str, Field(description="unit, nama map atau kode; kosong: seluruh kota / unit, its folder or code; empty: the whole city")]


class MonitorParameters(ReportParameters):
    """`unit` empty: the whole city."""

    unit: _Unit = ""


class EvaluationParameters(ReportParameters):
    """`unit` empty: the whole city."""

    unit: _Unit = ""


class BiasAnalysisParameters(ReportParameters):
    """`unit` empty: the whole city. `attributes` are checked against those of the study when the report is planned."""

    unit: _Unit = ""
    window: Annotated[int, Field(ge=0, le=40, description="periode yang dilihat; 0: menurut studi / periods looked back over; 0: the study's")] = 0
    attributes: Annotated[list[str], Field(description="ciri yang dibandingkan; kosong: semua / attributes compared; empty: all")] = []


class RatingsEvaluationParameters(ReportParameters):
    """A study of rating files, without appraisals."""


class RatingsBiasParameters(ReportParameters):
    """A study of rating files, without appraisals."""


class FeedbackParameters(ReportParameters):
    """`unit` empty: the whole city. `min_raters` 0: the study's; a lower number than the study's changes nothing."""

    unit: _Unit = ""
    min_raters: Annotated[int, Field(ge=0, le=50, description="penilai paling sedikit tiap peran; 0: menurut studi / least raters of a role")] = 0


_Course = Annotated[str, Field(pattern=r"^[a-z0-9-]{0,80}$", description="pelatihan: nama dengan tanda hubung; kosong: semua, satu halaman "
                                                                            "tiap pelatihan / course; empty: all, a page each")]


class TrainingPlanParameters(ReportParameters):
    """`course` empty: a page for each course that has a plan."""

    course: _Course = ""


class TrainingImpactParameters(ReportParameters):
    """`course` empty: a page for each course that has begun. The outcomes are those of its frozen plan."""

    course: _Course = ""


MODELS: dict[str, type[ReportParameters]] = {
    "monitor": MonitorParameters,
    "evaluation": EvaluationParameters,
    "bias_analysis": BiasAnalysisParameters,
    "feedback_360": FeedbackParameters,
    "training_plan": TrainingPlanParameters,
    "training_impact": TrainingImpactParameters,
    "ratings_evaluation": RatingsEvaluationParameters,
    "ratings_bias": RatingsBiasParameters,
}
