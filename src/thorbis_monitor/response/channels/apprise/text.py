"""A message as plain text, for people."""

from datetime import datetime

from thorbis_monitor.model.alert import ChangeKind
from thorbis_monitor.model.duration import format_duration
from thorbis_monitor.response.message import Message

_LINES = 20
_WIDTH = 300


def title(message: Message) -> str:
    """One line: what happened, how bad, what it is about."""
    return _short(f"[{message.kind.value.upper()}] {message.alert.severity.value}: {message.alert.title}")


def body(message: Message) -> str:
    """What, since when, with which values, and where to look."""
    alert = message.alert
    since = _time(alert.timestamp)
    lines = [alert.description, "", f"Severity: {alert.severity.value}", f"Category: {alert.category.value}"]
    lines += [f"Rule: {alert.source}", f"Since: {since}"]
    if message.kind is ChangeKind.RESOLVED and alert.resolved_at:
        lasted = format_duration(alert.resolved_at.replace(microsecond=0) - alert.timestamp.replace(microsecond=0))
        by = f" by {_short(alert.resolved_by)}" if alert.resolved_by else ""
        lines.append(f"Resolved: {_time(alert.resolved_at)}{by}, after {lasted}")
    lines += _entries("Values", {name: _value(value) for name, value in alert.data.items()})
    lines += _entries("Labels", alert.tags)
    if runbook := alert.annotations.get("runbook_url"):
        lines += ["", f"What to do: {runbook}"]
    return "\n".join([*lines, "", f"Details: {message.link}"])


def _entries(heading: str, entries: dict[str, str] | object) -> list[str]:
    if not isinstance(entries, dict) or not entries:
        return []
    lines = [f"  {_short(name)}: {_short(value)}" for name, value in list(entries.items())[:_LINES]]
    more = len(entries) - len(lines)
    return ["", f"{heading}:", *lines, *([f"  and {more} more"] if more else [])]


def _value(value: object) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
