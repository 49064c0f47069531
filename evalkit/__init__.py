"""evalkit: ratings of civil servants, from the files of an office to its reports."""

__version__ = "0.1.0"
