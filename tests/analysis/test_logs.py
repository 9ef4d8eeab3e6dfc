from datetime import UTC, datetime, timedelta

import pytest

from thorbis_monitor.analysis.cursor import CursorError, pack
from thorbis_monitor.analysis.logs import LogFilter, LogLine, find_logs
from thorbis_monitor.model.level import Level
from thorbis_monitor.store.telemetry import Telemetry

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def add(
    telemetry: Telemetry, age: str, message: str, *, severity: int = 9, component: str = "", count: int = 1
) -> None:
    telemetry.execute(
        "INSERT INTO otel_logs"
        " (Timestamp, SeverityNumber, Body, ServiceName, LogAttributes, ResourceAttributes)"
        f" SELECT toDateTime64('2026-01-31 12:00:00', 9, 'UTC') - INTERVAL {age}, {severity}, '{message}',"
        " 'shop',"
        f" map('component', '{component}'), map('service.name', 'shop') FROM numbers({count})"
    )


def messages(telemetry: Telemetry, wanted: LogFilter) -> list[str]:
    return [line.message for line in find_logs(telemetry, wanted, NOW).items]


def all_pages(telemetry: Telemetry, limit: int, wanted: LogFilter | None = None) -> list[LogLine]:
    lines: list[LogLine] = []
    cursor: str | None = None
    while True:
        page = find_logs(telemetry, wanted or LogFilter(), NOW, limit, cursor)
        assert len(page.items) <= limit
        lines += page.items
        cursor = page.next
        if cursor is None:
            return lines


def test_records_come_newest_first_with_all_that_they_hold(telemetry: Telemetry) -> None:
    add(telemetry, "2 MINUTE", "older")
    add(telemetry, "1500 MILLISECOND", "newer", severity=17, component="payment")
    first, second = find_logs(telemetry, LogFilter(), NOW).items
    assert (first.message, second.message) == ("newer", "older")
    assert first.timestamp == "2026-01-31T11:59:58.500Z"
    assert (first.level, first.component, first.service) == (Level.ERROR, "payment", "shop")
    assert first.attributes == {"component": "payment"}
    assert first.resource == {"service.name": "shop"}


def test_a_record_far_back_is_found_as_well_as_a_new_one(telemetry: Telemetry) -> None:
    for age in ("5 SECOND", "3 HOUR", "2 DAY", "25 DAY"):
        add(telemetry, age, age)
    assert messages(telemetry, LogFilter()) == ["5 SECOND", "3 HOUR", "2 DAY", "25 DAY"]


def test_a_record_from_the_future_is_not_hidden(telemetry: Telemetry) -> None:
    add(telemetry, "-1 HOUR", "clock ahead")
    assert messages(telemetry, LogFilter()) == ["clock ahead"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_join_to_the_whole_list_without_gaps_or_repeats(telemetry: Telemetry, limit: int) -> None:
    for second in range(8):
        add(telemetry, f"{second} SECOND", f"same {second}", count=3)
        add(telemetry, f"{second} SECOND", f"other {second}", component="mail", count=2)
    lines = all_pages(telemetry, limit)
    assert len(lines) == 40
    assert lines == all_pages(telemetry, 1000)


def test_records_that_arrive_between_two_pages_do_not_shift_the_second(telemetry: Telemetry) -> None:
    for second in range(1, 5):
        add(telemetry, f"{second} SECOND", str(second))
    first = find_logs(telemetry, LogFilter(), NOW, limit=2)
    add(telemetry, "0 SECOND", "new")
    second_page = find_logs(telemetry, LogFilter(), NOW, limit=2, cursor=first.next)
    assert [line.message for line in second_page.items] == ["3", "4"]


def test_filters_restrict_what_is_listed(telemetry: Telemetry) -> None:
    add(telemetry, "1 MINUTE", "Payment FAILED", severity=17, component="payment")
    add(telemetry, "2 MINUTE", "slow answer", severity=13, component="api")
    add(telemetry, "3 MINUTE", "all well", severity=9, component="api")
    assert messages(telemetry, LogFilter(levels=(Level.ERROR, Level.INFO))) == ["Payment FAILED", "all well"]
    assert messages(telemetry, LogFilter(min_level=Level.WARN)) == ["Payment FAILED", "slow answer"]
    assert messages(telemetry, LogFilter(component="api")) == ["slow answer", "all well"]
    assert messages(telemetry, LogFilter(service="nobody")) == []
    assert messages(telemetry, LogFilter(contains="failed")) == ["Payment FAILED"]


def test_the_time_range_excludes_its_start_and_includes_its_end(telemetry: Telemetry) -> None:
    for minute in (1, 2, 3):
        add(telemetry, f"{minute} MINUTE", str(minute))
    wanted = LogFilter(since=NOW - timedelta(minutes=3), until=NOW - timedelta(minutes=2))
    assert messages(telemetry, wanted) == ["2"]


def test_text_to_look_for_is_a_value_and_never_sql(telemetry: Telemetry) -> None:
    add(telemetry, "1 MINUTE", "plain")
    assert messages(telemetry, LogFilter(contains="' OR 1=1 --", component="\\'{x:String}")) == []


def test_a_cursor_that_was_made_up_is_refused(telemetry: Telemetry) -> None:
    with pytest.raises(CursorError):
        find_logs(telemetry, LogFilter(), NOW, cursor=pack(1, -5, 1))
