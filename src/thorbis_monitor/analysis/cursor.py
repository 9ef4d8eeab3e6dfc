"""Where a listing continues: small integers packed into a text that callers hand back unread."""

import base64
import binascii

_MAX_LENGTH = 200
_BOUND = 2**63


class CursorError(ValueError):
    """The cursor is not one that a listing gave out."""

    def __init__(self) -> None:
        """Say what to do about it."""
        super().__init__("the cursor is not valid; pass on the value of `next` as it is, or leave it out to start anew")


def pack(*numbers: int) -> str:
    """Write numbers as a cursor."""
    return base64.urlsafe_b64encode(".".join(map(str, numbers)).encode()).decode().rstrip("=")


def unpack(cursor: str, count: int) -> tuple[int, ...]:
    """Read ``count`` numbers back.

    Raises:
        CursorError: the text was not written by ``pack`` with that many numbers.
    """
    if len(cursor) > _MAX_LENGTH:
        raise CursorError
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        numbers = tuple(int(part) for part in text.split("."))
    except (ValueError, binascii.Error) as error:
        raise CursorError from error
    if len(numbers) != count or any(not -_BOUND <= number < _BOUND for number in numbers):
        raise CursorError
    return numbers
