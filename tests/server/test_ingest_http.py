"""The ingest endpoints of a running server: the protocols, the refusals, and that nobody harms another."""

import gzip
import json
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from tests.fixtures.network import a_free_port
from tests.fixtures.servers import Server, wait_until

PROTOBUF = "application/x-protobuf"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of this file."""
    config = tmp_path_factory.mktemp("config") / "monitor.yaml"
    config.write_text("ingest:\n  max_request_bytes: 100000\n  max_decompressed_bytes: 200000\n")
    made = Server(tmp_path_factory.mktemp("server") / "data", a_free_port(), "--config", str(config)).start()
    yield made
    made.kill()


def otlp(*bodies: str) -> bytes:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for body in bodies:
        records.add(body=AnyValue(string_value=body))
    return request.SerializeToString()


def status_of(answer: bytes) -> tuple[int, str]:
    """Code and message of a google.rpc.Status: fields 1 and 2."""
    holder = _status_message()
    holder.ParseFromString(answer)
    return holder.code, holder.message


def arrives(server: Server, message: str) -> None:
    wait_until(lambda: bool(server.get(f"/api/logs?contains={message}")["items"]), what=f"{message!r} to be stored")


def test_otlp_protobuf_is_answered_with_an_empty_response(running: Server) -> None:
    status, answer, headers = running.post("/v1/logs", otlp("protobuf-plain"), PROTOBUF)
    assert (status, headers["content-type"]) == (200, PROTOBUF)
    assert ExportLogsServiceResponse.FromString(answer) == ExportLogsServiceResponse()
    arrives(running, "protobuf-plain")


def test_spans_are_taken_as_well(running: Server) -> None:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name="GET /orders", trace_id=b"0" * 16, span_id=b"1" * 8)
    status, answer, _ = running.post("/v1/traces", request.SerializeToString(), PROTOBUF)
    assert (status, answer) == (200, b"")
    assert running.post("/v1/traces", b"\xff", PROTOBUF)[0] == 400


def test_otlp_json_is_answered_in_json(running: Server) -> None:
    record = {"body": {"stringValue": "json-plain"}}
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    status, answer, headers = running.post("/v1/logs", json.dumps(body, indent=2).encode())
    assert (status, answer, headers["content-type"]) == (200, b"{}", "application/json")
    arrives(running, "json-plain")


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
    ],
)
def test_compressed_bodies_are_understood(running: Server, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    body = compress(otlp(f"compressed-{encoding}"))
    status, _, _ = running.post("/v1/logs", body, PROTOBUF, content_encoding=encoding)
    assert status == 200
    arrives(running, f"compressed-{encoding}")


def test_malformed_protobuf_gets_a_status_in_protobuf(running: Server) -> None:
    status, answer, headers = running.post("/v1/logs", b"\x0a\xff\xff\xff\xff\x0fnot otlp", PROTOBUF)
    code, message = status_of(answer)
    assert (status, headers["content-type"], code) == (400, PROTOBUF, 3)
    assert "ExportLogsServiceRequest" in message


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b'{"resourceLogs":{}}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"soon"}]}]}]}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"zz"}]}]}]}',
        b"[" * 100_000,
    ],
)
def test_malformed_json_gets_a_status_in_json(running: Server, body: bytes) -> None:
    status, answer, _ = running.post("/v1/logs", body[:90_000])
    assert status == 400
    assert json.loads(answer)["code"] == 3
    assert json.loads(answer)["message"]


def test_a_malformed_line_is_named(running: Server) -> None:
    status, answer, _ = running.post("/ingest/logs", b'{"message":"fine"}\n{"message":')
    assert status == 400
    assert json.loads(answer)["error"]["message"].startswith("line 2:")


def test_damaged_gzip_is_refused(running: Server) -> None:
    for body in (b"not gzip at all", gzip.compress(b"x" * 1000)[:-9]):
        status, _, _ = running.post("/v1/logs", body, PROTOBUF, content_encoding="gzip")
        assert status == 400


def test_a_body_over_the_limit_gets_413(running: Server) -> None:
    status, answer, _ = running.post("/ingest/logs", b"x" * 100_001)
    assert status == 413
    assert "100000 bytes" in json.loads(answer)["error"]["message"]


def test_a_compression_bomb_gets_413(running: Server) -> None:
    for encoding, body in (
        ("gzip", gzip.compress(bytes(50_000_000))),
        ("zstd", zstandard.ZstdCompressor().compress(bytes(50_000_000))),
    ):
        status, _, _ = running.post("/ingest/logs", body, content_encoding=encoding)
        assert status == 413


def test_unknown_encodings_and_types_get_415(running: Server) -> None:
    assert running.post("/v1/logs", b"", PROTOBUF, content_encoding="br")[0] == 415
    assert running.post("/v1/logs", b"", "text/plain")[0] == 415


def test_telemetry_is_taken_with_post_only(running: Server) -> None:
    with pytest.raises(OSError, match="405"):
        running.get("/v1/logs")


def test_refused_requests_harm_no_other_sender(running: Server) -> None:
    for number in range(5):
        running.post("/v1/logs", b"\xff" * 100, PROTOBUF)
        assert running.post("/v1/logs", otlp(f"neighbour-{number}"), PROTOBUF)[0] == 200
    for number in range(5):
        arrives(running, f"neighbour-{number}")


def test_a_full_spool_says_when_to_come_back(new_server: Callable[..., Server], tmp_path: Path) -> None:
    config = tmp_path / "small.yaml"
    config.write_text("ingest:\n  spool_max_bytes: 1000\n")
    server = new_server("--config", str(config)).start()
    status, answer, headers = server.post("/v1/logs", otlp("x" * 2000), PROTOBUF)
    assert status == 503
    assert int(headers["retry-after"]) > 0
    assert status_of(answer)[0] == 14
    assert server.post("/v1/logs", otlp("small"), PROTOBUF)[0] == 200


def test_figures_are_shown_for_prometheus(running: Server) -> None:
    with urllib.request.urlopen(f"{running.url}/metrics") as response:
        text = response.read().decode()
    assert "# TYPE thorbis_ingest_records_total counter" in text
    assert "thorbis_ingest_spool_bytes" in text


def _status_message() -> Any:
    """google.rpc.Status, described here so that its wire form is checked by a real parser."""
    file = descriptor_pb2.FileDescriptorProto(name="status_for_test.proto", package="test", syntax="proto3")
    message = file.message_type.add(name="Status")
    message.field.add(name="code", number=1, type=5, label=1)
    message.field.add(name="message", number=2, type=9, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("test.Status"))()
