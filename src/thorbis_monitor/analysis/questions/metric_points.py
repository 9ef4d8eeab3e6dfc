"""Rows of every metric table in one shape: points.

A point says how many samples it stands for (``n``), their sum (``s``), the smallest and largest (``lo``,
``hi``) and one value (``v``). How each kind of row becomes points is told in docs/rules.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from thorbis_monitor.analysis.questions.sql import Parameters

LOOKBACK = timedelta(minutes=5)
"""How far before the window the row may lie that a cumulative row is compared with."""

TABLES = (
    "otel_metrics_gauge",
    "otel_metrics_sum",
    "otel_metrics_histogram",
    "otel_metrics_exponential_histogram",
    "otel_metrics_summary",
)

_LABELS = "MetricName, ServiceName, Attributes, ResourceAttributes, TimeUnix"
_NO_RECORDED_VALUE = 1
_DELTA, _CUMULATIVE = 1, 2


@dataclass(frozen=True, slots=True)
class PointsQuery:
    """Which points are wanted: metrics by name, over ``(now - window, now]``, perhaps with distributions."""

    names: Sequence[str]
    window: timedelta
    now: datetime
    distributions: bool = False


def points_sql(query: PointsQuery, tables: Sequence[str], parameters: Parameters) -> str:
    """A query that gives the points of these tables."""
    scope = _Scope(query, parameters)
    parts: list[str] = []
    if "otel_metrics_gauge" in tables:
        parts.append(scope.plain("otel_metrics_gauge", "1"))
    if "otel_metrics_sum" in tables:
        level = f"AggregationTemporality != {_DELTA} AND NOT IsMonotonic"
        parts.append(scope.plain("otel_metrics_sum", f"(AggregationTemporality = {_DELTA} OR {level})"))
        parts.append(scope.counter())
    for table in ("otel_metrics_histogram", "otel_metrics_exponential_histogram"):
        if table in tables:
            parts.append(scope.delta(table))
            parts.append(scope.cumulative(table, f"AggregationTemporality = {_CUMULATIVE}"))
    if "otel_metrics_summary" in tables:
        parts.append(scope.cumulative("otel_metrics_summary", "1"))
    return " UNION ALL ".join(parts)


class _Scope:
    """Writes the part of each table; the bound parameters are shared by all parts."""

    def __init__(self, query: PointsQuery, parameters: Parameters) -> None:
        names = parameters.bind(list(query.names), "Array(String)")
        self._start = parameters.moment(query.now - query.window)
        self._before = parameters.moment(query.now - query.window - LOOKBACK)
        self._end = parameters.moment(query.now)
        self._usable = f"MetricName IN {names} AND bitAnd(Flags, {_NO_RECORDED_VALUE}) = 0"
        self._distributions = query.distributions

    def plain(self, table: str, condition: str) -> str:
        """Rows that are one sample each: gauges, delta sums, and cumulative sums that may fall (a level)."""
        return self._select(
            "1", "Value", "Value", "Value", "Value", ("[Value]", "[toUInt64(1)]"),
            f"{table} WHERE {self._in_window()} AND isFinite(Value) AND {condition}",
        )  # fmt: skip

    def counter(self) -> str:
        """Cumulative counters: a row is one sample, the increase since the row before of its series."""
        rows = self._with_previous(
            "otel_metrics_sum", "Value, ", "Value", f"AggregationTemporality = {_CUMULATIVE} AND IsMonotonic"
        )
        increase = "if(restarted, Value, Value - old_Value)"
        return self._select(
            "1", "increase", "increase", "increase", "increase", ("[increase]", "[toUInt64(1)]"),
            f"(SELECT *, {increase} AS increase FROM ({rows}) WHERE isFinite(increase))",
        )  # fmt: skip

    def delta(self, table: str) -> str:
        """Histograms with delta temporality: a row stands for the samples since the row before."""
        mean = "Sum / Count"
        known = "NOT (Min = 0 AND Max = 0)"
        return self._select(
            "Count", "Sum", f"if({known}, Min, {mean})", f"if({known}, Max, {mean})", mean,
            _DISTRIBUTIONS[table](fresh=True),
            f"{table} WHERE {self._in_window()} AND AggregationTemporality = {_DELTA}"
            " AND Count > 0 AND isFinite(Sum)",
        )  # fmt: skip

    def cumulative(self, table: str, condition: str) -> str:
        """Rows that count since the start of their process: what was added since the row before."""
        columns = _BUCKET_COLUMNS.get(table, ()) if self._distributions else ()
        read = "".join(f"{column}, " for column in ("Count", "Sum", *columns))
        rows = self._with_previous(table, read, "Count", condition)
        mean = "total / added"
        weights = _DISTRIBUTIONS[table](fresh=False) if columns else (f"[{mean}]", "[added]")
        return self._select(
            "added", "total", mean, mean, mean, weights,
            f"""(SELECT *, if(restarted, Count, toUInt64(Count - old_Count)) AS added,
                if(restarted, Sum, Sum - old_Sum) AS total
            FROM ({rows}) WHERE added > 0 AND isFinite(total))""",
        )  # fmt: skip

    def _with_previous(self, table: str, columns: str, monotonic: str, condition: str) -> str:
        """Rows of the window with the row before (``old_...``), and whether they count from zero.

        A row counts from zero if its process started after the row before, or if the total fell; without a
        row before, only if its process started inside the window. Otherwise it is a base for the next.
        """
        names = [column for column in columns.replace(" ", "").split(",") if column]
        old = "".join(f"lagInFrame({name}) OVER w AS old_{name}, " for name in names)
        series = "MetricName, ServiceName, cityHash64(mapSort(Attributes), mapSort(ResourceAttributes), ScopeName)"
        return f"""SELECT *, (StartTimeUnix > {self._start}) AS born,
                (NOT seen OR StartTimeUnix > old_TimeUnix OR {monotonic} < old_{monotonic}) AS restarted
            FROM (
                SELECT {_LABELS}, StartTimeUnix, {columns}{old}
                    lagInFrame(TimeUnix) OVER w AS old_TimeUnix,
                    toUnixTimestamp64Nano(old_TimeUnix) > 0 AS seen
                FROM {table}
                WHERE {self._usable} AND TimeUnix > {self._before} AND TimeUnix <= {self._end} AND {condition}
                WINDOW w AS (PARTITION BY {series} ORDER BY TimeUnix ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
            ) WHERE TimeUnix > {self._start} AND (seen OR born)"""

    def _in_window(self) -> str:
        return f"{self._usable} AND TimeUnix > {self._start} AND TimeUnix <= {self._end}"

    def _select(self, n: str, s: str, lo: str, hi: str, v: str, distribution: tuple[str, str], source: str) -> str:
        values, weights = distribution
        extra = f", {values} AS qv, {weights} AS qw" if self._distributions else ""
        return f"""SELECT {_LABELS}, toUInt64({n}) AS n, toFloat64({s}) AS s,
            toFloat64({lo}) AS lo, toFloat64({hi}) AS hi, toFloat64({v}) AS v{extra}
            FROM {source}"""


_BUCKET_COLUMNS = {
    "otel_metrics_histogram": ("BucketCounts", "ExplicitBounds", "Max"),
    "otel_metrics_exponential_histogram": (
        "Scale", "ZeroCount",
        "PositiveOffset", "PositiveBucketCounts", "NegativeOffset", "NegativeBucketCounts",
    ),
}  # fmt: skip


def _explicit_distribution(*, fresh: bool) -> tuple[str, str]:
    """Buckets as values with weights: each stands at its upper bound, the last at the largest value known."""
    top = "greatest(ExplicitBounds[-1], Max)" if fresh else "ExplicitBounds[-1]"
    counts = (
        "BucketCounts"
        if fresh
        else """if(restarted OR length(old_BucketCounts) != length(BucketCounts), BucketCounts,
            arrayMap((later, earlier) -> toUInt64(later - least(later, earlier)),
                BucketCounts, old_BucketCounts))"""
    )
    mean, samples = ("Sum / Count", "Count") if fresh else ("total / added", "added")
    usable = "length(BucketCounts) = length(ExplicitBounds) + 1 AND notEmpty(ExplicitBounds)"
    return (
        f"if({usable}, arrayPushBack(ExplicitBounds, {top}), [{mean}])",
        f"if({usable}, {counts}, [toUInt64({samples})])",
    )


def _exponential_distribution(*, fresh: bool) -> tuple[str, str]:
    """Buckets as values with weights: each stands at the end that is larger, the zero bucket at 0."""
    base = "pow(2, pow(2, -Scale))"
    positive = f"arrayMap(i -> pow({base}, PositiveOffset + i), arrayEnumerate(PositiveBucketCounts))"
    negative = f"arrayMap(i -> -pow({base}, NegativeOffset + i - 1), arrayEnumerate(NegativeBucketCounts))"
    if fresh:
        counts = "arrayConcat(PositiveBucketCounts, NegativeBucketCounts, [ZeroCount])"
    else:
        zero = "[if(restarted, ZeroCount, toUInt64(ZeroCount - least(ZeroCount, old_ZeroCount)))]"
        counts = f"arrayConcat({_added_buckets('Positive')}, {_added_buckets('Negative')}, {zero})"
    return f"arrayConcat({positive}, {negative}, [0.])", counts


def _added_buckets(sign: str) -> str:
    """What was added to each bucket; the row before is first brought to the scale of this one."""
    earlier = f"""arraySum(arrayMap((count, j) ->
        if(floor((old_{sign}Offset + j - 1) / pow(2, old_Scale - Scale)) = {sign}Offset + i - 1, count, 0),
        old_{sign}BucketCounts, arrayEnumerate(old_{sign}BucketCounts)))"""
    return f"""arrayMap((later, i) -> if(restarted, later, toUInt64(later - least(later, {earlier}))),
        {sign}BucketCounts, arrayEnumerate({sign}BucketCounts))"""


_DISTRIBUTIONS = {
    "otel_metrics_histogram": _explicit_distribution,
    "otel_metrics_exponential_histogram": _exponential_distribution,
}
