"""The states of a delivery."""

from enum import StrEnum


class Status(StrEnum):
    """Where a delivery stands; the last three are final."""

    PENDING = "pending"
    """Waits for its first or next attempt."""
    SENDING = "sending"
    """Is being handed over: from here on it may have arrived."""
    DELIVERED = "delivered"
    """The receiver confirmed it."""
    FAILED = "failed"
    """Was not delivered, and will not be tried again."""
    UNCONFIRMED = "unconfirmed"
    """Left, but no answer came: perhaps delivered, not sent again."""
