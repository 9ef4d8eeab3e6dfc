"""The loader: once into the store, whatever was killed in between; one bad request harms no other."""

import json
from pathlib import Path

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

from tests.fixtures.ingest import FORMATS, Pipeline
from thorbis_monitor.ingest.dead_letters import DeadLetters
from thorbis_monitor.ingest.loader import Loader
from thorbis_monitor.ingest.spool import Segment
from thorbis_monitor.store.telemetry import TelemetryError

DAY_NS = 86_400_000_000_000


def otlp_logs(*bodies: str, time: int = 1_700_000_000_000_000_000) -> bytes:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for body in bodies:
        records.add(time_unix_nano=time, body=AnyValue(string_value=body))
    return request.SerializeToString()


def stored(pipeline: Pipeline) -> list[str]:
    return [row["Body"] for row in pipeline.telemetry.query("SELECT Body FROM otel_logs ORDER BY Body")]


def test_loading_a_segment_again_after_a_kill_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.take("logs-otlp-protobuf", otlp_logs("a", "b"))
    (segment,) = pipeline.spool.seal()
    image = segment.path.read_bytes()
    pipeline.loader.load_all()
    segment.path.write_bytes(image)  # as if the process had died between the INSERT and the removal
    pipeline.open()
    pipeline.loader.load_all()
    assert stored(pipeline) == ["a", "b"]


def test_records_of_many_days_are_stored_once_each_when_loaded_again(pipeline: Pipeline) -> None:
    bodies = [otlp_logs(f"day {day:03}", time=day * DAY_NS) for day in range(1, 120)]
    pipeline.take("logs-otlp-protobuf", *bodies)
    (segment,) = pipeline.spool.seal()
    image = segment.path.read_bytes()
    pipeline.loader.load_all()
    segment.path.write_bytes(image)
    pipeline.open()
    pipeline.loader.load_all()
    assert stored(pipeline) == [f"day {day:03}" for day in range(1, 120)]


def test_metrics_that_were_half_loaded_are_stored_once(pipeline: Pipeline) -> None:
    lines = [{"name": "g", "value": 1}, {"name": "c.count", "value": 2}]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    pipeline.take("metrics-ndjson", body)
    (segment,) = pipeline.spool.seal()
    image = segment.path.read_bytes()
    pipeline.loader.load_all()
    pipeline.telemetry.execute("TRUNCATE TABLE otel_metrics_sum")
    segment.path.write_bytes(image)
    pipeline.open()
    pipeline.loader.load_all()
    assert pipeline.telemetry.query("SELECT count() AS n FROM otel_metrics_gauge") == [{"n": 1}]


def test_a_nested_value_is_rewritten_and_its_neighbours_are_untouched(pipeline: Pipeline) -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=1)
    record.body.array_value.CopyFrom(ArrayValue(values=[AnyValue(int_value=1), AnyValue(bool_value=True)]))
    pipeline.store("logs-otlp-protobuf", otlp_logs("plain"), request.SerializeToString())
    assert stored(pipeline) == ["[1,true]", "plain"]
    assert pipeline.counters.total("thorbis_ingest_segments_simplified_total") == 1


def test_a_request_that_the_engine_refuses_goes_to_the_dead_letters_alone(pipeline: Pipeline) -> None:
    refused = otlp_logs(*(f"x{day}" for day in range(3)))
    many_days = ExportLogsServiceRequest()
    records = many_days.resource_logs.add().scope_logs.add().log_records
    for day in range(1, 2500):
        records.add(time_unix_nano=day * DAY_NS, body=AnyValue(string_value="scattered"))
    good = [otlp_logs(f"good {number}") for number in range(5)]
    pipeline.store("logs-otlp-protobuf", *good[:3], many_days.SerializeToString(), *good[3:], refused)
    assert stored(pipeline) == [*(f"good {number}" for number in range(5)), "x0", "x1", "x2"]
    assert pipeline.dead_letters.count() == 1
    (reason,) = (pipeline.folder / "dead-letters").glob("*.json")
    assert "partitions" in json.loads(reason.read_text())["reason"]
    assert pipeline.spool.size == 0


def test_a_dead_letter_can_be_read_by_the_format_it_came_in(pipeline: Pipeline) -> None:
    many_days = ExportLogsServiceRequest()
    records = many_days.resource_logs.add().scope_logs.add().log_records
    for day in range(1, 2500):
        records.add(time_unix_nano=day * DAY_NS)
    body = many_days.SerializeToString()
    pipeline.store("logs-otlp-protobuf", body)
    (kept,) = (pipeline.folder / "dead-letters").glob("*.body")
    assert FORMATS["logs-otlp-protobuf"].accept(kept.read_bytes(), "").records == 2499


def test_the_store_names_the_error_of_the_engine(pipeline: Pipeline) -> None:
    with pytest.raises(TelemetryError) as failure:
        pipeline.telemetry.execute("INSERT INTO no_such_table VALUES (1)")
    assert failure.value.code == 60


def test_the_oldest_dead_letters_go_when_there_is_no_room_and_are_counted(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, max_bytes=25)
    dropped = [letters.keep(Segment(f"{n:032x}", "logs-ndjson", tmp_path), [b"x" * 10], "why") for n in range(4)]
    assert dropped == [0, 0, 1, 1]
    assert letters.count() == 2


def test_a_segment_that_needs_too_much_memory_holds_nobody_up_and_is_halved(pipeline: Pipeline) -> None:
    bodies = [otlp_logs(*(f"{number:03}-{'x' * 20_000}-{record}" for record in range(50))) for number in range(16)]
    pipeline.take("logs-otlp-protobuf", *bodies)
    pipeline.spool.seal()
    pipeline.take("logs-otlp-protobuf", otlp_logs("small"))
    pipeline.loader = Loader(
        pipeline.spool, FORMATS, pipeline.telemetry, pipeline.dead_letters, pipeline.counters, memory_bytes=24 << 20
    )
    for _ in range(2):
        with pytest.raises(TelemetryError, match="memory limit"):
            pipeline.loader.load_all()
        assert stored(pipeline) == ["small"]
    pipeline.loader.load_all()
    assert len(stored(pipeline)) == 16 * 50 + 1
    assert pipeline.dead_letters.count() == 0


def test_a_metric_with_many_points_is_not_copied_for_each_of_them(pipeline: Pipeline) -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="many")
    for number in range(20_000):
        point = metric.gauge.data_points.add(time_unix_nano=1_700_000_000_000_000_000, as_double=number)
        point.attributes.add(key="series").value.string_value = f"series-{number}"
    pipeline.take("metrics-otlp-protobuf", request.SerializeToString())
    pipeline.loader = Loader(
        pipeline.spool, FORMATS, pipeline.telemetry, pipeline.dead_letters, pipeline.counters, memory_bytes=200 << 20
    )
    pipeline.loader.load_all()
    assert pipeline.telemetry.query("SELECT count() AS n FROM otel_metrics_gauge") == [{"n": 20_000}]
