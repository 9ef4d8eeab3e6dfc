"""Each format takes its lines, leaves the others, and fills the record."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ingest.lines.conftest import REFERENCE, Read
from thorbis_monitor.ingest.lines import time_of
from thorbis_monitor.ingest.lines.format import LineFormat
from thorbis_monitor.ingest.lines.registry import line_formats

FORMATS = pytest.mark.parametrize("line_format", line_formats(), ids=lambda item: item.name)


def formats_of(rows: list[dict[str, Any]]) -> list[str]:
    return [row["LogAttributes"]["log.format"] for row in rows]


def at(row: dict[str, Any]) -> datetime:
    moment: datetime = row["Timestamp"]
    return moment.replace(tzinfo=UTC)


@FORMATS
def test_a_format_takes_its_examples(line_format: LineFormat, read: Read) -> None:
    rows = read("\n".join(line_format.examples.match))
    assert formats_of(rows) == [line_format.name] * len(line_format.examples.match)


@FORMATS
def test_a_format_leaves_lines_that_only_look_like_its_own(line_format: LineFormat, read: Read) -> None:
    rows = read("\n".join(line_format.examples.no_match))
    assert len(rows) == len(line_format.examples.no_match)
    assert line_format.name not in formats_of(rows)


@FORMATS
def test_the_engine_and_python_read_the_same_time_from_a_line(line_format: LineFormat, read: Read) -> None:
    for line in line_format.examples.match + line_format.examples.no_match:
        assert at(read(line)[0]) == (time_of(line, REFERENCE) or REFERENCE), line


def test_formats_have_distinct_ranks_and_plain_comes_last() -> None:
    ranks = [line_format.rank for line_format in line_formats()]
    assert len(set(ranks)) == len(ranks)
    assert line_formats()[-1].name == "plain"


def test_a_line_of_sshd_becomes_a_record_of_the_program(read: Read) -> None:
    (row,) = read("Dec 10 06:55:46 web-1 sshd[24200]: Failed password for root from 198.51.100.7 port 4 ssh2")
    assert row["Body"] == "Failed password for root from 198.51.100.7 port 4 ssh2"
    assert row["ServiceName"] == "sshd"
    assert row["LogAttributes"]["component"] == "sshd"
    assert row["LogAttributes"]["process.pid"] == "24200"
    assert row["ResourceAttributes"] == {"host.name": "web-1", "service.name": "sshd"}
    assert row["LogAttributes"]["log.record.original"].startswith("Dec 10 06:55:46 web-1")


@pytest.mark.parametrize(
    ("line", "text", "number"),
    [
        ("<34>Oct  1 22:14:15 web-1 su: x", "CRIT", 18),
        ("<13>1 2026-05-04T10:00:00Z web-1 su - - - x", "NOTICE", 10),
        ("Dec 10 06:55:46 web-1 sshd[1]: error: PAM: refused", "ERROR", 17),
        ("Dec 10 06:55:46 web-1 sshd[1]: Failed password, no error here", "INFO", 9),
        ('198.51.100.7 - - [04/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 500 1', "ERROR", 17),
        ('198.51.100.7 - - [04/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 499 1', "WARN", 13),
        ('198.51.100.7 - - [04/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 399 1', "INFO", 9),
        ("[Mon May 04 10:00:00 2026] [warn] x", "WARN", 13),
        ("[Mon May 04 10:00:00.123456 2026] [core:trace3] [pid 1] x", "TRACE3", 1),
        ("2026/05/04 10:00:00 [emerg] 1#1: x", "EMERG", 21),
        ("2026-05-04 10:00:00,1 - shop - CRITICAL - x", "CRITICAL", 18),
        ('{"timestamp":"2026-05-04T10:00:00Z","level":4,"message":"x"}', "TRACE", 1),
        ('{"time":1777888800,"level":"warning","msg":"x"}', "WARNING", 13),
        ('{"time":1777888800,"level":60,"msg":"x"}', "FATAL", 21),
        ("an ERROR in the middle of prose", "INFO", 9),
    ],
)
def test_severity_is_read_from_where_the_format_keeps_it(line: str, text: str, number: int, read: Read) -> None:
    (row,) = read(line)
    assert (row["SeverityText"], row["SeverityNumber"]) == (text, number)


def test_an_access_line_has_the_names_of_the_semantic_conventions(read: Read) -> None:
    (row,) = read(
        'shop.example:443 2001:db8::7 - anna [04/May/2026:12:00:00 +0200] "GET /a?b=c HTTP/2.0" 404 512 '
        '"https://shop.example/" "agent \\"x\\""',
        origin="access.log",
    )
    original = row["LogAttributes"].pop("log.record.original")
    assert original.startswith("shop.example:443 ")
    assert row["LogAttributes"] == {
        "client.address": "2001:db8::7",
        "component": "http",
        "http.request.header.referer": "https://shop.example/",
        "http.request.method": "GET",
        "http.response.body.size": "512",
        "http.response.status_code": "404",
        "log.file.name": "access.log",
        "log.format": "http_access",
        "network.protocol.version": "2.0",
        "server.address": "shop.example",
        "server.port": "443",
        "url.path": "/a",
        "url.query": "b=c",
        "user.name": "anna",
        "user_agent.original": 'agent \\"x\\"',
    }
    assert row["Body"] == "GET /a?b=c HTTP/2.0 404"
    assert at(row) == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_our_own_line_keeps_its_structure(read: Read) -> None:
    (row,) = read(
        '{"timestamp":"2026-05-04T10:00:00.123456Z","level":0,"message":"Payment failed","service":"shop",'
        '"environment":"production","component":"payment","function":"charge","userId":"u1","sessionId":"s1",'
        '"requestId":"r1","traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",'
        '"data":{"amount":12.5,"card":{"last4":"4242"}},'
        '"error":{"name":"CardError","message":"declined","stack":"at charge","code":"E42"},'
        '"performance":{"duration":2100},"business":{"tenantId":"t1"}}'
    )
    assert row["Body"] == "Payment failed"
    assert row["ServiceName"] == "shop"
    assert row["TraceId"] == "0af7651916cd43dd8448eb211c80319c"
    assert row["SpanId"] == "b7ad6b7169203331"
    assert row["ResourceAttributes"] == {"deployment.environment.name": "production", "service.name": "shop"}
    assert row["LogAttributes"] == {
        "amount": "12.5",
        "business.tenantId": "t1",
        "card": '{"last4":"4242"}',
        "component": "payment",
        "error.code": "E42",
        "exception.message": "declined",
        "exception.stacktrace": "at charge",
        "exception.type": "CardError",
        "function": "charge",
        "log.format": "ndjson",
        "performance.duration": "2100",
        "request.id": "r1",
        "session.id": "s1",
        "user.id": "u1",
    }


def test_a_json_object_without_a_message_is_its_own_body(read: Read) -> None:
    (row,) = read('{"a":1,"b":"x"}')
    assert row["Body"] == '{"a":1,"b":"x"}'
    assert row["LogAttributes"]["a"] == "1"


def test_an_nginx_error_names_the_client_and_the_request(read: Read) -> None:
    (row,) = read(
        '2026/05/04 10:00:00 [error] 31#31: *7 open() "/srv/x" failed (2: No such), client: 198.51.100.7, '
        'server: shop.example, request: "GET /x?a=1 HTTP/1.1", host: "shop.example"'
    )
    assert row["ServiceName"] == "nginx"
    assert row["LogAttributes"]["client.address"] == "198.51.100.7"
    assert row["LogAttributes"]["http.request.method"] == "GET"
    assert row["LogAttributes"]["url.path"] == "/x"
    assert row["Body"].startswith('open() "/srv/x" failed')


NASTY = {
    "many spaces": "a " * 30_000,
    "many quotes": '"' * 60_000,
    "an access line that does not end": '1.1.1.1 - - [04/May/2026:10:00:00 +0000] "' + "\\\\" * 30_000,
    "much structured data": "<1>1 2026-05-04T10:00:00Z a a a a " + '[a b="c"]' * 7_000,
    "a long program": "Dec 10 06:55:46 h " + "p" * 60_000,
    "json nested without an end": '{"a":' * 12_000,
    "json nested deeply": '{"a":' * 900 + "1" + "}" * 900,
    "json nested too deeply": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "many keys": "{" + ",".join(f'"k{number}":{number}' for number in range(3_000)) + "}",
    "a lone surrogate": '{"message":"\\ud800","level":0,"timestamp":"2026-05-04T10:00:00Z"}',
    "many clients": "2026/05/04 10:00:00 [error] 1#1: " + ", client: " * 6_000,
    "template and parameter": "{name:String} %(x)s {{ 1 }} '; DROP TABLE otel_logs; --",
}


@pytest.mark.parametrize("line", NASTY.values(), ids=NASTY.keys())
@pytest.mark.timeout(20)
def test_a_hostile_line_is_one_record_and_does_not_take_long(line: str, read: Read) -> None:
    rows = read(f"{line}\nafter")
    assert len(rows) == 2
    assert rows[1]["Body"] == "after"
    assert at(rows[0]) == (time_of(line, REFERENCE) or REFERENCE)
