"""The quadrant over one pair of ratings and over a whole table, on whichever engine holds the table."""

from __future__ import annotations

from itertools import groupby

import narwhals as nw

from evalkit.instruments import quadrant
from evalkit.instruments.catalog import load
from evalkit.instruments.labels import codes
from evalkit.scoring.engine import Frame, closed, opened

ADDED = ("predikat_quadrant", "quadrant_status", "quadrant_reason", "contradicts")


def predikat(hasil_kerja: str | None, perilaku_kerja: str | None, instrument: str = quadrant.DEFAULT) -> str | None:
    """Give the predikat that the quadrant sets for two ratings; `None` if either is missing or unknown.

    Parameters
    ----------
    hasil_kerja, perilaku_kerja : str or None
        Codes ``di_atas``, ``sesuai``, ``di_bawah``.
    instrument : str
        Name of a categorical instrument.

    Notes
    -----
    A lookup, no weighted sum. Source: annex of PermenPANRB 6/2022 (seen in program code; unconfirmed).

    Examples
    --------
    >>> predikat("di_atas", "di_atas"), predikat("di_atas", "di_bawah"), predikat(None, "sesuai")
    ('sangat_baik', 'kurang', None)
    """
    return quadrant.lookup(hasil_kerja, perilaku_kerja, instrument)


def score_quadrant(frame: Frame, instrument: str = quadrant.DEFAULT) -> Frame:
    """Add to every appraisal what the quadrant sets for its two ratings, and whether its predikat is another.

    Every row gets an answer or a reason: ``not_rated`` (neither rating), ``incomplete`` (one of them), ``unknown_rating``
    (a word that is no rating). A row without predikat contradicts nothing (`False`).

    Parameters
    ----------
    frame : pandas, polars, DuckDB, Dask or any frame that narwhals knows
        Columns `hasil_kerja`, `perilaku_kerja`, `predikat` with codes or missing values; other columns go along.
    instrument : str
        Name of a categorical instrument: all rows are scored by it.

    Returns
    -------
    The same kind of frame
        With `predikat_quadrant` (code or missing), `quadrant_status` (``scored``, ``not_scored``), `quadrant_reason`
        (missing if scored) and `contradicts` (boolean). The caller's frame is left as it was.

    Raises
    ------
    InstrumentError
        If the instrument has no quadrant.

    Notes
    -----
    The official predikat is never replaced: a contradiction is a fault to be looked into. On a lazy engine nothing is
    computed before it is asked for.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"hasil_kerja": ["sesuai", None], "perilaku_kerja": ["di_atas", None], "predikat": ["baik", None]})
    >>> score_quadrant(rows)[["predikat_quadrant", "quadrant_reason"]].astype(object).where(lambda x: x.notna(), "").values.tolist()
    [['baik', ''], ['', 'not_rated']]
    """
    work, behaviour, found = nw.col("hasil_kerja"), nw.col("perilaku_kerja"), nw.col("predikat_quadrant")
    no_word = nw.lit(None, dtype=nw.String)
    reason = (nw.when(work.is_null() & behaviour.is_null()).then(nw.lit("not_rated"))
              .when(~(_known(work) & _known(behaviour))).then(nw.lit("unknown_rating"))
              .when(found.is_null()).then(nw.lit("incomplete")).otherwise(no_word))
    status = nw.when(found.is_null()).then(nw.lit("not_scored")).otherwise(nw.lit("scored"))
    differs = nw.when(found.is_null() | nw.col("predikat").is_null()).then(nw.lit(False)).otherwise(found != nw.col("predikat"))
    scored = opened(frame, ["hasil_kerja", "perilaku_kerja", "predikat"]).with_columns(_lookup(instrument).alias("predikat_quadrant")).with_columns(
        status.alias("quadrant_status"), reason.alias("quadrant_reason"), differs.alias("contradicts"))
    return closed(scored, frame)


def _known(rating: nw.Expr) -> nw.Expr:
    """A missing rating is not unknown."""
    return rating.is_null() | rating.is_in(list(codes("rating")))


def _lookup(instrument: str) -> nw.Expr:
    """Build the nine cells as one expression, cells of one predikat together."""
    work, behaviour = nw.col("hasil_kerja"), nw.col("perilaku_kerja")
    expression = nw.lit(None, dtype=nw.String)
    by_predikat = sorted(quadrant.cells(load(instrument)).items(), key=lambda cell: cell[1])
    for label, group in groupby(by_predikat, key=lambda cell: cell[1]):
        hit = None
        for (of_work, of_behaviour), _ in group:
            cell = (work == of_work) & (behaviour == of_behaviour)
            hit = cell if hit is None else hit | cell
        if hit is not None:
            expression = nw.when(hit).then(nw.lit(label)).otherwise(expression)
    return expression
