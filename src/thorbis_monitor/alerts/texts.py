"""Filling values into texts: ``{{ value }}``, ``{{ labels.NAME }}``, ``{{ data.NAME }}``; nothing is run."""

import re

from thorbis_monitor.alerts.numbers import format_number
from thorbis_monitor.alerts.outcome import Row

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]{0,200}?)\s*\}\}")
_GROUPS = ("labels.", "data.")
MAX_LENGTH = 5000


def unknown_placeholders(text: str) -> list[str]:
    """Placeholders of a text that can never have a value."""
    return [name for name in _PLACEHOLDER.findall(text) if name != "value" and not name.startswith(_GROUPS)]


def fill(text: str, row: Row) -> str:
    """Fill in what was found; what is not there becomes nothing."""

    def value_of(found: re.Match[str]) -> str:
        group, _, name = found.group(1).partition(".")
        if group == "labels":
            return row.labels.get(name, "")
        value = row.value if group == "value" else row.data.get(name, "")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return format_number(value)
        return "" if value is None else str(value)

    return _PLACEHOLDER.sub(value_of, text)[:MAX_LENGTH]
