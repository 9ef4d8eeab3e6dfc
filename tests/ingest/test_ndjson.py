"""Lines in the product's own wire format, and odd ones that are understood all the same."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fixtures.ingest import FORMATS, Pipeline
from thorbis_monitor.ingest.errors import RefusedError

TIME = "2026-05-04T10:20:30.123Z"


def body(*lines: object) -> bytes:
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()


def the_log(pipeline: Pipeline, line: object) -> dict[str, Any]:
    pipeline.store("logs-ndjson", body(line))
    (row,) = pipeline.telemetry.query("SELECT *, Level, Component, toString(Timestamp) AS time FROM otel_logs")
    return row


def test_a_whole_record_arrives_under_its_names(pipeline: Pipeline) -> None:
    row = the_log(
        pipeline,
        {
            "timestamp": TIME,
            "level": 0,
            "message": "card declined",
            "environment": "production",
            "service": "shop",
            "userId": "u1",
            "sessionId": "s1",
            "requestId": "r1",
            "traceId": "0AF7651916CD43DD8448EB211C80319C",
            "spanId": "B7AD6B7169203331",
            "component": "payment",
            "function": "charge",
            "data": {"amount": 12.5, "card": {"brand": "visa"}, "retry": True, "note": 'a "quoted" word'},
            "error": {"name": "Declined", "message": "no funds", "stack": "at charge\n", "code": "E42"},
            "performance": {"duration": 120.5, "memoryUsage": 80, "cpuUsage": 3},
            "business": {"tenantId": "acme", "workOrderId": "w", "customerId": "c", "transactionId": "t"},
        },
    )
    assert (row["time"], row["Level"], row["SeverityText"], row["SeverityNumber"]) == (
        "2026-05-04 10:20:30.123000000",
        0,
        "ERROR",
        17,
    )
    assert (row["Body"], row["ServiceName"], row["Component"]) == ("card declined", "shop", "payment")
    assert (row["TraceId"], row["SpanId"]) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert row["ResourceAttributes"] == {"service.name": "shop", "deployment.environment.name": "production"}
    assert row["LogAttributes"] == {
        "amount": "12.5",
        "card": '{"brand":"visa"}',
        "retry": "true",
        "note": 'a "quoted" word',
        "user.id": "u1",
        "session.id": "s1",
        "request.id": "r1",
        "component": "payment",
        "function": "charge",
        "exception.type": "Declined",
        "exception.message": "no funds",
        "exception.stacktrace": "at charge\n",
        "error.code": "E42",
        "performance.duration": "120.5",
        "performance.memoryUsage": "80",
        "performance.cpuUsage": "3",
        "business.tenantId": "acme",
        "business.workOrderId": "w",
        "business.customerId": "c",
        "business.transactionId": "t",
    }


@pytest.mark.parametrize(
    ("level", "expected"),
    [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), ("ERROR", 0), ("warning", 1), ("Info", 2), ("fatal", 0), ("trace", 4)],
)
def test_a_level_is_a_number_or_a_name(pipeline: Pipeline, level: int | str, expected: int) -> None:
    assert the_log(pipeline, {"level": level, "message": "m"})["Level"] == expected


def test_a_record_with_nothing_but_a_message_is_info_and_now(pipeline: Pipeline) -> None:
    row = the_log(pipeline, {"message": "hello"})
    assert row["Level"] == 2
    recent = pipeline.telemetry.query("SELECT abs(dateDiff('second', Timestamp, now64())) AS age FROM otel_logs")
    assert recent[0]["age"] < 60


def test_unknown_keys_become_attributes(pipeline: Pipeline) -> None:
    row = the_log(pipeline, {"message": "m", "orderId": 7, "error": {"name": "E", "severity": "bad"}})
    assert row["LogAttributes"] == {"orderId": "7", "error.severity": "bad", "exception.type": "E"}


@pytest.mark.parametrize("time", [1_777_890_030.123, 1_777_890_030_123, "2026-05-04T12:20:30.123+02:00"])
def test_times_come_in_many_forms(pipeline: Pipeline, time: object) -> None:
    assert the_log(pipeline, {"message": "m", "timestamp": time})["time"] == "2026-05-04 10:20:30.123000000"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[]", "line 1: a JSON object is expected, not list"),
        ("{}", 'line 1: the key "message" is missing'),
        ('{"message":"m","level":9}', "line 1: level 9 is neither"),
        ('{"message":"m","timestamp":"yesterday"}', "line 1: .*timestamp"),
        ('{"message":"m"', "line 1: .*truncated"),
        ('{"message":"m"}\nnope', "line 2: JSON is malformed"),
        ('{"message":"\\ud800"}', "line 1"),
    ],
)
def test_a_malformed_line_is_refused_with_its_number_and_reason(line: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason) as refusal:
        FORMATS["logs-ndjson"].accept(line.encode(), "")
    assert refusal.value.status == 400


def test_metric_lines_go_to_the_table_of_their_type(pipeline: Pipeline) -> None:
    pipeline.store(
        "metrics-ndjson",
        body(
            {"name": "api.response_time", "value": 12.5, "unit": "ms", "timestamp": TIME, "tags": {"endpoint": "/x"}},
            {"name": "api.requests.count", "value": 3, "timestamp": TIME},
            {"name": "jobs", "value": 2, "unit": "count", "timestamp": TIME},
            {"name": "forced.count", "type": "gauge", "value": 7, "timestamp": TIME},
        ),
        body({"name": "h", "count": 3, "sum": 6.5, "min": 1, "max": 4, "bounds": [1, 2], "buckets": [1, 1, 1]}),
    )
    query = pipeline.telemetry.query
    assert query("SELECT MetricName AS n, Value AS v, MetricUnit AS u FROM otel_metrics_gauge ORDER BY n") == [
        {"n": "api.response_time", "v": 12.5, "u": "ms"},
        {"n": "forced.count", "v": 7, "u": ""},
    ]
    assert query(
        "SELECT MetricName AS n, Value AS v, AggregationTemporality AS t, IsMonotonic AS m "
        "FROM otel_metrics_sum ORDER BY n"
    ) == [
        {"n": "api.requests.count", "v": 3, "t": 1, "m": True},
        {"n": "jobs", "v": 2, "t": 1, "m": True},
    ]
    assert query("SELECT Count AS c, Sum AS s, Min AS a, Max AS b, BucketCounts AS k FROM otel_metrics_histogram") == [
        {"c": 3, "s": 6.5, "a": 1, "b": 4, "k": [1, 1, 1]}
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"value": 1}, '"name" is missing'),
        ({"name": "x"}, 'needs the key "value"'),
        ({"name": "x", "value": "much"}, "value"),
        ({"name": "x", "value": 1, "colour": "red"}, "unknown key 'colour'"),
    ],
)
def test_a_malformed_metric_is_refused_with_the_reason(line: dict[str, object], reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        FORMATS["metrics-ndjson"].accept(body(line), "")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(messages=st.lists(st.text(), min_size=1, max_size=20), data=st.dictionaries(st.text(min_size=1), json_values))
def test_any_text_and_any_data_arrive(pipeline: Pipeline, messages: list[str], data: dict[str, object]) -> None:
    pipeline.telemetry.execute("TRUNCATE TABLE otel_logs")
    pipeline.store("logs-ndjson", body(*({"message": message, "data": data} for message in messages)))
    rows = pipeline.telemetry.query("SELECT Body, LogAttributes FROM otel_logs")
    assert sorted(row["Body"] for row in rows) == sorted(messages)
    present = {key: value for key, value in data.items() if value is not None}
    for row in rows:
        assert row["LogAttributes"].keys() == present.keys()
        assert {key: row["LogAttributes"][key] for key, value in data.items() if isinstance(value, str)} == {
            key: value for key, value in data.items() if isinstance(value, str)
        }
