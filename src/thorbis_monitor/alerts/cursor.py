"""Cursors of alert lists: the position (time, id) of the last item shown, opaque to clients."""

import base64
import binascii
from datetime import UTC, datetime

from thorbis_monitor.analysis.cursor import CursorError

_MAX_LENGTH = 200


def write_cursor(timestamp: datetime, alert_id: str) -> str:
    """Encode a position."""
    text = f"{timestamp.astimezone(UTC).isoformat()} {alert_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Decode a position.

    Raises:
        CursorError: the text is not one of our cursors.
    """
    if len(cursor) > _MAX_LENGTH:
        raise CursorError
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
        moment, alert_id = text.split(" ")
        timestamp = datetime.fromisoformat(moment)
    except (ValueError, binascii.Error) as error:
        raise CursorError from error
    if timestamp.tzinfo is None:
        raise CursorError
    return timestamp, alert_id
