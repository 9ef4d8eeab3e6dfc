"""Receivers: who is told what, and through which channel."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from thorbis_monitor.model.alert import Alert, ChangeKind
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.response.channels.channel import Channel, ChannelType
from thorbis_monitor.response.channels.settings import ChannelSettings


class ReceiverSettings(ChannelSettings):
    """What stands in a receiver beside its channel."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.@-]{0,99}$")
    min_severity: Severity | None = None
    severities: list[Severity] | None = Field(default=None, min_length=1)
    categories: list[Category] | None = Field(default=None, min_length=1)
    send_resolved: bool = True
    resend_unconfirmed: bool = False


@dataclass(frozen=True)
class Receiver:
    """One receiver, checked."""

    settings: ReceiverSettings
    channel: ChannelType[Any] = field(repr=False)
    channel_settings: BaseModel = field(repr=False)

    @property
    def name(self) -> str:
        """Its name, which deliveries refer to."""
        return self.settings.name

    @property
    def target(self) -> str:
        """Where it leads, without secrets."""
        return f"{self.channel.name} to {self.channel.target(self.channel_settings)}"

    def wants(self, alert: Alert, kind: ChangeKind) -> bool:
        """Whether it is to be told of a change of this alert."""
        asked = self.settings
        return (
            (kind is ChangeKind.FIRING or asked.send_resolved)
            and (asked.min_severity is None or alert.severity.rank <= asked.min_severity.rank)
            and (asked.severities is None or alert.severity in asked.severities)
            and (asked.categories is None or alert.category in asked.categories)
        )

    def open(self) -> Channel:
        """A channel that sends to it."""
        channel: Channel = self.channel.open(self.channel_settings)
        return channel

    def document(self) -> dict[str, Any]:
        """Its YAML form with all secrets: for the courier's eyes only."""
        return {
            **self.settings.model_dump(mode="json", exclude_none=True),
            self.channel.name: self.channel_settings.model_dump(mode="json", exclude_none=True),
        }
