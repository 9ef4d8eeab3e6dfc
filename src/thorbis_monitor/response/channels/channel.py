"""What every channel is: a name, a form in YAML, and something that sends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from thorbis_monitor.response.message import Message

SettingsT = TypeVar("SettingsT", bound=BaseModel)

HandOver = Callable[[], None]
"""Called by a channel immediately before the first byte of the message leaves.

It commits to the outbox that from here on the message may have arrived. What can be prepared (loading
libraries, reading secrets, connecting) is done before; what fails before is safely tried again.
"""


class DeliveryError(Exception):
    """A message was not, or perhaps not, delivered. ``reason`` is shown to people and holds no secret.

    Args:
        reason: what went wrong, and what can be done about it.
        permanent: trying again cannot help.
        retry_after: seconds that the receiver asks to wait.
        handed_over: the message left and no answer came, so that it may have arrived.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        handed_over: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        self.handed_over = handed_over


class Channel(Protocol):
    """Sends messages; used by several threads at once."""

    time_limit: timedelta
    """After this time an attempt counts as stuck."""

    def send(self, message: Message, hand_over: HandOver) -> None:
        """Send one message and return when the receiver has it.

        Raises:
            DeliveryError: it was not delivered, or there was no answer.
        """

    def close(self) -> None:
        """Let go of connections and the like."""


@dataclass(frozen=True)
class ChannelType(Generic[SettingsT]):
    """A kind of channel: ``name`` is its key in a receiver, ``settings`` what stands below that key.

    ``settings`` has only values that ``model_dump(mode="json")`` writes; secrets are ``SecretStr``.
    ``mistake`` looks deeper than the settings' own validation, and returns what is wrong or nothing.
    """

    name: str
    settings: type[SettingsT]
    open: Callable[[SettingsT], Channel]
    target: Callable[[SettingsT], str]
    """Where it leads, without secrets."""
    mistake: Callable[[SettingsT], str | None] = lambda _: None
