"""A rule: what is watched, how bad it is, and how its alerts live."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from thorbis_monitor.model.severity import Category, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What people decide about a rule; ``condition`` is the condition in words.

    ``for_`` is how long the condition has to hold before the alert is raised, ``keep_firing_for`` how long it
    has to be clear before the alert ends, ``cooldown`` the least time between two alerts of one label set.
    """

    id: str
    name: str
    category: Category
    severity: Severity
    condition: str
    description: str = ""
    enabled: bool = True
    cooldown: timedelta = timedelta(0)
    for_: timedelta = timedelta(0)
    keep_firing_for: timedelta = timedelta(0)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    runbook_url: str | None = None
