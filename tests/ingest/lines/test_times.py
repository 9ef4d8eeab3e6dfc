"""Times in lines: both readers agree, the year of syslog is found, shifts are added."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.lines.conftest import Read
from thorbis_monitor.ingest.lines.times import APACHE, BSD, CLF, EPOCH, ISO, NGINX, RFC3339, Notation
from thorbis_monitor.store.telemetry import Telemetry

_DATES = st.tuples(st.integers(1970, 2090), st.integers(1, 12), st.integers(1, 31))
_CLOCKS = st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FRACTIONS = st.sampled_from(["", ".1", ".123", ".123456", ".123456789"])
_OFFSETS = st.sampled_from(["Z", "+00:00", "+02:00", "-0930", "+14:00"])


def written(layout: str, *more: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of a layout, with dates that exist and dates that do not."""

    def write(date: tuple[int, int, int], clock: tuple[int, int, int], *rest: str) -> str:
        year, month, day = date
        time = "{:02}:{:02}:{:02}".format(*clock)
        return layout.format(*rest, y=year, m=month, d=day, month=_MONTHS[month - 1], time=time)

    return st.builds(write, _DATES, _CLOCKS, *more)


NOTATIONS: dict[str, tuple[Notation, st.SearchStrategy[str]]] = {
    "iso": (ISO, written("{y}-{m:02}-{d:02}{1}{time}{0}", _FRACTIONS, st.sampled_from("T "))),
    "iso with a comma and a zone": (ISO, written("{y}-{m:02}-{d:02} {time},5 {0}", _OFFSETS)),
    "rfc3339": (RFC3339, written("{y}-{m:02}-{d:02}T{time}{0}{1}", _FRACTIONS, _OFFSETS)),
    "bsd": (BSD, written("{month} {d:2} {time}")),
    "bsd with a zero": (BSD, written("{month} {d:02} {time}")),
    "clf": (CLF, written("{d:02}/{month}/{y}:{time} {0}", st.sampled_from(["+0000", "+0330", "-1100"]))),
    "apache": (APACHE, written("Sun {month} {d:02} {time} {y}")),
    "apache 2.4": (APACHE, written("Mon {month} {d:02} {time}.123456 {y}")),
    "nginx": (NGINX, written("{y}/{m:02}/{d:02} {time}")),
    "epoch": (EPOCH, st.integers(100_000_000, 9_999_999_999_999_999_999).map(str)),
    "epoch with a fraction": (EPOCH, st.floats(1e9, 4e9).map("{:.6f}".format)),
}
REFERENCES = st.integers(315_532_800, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(("notation", "texts"), NOTATIONS.values(), ids=NOTATIONS.keys())
@given(data=st.data(), reference=REFERENCES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_engine_and_python_read_every_notation_alike(
    notation: Notation,
    texts: st.SearchStrategy[str],
    telemetry: Telemetry,
    data: st.DataObject,
    reference: datetime,
) -> None:
    drawn = data.draw(st.lists(texts, min_size=20, max_size=40))
    sql = notation.sql("text").replace("reference", "toDateTime64({reference:Float64}, 3, 'UTC')")
    source = "(SELECT arrayJoin({texts:Array(String)}) AS text)"
    rows = telemetry.query(
        f"SELECT text, toUnixTimestamp64Micro({sql}) AS us FROM {source}",
        {"texts": drawn, "reference": reference.timestamp()},
    )
    for row in rows:
        text = row["text"]
        assert re.fullmatch(notation.pattern, text), text
        moment = notation.read(text, reference)
        expected = None if moment is None else (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
        assert row["us"] == expected, text


@pytest.mark.parametrize(
    ("reference", "line", "expected"),
    [
        ("2026-05-04T12:00:00", "May  4 11:00:00 h p: x", "2026-05-04T11:00:00"),
        ("2026-05-04T12:00:00", "May  5 12:00:00 h p: x", "2026-05-05T12:00:00"),
        ("2026-05-04T12:00:00", "May  5 12:00:01 h p: x", "2025-05-05T12:00:01"),
        ("2026-05-04T12:00:00", "Dec 31 23:59:59 h p: x", "2025-12-31T23:59:59"),
        ("2026-12-31T23:30:00", "Jan  1 00:10:00 h p: x", "2027-01-01T00:10:00"),
        ("2027-01-01T00:10:00", "Dec 31 23:50:00 h p: x", "2026-12-31T23:50:00"),
        ("2026-05-04T12:00:00", "Feb 29 10:00:00 h p: x", "2024-02-29T10:00:00"),
        ("2024-02-29T12:00:00", "Feb 29 10:00:00 h p: x", "2024-02-29T10:00:00"),
        ("2024-02-20T12:00:00", "Feb 29 10:00:00 h p: x", "2020-02-29T10:00:00"),
        ("2026-05-04T12:00:00", "Jun 31 10:00:00 h p: x", "2026-05-04T12:00:00"),
    ],
)
def test_a_time_without_a_year_is_the_newest_that_is_not_a_day_ahead(
    reference: str, line: str, expected: str, read: Read
) -> None:
    (row,) = read(line, reference=datetime.fromisoformat(reference).replace(tzinfo=UTC))
    assert row["Timestamp"] == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Dec 10 06:55:46 h p: x", "2025-12-10T07:55:46"),
        ('{"ts":"2026-05-04T10:00:00+02:00","msg":"x"}', "2026-05-04T09:00:00"),
        ("nothing to read a time from", "2026-05-04T13:00:00"),
    ],
)
def test_the_shift_is_added_to_every_time(line: str, expected: str, read: Read) -> None:
    (row,) = read(line, shift_ms=3_600_000)
    assert row["Timestamp"] == datetime.fromisoformat(expected)


@pytest.mark.parametrize("value", ["1777888800", "1777888800.25", "1777888800250", '"1777888800250000"', '"x"', "null"])
def test_unix_time_is_read_in_every_unit(value: str, read: Read) -> None:
    (row,) = read(f'{{"ts":{value},"msg":"x"}}')
    seconds = (row["Timestamp"].replace(tzinfo=UTC) - datetime(2026, 5, 4, 10, tzinfo=UTC)).total_seconds()
    assert seconds in ({7200.0} if value in {'"x"', "null"} else {0.0, 0.25})


def test_a_time_beyond_what_the_table_holds_is_kept_at_its_edge(read: Read) -> None:
    (row,) = read("2099-12-31 00:00:00 x", shift_ms=99 * 366 * 86_400_000)
    assert row["Timestamp"] == datetime.fromisoformat("2106-02-07T06:28:15")
    (row,) = read("1970-01-02 00:00:00 x", shift_ms=-99 * 366 * 86_400_000)
    assert row["Timestamp"] == datetime.fromisoformat("1970-01-01T00:00:00")
