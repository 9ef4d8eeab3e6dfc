"""Rows of every metric table in one shape: points.

A point says how many samples it stands for (``n``), their sum (``s``), the smallest and largest (``lo``,
``hi``) and one value (``v``). How each kind of row becomes points is told in docs/rules.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from thorbis_monitor.analysis.questions.metric_catalogue import Kind, Source, Sources
from thorbis_monitor.analysis.questions.sql import Parameters

LOOKBACK = timedelta(minutes=5)
"""How far before the window the row may lie that a cumulative row is compared with."""

_LABELS = "MetricName, ServiceName, Attributes, ResourceAttributes, TimeUnix"
_NO_RECORDED_VALUE = 1


@dataclass(frozen=True, slots=True)
class PointsQuery:
    """Which points are wanted: those of ``(now - window, now]``, perhaps with their distributions."""

    window: timedelta
    now: datetime
    distributions: bool = False


def points_sql(query: PointsQuery, sources: Sources, parameters: Parameters) -> str:
    """A query that gives the points of these sources."""
    scope = _Scope(query, parameters)
    return " UNION ALL ".join(scope.points(source, names) for source, names in sorted(sources.items()))


class _Scope:
    """Writes the part of each source; the bound parameters are shared by all parts."""

    def __init__(self, query: PointsQuery, parameters: Parameters) -> None:
        self._parameters = parameters
        self._start = parameters.moment(query.now - query.window)
        self._before = parameters.moment(query.now - query.window - LOOKBACK)
        self._end = parameters.moment(query.now)
        self._distributions = query.distributions

    def points(self, source: Source, names: Sequence[str]) -> str:
        """The points of some metrics in one source."""
        wanted = self._parameters.bind(list(names), "Array(String)")
        rows = f"MetricName IN {wanted} AND bitAnd(Flags, {_NO_RECORDED_VALUE}) = 0 AND {_OF_KIND[source]}"
        match source.kind:
            case Kind.SAMPLE:
                return self._samples(source.table, rows)
            case Kind.COUNTER:
                return self._counter(source.table, rows)
            case Kind.DELTA:
                return self._delta(source.table, rows)
            case Kind.CUMULATIVE:
                return self._cumulative(source.table, rows)

    def _samples(self, table: str, rows: str) -> str:
        """A row is one sample."""
        return self._select(
            "1", "Value", "Value", "Value", "Value", ("[Value]", "[toUInt64(1)]"),
            f"{table} WHERE {rows} AND {self._in_window()} AND isFinite(Value)",
        )  # fmt: skip

    def _counter(self, table: str, rows: str) -> str:
        """A row is one sample: the increase since the row before of its series."""
        pairs = self._with_previous(table, ("Value",), "Value", rows)
        increase = "if(restarted, Value, Value - old_Value)"
        return self._select(
            "1", "increase", "increase", "increase", "increase", ("[increase]", "[toUInt64(1)]"),
            f"(SELECT *, {increase} AS increase FROM ({pairs}) WHERE isFinite(increase))",
        )  # fmt: skip

    def _delta(self, table: str, rows: str) -> str:
        """A row stands for the samples since the row before; where the extremes are unknown, for their mean."""
        mean = "Sum / Count"
        known = "isFinite(Min) AND isFinite(Max) AND NOT (Min = 0 AND Max = 0)"
        return self._select(
            "Count", "Sum", f"if({known}, Min, {mean})", f"if({known}, Max, {mean})", mean,
            _DISTRIBUTIONS[table](fresh=True),
            f"{table} WHERE {rows} AND {self._in_window()} AND Count > 0 AND isFinite(Sum)",
        )  # fmt: skip

    def _cumulative(self, table: str, rows: str) -> str:
        """A row stands for what was added since the row before."""
        columns = _BUCKET_COLUMNS.get(table, ()) if self._distributions else ()
        pairs = self._with_previous(table, ("Count", "Sum", *columns), "Count", rows)
        mean = "total / added"
        weights = _DISTRIBUTIONS[table](fresh=False) if columns else (f"[{mean}]", "[added]")
        return self._select(
            "added", "total", mean, mean, mean, weights,
            f"""(SELECT *, if(restarted, Count, toUInt64(Count - old_Count)) AS added,
                if(restarted, Sum, Sum - old_Sum) AS total
            FROM ({pairs}) WHERE added > 0 AND isFinite(total))""",
        )  # fmt: skip

    def _with_previous(self, table: str, columns: Sequence[str], growing: str, rows: str) -> str:
        """Rows of the window with the row before (``old_...``), and whether they count from zero.

        A row counts from zero if its process started after the row before, or if the total fell; without a
        row before, only if its process started inside the window. Otherwise it is a base for the next.
        """
        new = "".join(f"{name}, " for name in columns)
        old = "".join(f"lagInFrame({name}) OVER w AS old_{name}, " for name in columns)
        series = "MetricName, ServiceName, cityHash64(mapSort(Attributes), mapSort(ResourceAttributes), ScopeName)"
        return f"""SELECT *, (StartTimeUnix > {self._start}) AS born,
                (NOT seen OR StartTimeUnix > old_TimeUnix OR {growing} < old_{growing}) AS restarted
            FROM (
                SELECT {_LABELS}, StartTimeUnix, {new}{old}
                    lagInFrame(TimeUnix) OVER w AS old_TimeUnix,
                    toUnixTimestamp64Nano(old_TimeUnix) > 0 AS seen
                FROM {table}
                WHERE {rows} AND TimeUnix > {self._before} AND TimeUnix <= {self._end}
                WINDOW w AS (PARTITION BY {series} ORDER BY TimeUnix ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
            ) WHERE TimeUnix > {self._start} AND (seen OR born)"""

    def _in_window(self) -> str:
        return f"TimeUnix > {self._start} AND TimeUnix <= {self._end}"

    def _select(self, n: str, s: str, lo: str, hi: str, v: str, distribution: tuple[str, str], source: str) -> str:
        values, weights = distribution
        extra = f", {values} AS qv, {weights} AS qw" if self._distributions else ""
        return f"""SELECT {_LABELS}, toUInt64({n}) AS n, toFloat64({s}) AS s,
            toFloat64({lo}) AS lo, toFloat64({hi}) AS hi, toFloat64({v}) AS v{extra}
            FROM {source}"""


_OF_KIND = {
    Source("otel_metrics_gauge", Kind.SAMPLE): "1",
    Source("otel_metrics_sum", Kind.SAMPLE): "NOT (AggregationTemporality = 2 AND IsMonotonic)",
    Source("otel_metrics_sum", Kind.COUNTER): "AggregationTemporality = 2 AND IsMonotonic",
    Source("otel_metrics_histogram", Kind.DELTA): "AggregationTemporality = 1",
    Source("otel_metrics_histogram", Kind.CUMULATIVE): "AggregationTemporality != 1",
    Source("otel_metrics_exponential_histogram", Kind.DELTA): "AggregationTemporality = 1",
    Source("otel_metrics_exponential_histogram", Kind.CUMULATIVE): "AggregationTemporality != 1",
    Source("otel_metrics_summary", Kind.CUMULATIVE): "1",
}
"""The rows of each source."""

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
