"""An aggregate of a metric over a window."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from thorbis_monitor.analysis.questions.aggregate import Aggregate
from thorbis_monitor.analysis.questions.batches import answer_in_batches
from thorbis_monitor.analysis.questions.limits import Limit
from thorbis_monitor.analysis.questions.metric_catalogue import Sources, find_sources
from thorbis_monitor.analysis.questions.metric_points import LOOKBACK, PointsQuery, points_sql
from thorbis_monitor.analysis.questions.question import MAX_GROUPS, Answer, Group, Reply, check_bound
from thorbis_monitor.analysis.questions.sql import BOUNDS, Parameters, drop_empty
from thorbis_monitor.store.telemetry import Telemetry, TelemetryError

SERIES = "*"
"""Group by every series: the metric's name, the service, all attributes, and what identifies the resource."""

_IDENTITY = (
    "container.id",
    "deployment.environment.name",
    "host.name",
    "k8s.pod.name",
    "service.instance.id",
    "service.namespace",
)
_RESOURCE = "resource."


@dataclass(frozen=True, slots=True)
class MetricValue:
    """An aggregate over the samples of some metrics, per label set.

    Label sets with fewer than ``min_samples`` are not answered, and with ``limit`` only those beyond it.
    """

    names: tuple[str, ...]
    aggregate: Aggregate
    window: timedelta
    where: tuple[tuple[str, str], ...] = ()
    group_by: tuple[str, ...] = ()
    min_samples: int = 1
    limit: Limit | None = None

    @staticmethod
    def answer_all(
        telemetry: Telemetry, questions: Sequence["MetricValue"], now: datetime
    ) -> Mapping["MetricValue", Reply]:
        """Read in one scan whatever has the same window and the same labels."""
        longest = max(question.window for question in questions)
        names = sorted({name for question in questions for name in question.names})
        try:
            sources = find_sources(telemetry, names, now - longest - LOOKBACK, now)
        except TelemetryError as error:
            return dict.fromkeys(questions, Reply(error, 0.0))
        return answer_in_batches(
            questions,
            key=lambda question: (question.window, question.group_by),
            ask=lambda batch: _ask(telemetry, batch, sources, now),
        )


def _ask(
    telemetry: Telemetry, batch: Sequence[MetricValue], sources: Sources, now: datetime
) -> Mapping[MetricValue, Answer]:
    wanted = {name for question in batch for name in question.names}
    present = {source: found for source, names in sources.items() if (found := sorted(wanted.intersection(names)))}
    if not present:
        return dict.fromkeys(batch, ())
    parameters = Parameters()
    group_by = batch[0].group_by
    points = PointsQuery(
        window=batch[0].window,
        now=now,
        distributions=any(question.aggregate.quantile is not None for question in batch),
    )
    labels = _label_columns(group_by, parameters)
    columns = [f"{sql} AS {name}" for name, sql in labels.items()]
    for index, question in enumerate(batch):
        condition = _condition(question, parameters)
        columns.append(f"sumIf(n, {condition}) AS n{index}")
        columns.append(f"{question.aggregate.sql(condition)} AS v{index}")
    grouping = ""
    if group_by:
        having = " OR ".join(_wanted(question, index, parameters) for index, question in enumerate(batch))
        grouping = f"GROUP BY {', '.join(labels)} HAVING {having} LIMIT {MAX_GROUPS + 1}"
    source = points_sql(points, present, parameters)
    rows = telemetry.query(f"SELECT {', '.join(columns)} FROM ({source}) {grouping} {BOUNDS}", parameters.values)
    check_bound(rows)
    return {question: _answer(question, index, group_by, rows) for index, question in enumerate(batch)}


def _answer(question: MetricValue, index: int, group_by: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> Answer:
    groups = []
    for row in rows:
        samples, value = int(row[f"n{index}"]), float(row[f"v{index}"])
        beyond = question.limit is None or question.limit.holds(value)
        if samples >= max(question.min_samples, 1) and math.isfinite(value) and beyond:
            groups.append(Group(_labels(group_by, row), value, samples))
    return tuple(groups)


def _condition(question: MetricValue, parameters: Parameters) -> str:
    terms = [f"MetricName IN {parameters.bind(list(question.names), 'Array(String)')}"]
    terms += [f"{_label(name, parameters)} = {parameters.bind(value, 'String')}" for name, value in question.where]
    return " AND ".join(terms)


def _wanted(question: MetricValue, index: int, parameters: Parameters) -> str:
    wanted = f"n{index} >= {parameters.bind(max(question.min_samples, 1), 'UInt64')}"
    if question.limit is not None:
        limit = parameters.bind(question.limit.value, "Float64")
        wanted += f" AND v{index} {question.limit.comparison.sign} {limit}"
    return f"({wanted})"


def _label_columns(group_by: tuple[str, ...], parameters: Parameters) -> dict[str, str]:
    if group_by != (SERIES,):
        return {f"l{index}": _label(name, parameters) for index, name in enumerate(group_by)}
    identity = parameters.bind(list(_IDENTITY), "Array(String)")
    return {
        "metric": "toString(MetricName)",
        "service": "toString(ServiceName)",
        "attributes": "mapSort(Attributes)",
        "resource": f"mapSort(mapFilter((name, value) -> has({identity}, name), ResourceAttributes))",
    }


def _label(name: str, parameters: Parameters) -> str:
    match name:
        case "service":
            return "toString(ServiceName)"
        case "metric":
            return "toString(MetricName)"
        case _ if name.startswith(_RESOURCE):
            return f"ResourceAttributes[{parameters.bind(name.removeprefix(_RESOURCE), 'String')}]"
        case _:
            return f"Attributes[{parameters.bind(name, 'String')}]"


def _labels(group_by: tuple[str, ...], row: Mapping[str, Any]) -> dict[str, str]:
    if group_by != (SERIES,):
        return drop_empty({name: row[f"l{index}"] for index, name in enumerate(group_by)})
    resource = {f"{_RESOURCE}{name}": value for name, value in row["resource"].items()}
    own = {"metric": row["metric"], "service": row["service"]}
    return drop_empty({**row["attributes"], **resource, **own})
