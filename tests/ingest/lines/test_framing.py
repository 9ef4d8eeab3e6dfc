"""From the bytes of a request to the rows of a segment: nothing is lost, whatever the bytes are."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.lines.conftest import REFERENCE, Read
from thorbis_monitor.ingest.lines import (
    COLUMNS,
    MAX_LINE,
    LinesContext,
    LinesContextError,
    context_prefix,
    frame_lines,
    last_time,
    lines_select,
)
from thorbis_monitor.store.telemetry import Telemetry

CONTEXT = LinesContext(reference=REFERENCE, shift_ms=-5, service="shop", origin="a.log")


def test_each_line_carries_its_context() -> None:
    assert (
        frame_lines(b"one\ntwo", CONTEXT)
        == b"-5\t1777896000.000\tshop\ta.log\tone\n" + context_prefix(CONTEXT) + b"two\n"
    )


@pytest.mark.parametrize(
    ("body", "bodies"),
    [
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"\n\na\n\n", ["a"]),
        (b"", []),
        (b"\n", []),
        (b"\xef\xbb\xbfa", ["a"]),
        (b"a\x00b", ["a\ufffdb"]),
        (b"a\xffb", ["a\ufffdb"]),
        (b"\x1e looks like a mark", ["\x1e looks like a mark"]),
        (b"tabs\tstay\tas they are", ["tabs\tstay\tas they are"]),
        (b"back\\slash \\t \\N 'quote' {name:Type} %s", ["back\\slash \\t \\N 'quote' {name:Type} %s"]),
        (b"caf\xc3\xa9", ["caf\u00e9"]),
    ],
)
def test_lines_arrive_as_they_were(body: bytes, bodies: list[str], read: Read) -> None:
    assert [row["Body"] for row in read(body, service="shop")] == bodies


@given(lines=st.lists(st.text(st.characters(blacklist_characters="\n\r\x00", codec="utf-8"), min_size=1), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_becomes_one_record_per_line(lines: list[str], read: Read) -> None:
    rows = read("\n".join(["x", *lines, "x"]))
    assert len(rows) == len(lines) + 2


@given(body=st.binary(max_size=200))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_become_records(body: bytes, read: Read) -> None:
    assert len(read(b"x\n" + body + b"\nx")) >= 2


def test_a_line_above_a_mebibyte_is_cut_and_says_how_long_it_was(read: Read) -> None:
    body = b"before\n" + b"y" * (MAX_LINE + 10) + b"\nbetween\n" + b"z" * (3 * MAX_LINE) + b"\nafter"
    rows = read(body)
    assert [len(row["Body"]) for row in rows] == [6, MAX_LINE, 7, MAX_LINE, 5]
    lengths = [row["LogAttributes"].get("log.record.original_length") for row in rows]
    assert lengths == [None, str(MAX_LINE + 10), None, str(3 * MAX_LINE), None]


def test_a_line_of_exactly_a_mebibyte_is_whole(read: Read) -> None:
    rows = read(b"a\n" + b"y" * MAX_LINE + b"\nb")
    assert [len(row["Body"]) for row in rows] == [1, MAX_LINE, 1]
    assert all("log.record.original_length" not in row["LogAttributes"] for row in rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"service": "a\tb"}, "service contains a control character"),
        ({"origin": "a\nb"}, "origin contains a control character"),
        ({"origin": "x" * 257}, "origin has 257 characters"),
        ({"service": "\ud800"}, "service is not valid Unicode"),
        ({"shift_ms": 10**15}, "at most 100 years"),
        ({"reference": datetime(2026, 5, 4)}, "no time zone"),  # noqa: DTZ001 - that is what is refused
        ({"reference": datetime(1970, 1, 1, tzinfo=UTC)}, "from 1971 to 2099"),
    ],
)
def test_a_context_that_would_break_a_row_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(LinesContextError, match=message):
        LinesContext(**{"reference": REFERENCE, **change})


@pytest.mark.parametrize(
    ("context", "line", "service"),
    [
        ({"service": "shop", "origin": "a.log"}, "Dec 10 06:55:46 h sshd[1]: x", "shop"),
        ({"origin": "a.log"}, "Dec 10 06:55:46 h sshd[1]: x", "sshd"),
        ({"origin": "a.log"}, "some words", "a.log"),
        ({"service": "M\u00fcnchen"}, "some words", "M\u00fcnchen"),
    ],
)
def test_the_service_is_the_given_one_else_the_program_else_the_file(
    context: dict[str, str], line: str, service: str, read: Read
) -> None:
    (row,) = read(line, **context)
    assert row["ServiceName"] == service
    assert row["ResourceAttributes"]["service.name"] == service


def test_lines_load_into_the_table_of_logs(telemetry: Telemetry, segment: Callable[[bytes], str]) -> None:
    now = datetime.now(UTC)
    when = now.strftime("%b %e %H:%M:%S")
    body = f'plain\n{{"level":"error","msg":"x"}}\n{when} web-1 sshd[1]: error: y\n'.encode()
    source = segment(frame_lines(body, LinesContext(reference=now, service="shop")))
    telemetry.execute(f"INSERT INTO otel_logs ({', '.join(COLUMNS)}) {lines_select(source)}")
    assert telemetry.query("SELECT Body, Level, Component FROM otel_logs ORDER BY Body") == [
        {"Body": "error: y", "Level": 0, "Component": "sshd"},
        {"Body": "plain", "Level": 2, "Component": ""},
        {"Body": "x", "Level": 0, "Component": ""},
    ]


def test_the_last_time_of_a_file_is_that_of_its_last_line_with_one() -> None:
    tail = b"2 cut off\n2026-05-04 10:00:00 a\r\n2026-05-04 11:00:00 b\n  at somewhere\n\n"
    assert last_time(tail, REFERENCE) == datetime(2026, 5, 4, 11, tzinfo=UTC)
    assert last_time(b"no\ntime\n", REFERENCE) is None
