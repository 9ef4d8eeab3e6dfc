"""Figures and states in words. Pure functions."""

import json
from collections.abc import Mapping
from typing import Any

from thorbis_monitor.alerts.lifecycle import RESOLVED_BY
from thorbis_monitor.dashboard.status import SystemStatus
from thorbis_monitor.model.severity import Severity

NOTHING = "\N{EN DASH}"

_MAX_VALUE = 2000
_KIBI = 1024


def headline(status: SystemStatus, by_severity: Mapping[Severity, int]) -> str:
    """The state of the system in one sentence."""
    parts = [f"{count:,} {severity.value}" for severity, count in by_severity.items() if count]
    total = sum(by_severity.values())
    if not total:
        return "No alert is open."
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    sentence = f"{listed} {'alert is' if total == 1 else 'alerts are'} open."
    return f"{sentence} None of them is urgent." if status is SystemStatus.HEALTHY else sentence


def milliseconds(value: float | None) -> str:
    """A duration, in seconds from ten of them on."""
    if value is None:
        return NOTHING
    return f"{value / 1000:,.1f} s" if value >= 10_000 else f"{value:,.0f} ms"  # noqa: PLR2004 - ten seconds


def percent(value: float | None) -> str:
    """A share with at most two digits behind the point."""
    if value is None:
        return NOTHING
    return f"{value * 100:.2f}".rstrip("0").rstrip(".") + " %"


def count(value: float) -> str:
    """A whole number."""
    return f"{value:,.0f}"


def size(value: int) -> str:
    """A size in bytes, with the largest unit that leaves a whole number."""
    amount, unit = float(value), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if amount < _KIBI:
            break
        amount, unit = amount / _KIBI, larger
    return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"


def plain_value(value: Any) -> str:
    """A value of an alert for people, of bounded length."""
    match value:
        case str():
            text = value
        case bool() | None:
            text = json.dumps(value)
        case int():
            text = f"{value:,}"
        case float():
            text = f"{value:,.6g}"
        case list() | tuple() if all(isinstance(item, str | int | float) for item in value):
            text = "\n".join(plain_value(item) for item in value)
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str, indent=1)
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 1] + "…"


def ending(resolved_by: str | None) -> str:
    """How an alert came to its end."""
    return "condition cleared " if resolved_by == RESOLVED_BY else f"by {resolved_by} "


def tab_title(status: SystemStatus, active: int) -> str:
    """The title of the browser's tab."""
    name = "Thorbis Monitor"
    return f"({active}) {status.value.capitalize()} · {name}" if active else name
