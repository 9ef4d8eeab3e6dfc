"""Sending a file of log lines, with its times as they are or moved to the present."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from thorbis_monitor.client.connection import Connection
from thorbis_monitor.client.log_files import LogFile, LogFileError, bodies, opened, tail
from thorbis_monitor.ingest.lines import last_time

_END = 64 * 1024
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""A file that claims to be older has lost its time on the way."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the times of a file are read and moved.

    ``reference`` gives the year to times without one, and the time to lines without one.
    """

    reference: datetime
    shift: timedelta


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a file; ``newest`` is the time, as stored, of the last line that has one."""

    file: LogFile
    lines: int
    size: int
    plan: Plan
    newest: datetime | None


def plan(file: LogFile, now: datetime, *, assume_now: bool) -> Plan:
    """Decide on the times of a file: as they are, or moved so that its last line is now.

    Raises:
        LogFileError: the times are to be moved, and none can be found.
    """
    reference = file.modified if _EARLIEST <= file.modified <= now else now
    if not assume_now or not file.size:
        return Plan(reference, timedelta(0))
    last = last_time(tail(file), reference)
    if last is None:
        raise LogFileError(f"{file.name}: no time was found in its last lines; import it without --assume-now")
    return Plan(last, now - last)


def send(connection: Connection, file: LogFile, planned: Plan, service: str, progress: Callable[[int], None]) -> Sent:
    """Send all lines; ``progress`` hears how many bytes of the file are done.

    Raises:
        ServerError: the server does not take them.
        LogFileError: the file cannot be sent as it is.
    """
    parameters = {
        "service": service,
        "origin": file.name,
        "reference": planned.reference.isoformat(),
        "shift_ms": str(planned.shift // timedelta(milliseconds=1)),
    }
    lines = size = 0
    end = b""
    with opened(file) as (stream, raw):
        for body in bodies(stream):
            connection.post("/ingest/lines", body, parameters)
            lines += body.count(b"\n") + (not body.endswith(b"\n"))
            size += len(body)
            end = body[-_END:]
            progress(min(raw.tell(), file.size))
    newest = last_time(end, planned.reference)
    return Sent(file, lines, size, planned, newest and newest + planned.shift)
