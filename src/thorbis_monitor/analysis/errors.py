"""What goes wrong most often."""

from dataclasses import dataclass
from datetime import datetime

from thorbis_monitor.analysis.nanoseconds import to_nanoseconds
from thorbis_monitor.store.telemetry import Telemetry

_MESSAGE_LENGTH = 300
_WINDOW = (
    "Level = 0 AND Timestamp > fromUnixTimestamp64Nano({since:Int64}, 'UTC')"
    " AND Timestamp <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')"
)


@dataclass(frozen=True, slots=True)
class CommonError:
    """A message at level ERROR and how often it came."""

    message: str
    count: int


def count_errors(telemetry: Telemetry, since: datetime, until: datetime) -> int:
    """The number of ERROR records in ``(since, until]``."""
    rows = telemetry.query(f"SELECT count() AS errors FROM otel_logs WHERE {_WINDOW}", _parameters(since, until))
    return int(rows[0]["errors"])


def most_common_errors(
    telemetry: Telemetry, since: datetime, until: datetime, limit: int = 3
) -> tuple[CommonError, ...]:
    """The most frequent ERROR messages in ``(since, until]``, cut to a readable length."""
    rows = telemetry.query(
        f"""SELECT substringUTF8(Body, 1, {_MESSAGE_LENGTH}) AS message, count() AS records
        FROM otel_logs WHERE {_WINDOW}
        GROUP BY message ORDER BY records DESC, message LIMIT {{limit:UInt32}}""",
        {**_parameters(since, until), "limit": limit},
    )
    return tuple(CommonError(row["message"], int(row["records"])) for row in rows)


def _parameters(since: datetime, until: datetime) -> dict[str, int]:
    return {"since": to_nanoseconds(since), "until": to_nanoseconds(until)}
