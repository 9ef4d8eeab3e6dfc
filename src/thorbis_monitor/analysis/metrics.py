"""Metrics over time, whatever instrument they were recorded with.

Rows become points as they do for rules, so that a chart shows what its rule sees.
"""

from datetime import datetime
from typing import Any

from thorbis_monitor.analysis.questions.metric_catalogue import find_sources
from thorbis_monitor.analysis.questions.metric_points import LOOKBACK, PointsQuery, points_sql
from thorbis_monitor.analysis.questions.sql import BOUNDS, Parameters
from thorbis_monitor.store.telemetry import Telemetry


def distribution(
    telemetry: Telemetry, name: str, key: str, since: datetime, until: datetime, **parameters: object
) -> list[dict[str, Any]]:
    """How the samples of ``(since, until]`` are distributed: rows of ``key``, ``samples``, ``total`` and ``p95``.

    ``key`` groups them: SQL of the caller's own over ``TimeUnix`` and ``Attributes``, never text from outside.
    The 95th percentile is a t-digest (about 1 % of rank); samples of a histogram count at the upper bound of
    their bucket.
    """
    columns = "sum(n) AS samples, sum(s) AS total, quantileTDigestWeightedArray(0.95)(qv, qw) AS p95"
    return _ask(telemetry, name, key, columns, since, until, parameters)


def total(
    telemetry: Telemetry, name: str, key: str, since: datetime, until: datetime, **parameters: object
) -> list[dict[str, Any]]:
    """What a counter counted in ``(since, until]``: rows of ``key`` and ``total``."""
    return _ask(telemetry, name, key, "sum(s) AS total", since, until, parameters)


def _ask(
    telemetry: Telemetry,
    name: str,
    key: str,
    columns: str,
    since: datetime,
    until: datetime,
    parameters: dict[str, object],
) -> list[dict[str, Any]]:
    sources = find_sources(telemetry, [name], since - LOOKBACK, until)
    if not sources:
        return []
    bound = Parameters()
    points = PointsQuery(window=until - since, now=until, distributions="p95" in columns)
    source = points_sql(points, sources, bound)
    return telemetry.query(
        f"SELECT {key} AS key, {columns} FROM ({source}) GROUP BY key HAVING sum(n) > 0 ORDER BY key {BOUNDS}",
        {**bound.values, **parameters},
    )
