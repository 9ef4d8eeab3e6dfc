"""What is remembered about a rule and one label set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from thorbis_monitor.model.alert import Alert


class Phase(StrEnum):
    """Where a label set stands in the life of an alert."""

    INACTIVE = "inactive"
    """The condition does not hold, or a person resolved the alert while it did."""
    PENDING = "pending"
    """The condition holds, but not long enough yet (``for``)."""
    COOLDOWN = "cooldown"
    """The condition holds, but the last alert is too recent for a new one."""
    FIRING = "firing"
    """There is an open alert."""


@dataclass(frozen=True, slots=True)
class Instance:
    """State of one label set of a rule; ``alert`` is the open alert, if any.

    ``dismissed``: a person resolved the alert while the condition held; it is not raised again before the
    condition has been clear once.
    """

    rule_id: str
    fingerprint: str
    labels: Mapping[str, str]
    phase: Phase = Phase.INACTIVE
    active_since: datetime | None = None
    last_true_at: datetime | None = None
    last_fired_at: datetime | None = None
    alert: Alert | None = None
    dismissed: bool = False
    value: float | None = None

    @property
    def firing(self) -> bool:
        """Whether there is an open alert."""
        return self.alert is not None
