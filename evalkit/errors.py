"""One root error and one class a stage. A message is a sentence with its remedy."""

from __future__ import annotations


class EvalkitError(Exception):
    """Something that the user can mend; the message says where and how."""


class StudyError(EvalkitError):
    """The study folder or its `study.toml` cannot be used as it is."""


class InstrumentError(EvalkitError):
    """A regulation, form or layout file is not as its loader requires."""


class ImportFileError(EvalkitError):
    """A file was not recognised or cannot be taken; nothing of it was stored."""


class TableError(EvalkitError):
    """A table does not keep its contract."""


class RegisterError(EvalkitError):
    """The person register cannot answer."""


class ScoringError(EvalkitError):
    """A score was asked for inputs that the rule does not cover."""


class EstimationError(EvalkitError):
    """A statistic was asked with arguments that cannot be meant."""


class DeriveError(EvalkitError):
    """A derived table is unknown, undeclared, or not for this audience."""


class ExhibitError(EvalkitError):
    """An exhibit lacks what every exhibit must have, such as its text alternative."""


class ReportError(EvalkitError):
    """A report was refused or failed."""
