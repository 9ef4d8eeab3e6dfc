"""Numbers as people read them."""

import math
from collections.abc import Mapping

_DIGITS = ((100_000, 0), (100, 1), (1, 3))
_MOST_DIGITS = 6
_BYTES = {"bytes", "By"}
_KIBI = 1024
_UNITS = {
    "ms": " ms",
    "s": " s",
    "percent": " %",
    "%": " %",
    "count": "",
    "1": "",
}


def format_number(value: float, unit: str = "") -> str:
    """Write a number with thousands separators, the digits that matter behind the point, and its unit."""
    if not math.isfinite(value):
        return str(value)
    if unit in _BYTES:
        return _format_bytes(value)
    digits = next((count for least, count in _DIGITS if abs(value) >= least), _MOST_DIGITS)
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}{_UNITS.get(unit, f' {unit}' if unit else '')}"


def _format_bytes(value: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if abs(value) < _KIBI:
            return f"{round(value, 1):,g} {unit}"
        value /= _KIBI
    return f"{value:,.1f} TiB"


def in_context(labels: Mapping[str, str]) -> str:
    """Write labels as a remark behind a sentence."""
    return f" for {', '.join(f'{name}={value}' for name, value in sorted(labels.items()))}" if labels else ""
