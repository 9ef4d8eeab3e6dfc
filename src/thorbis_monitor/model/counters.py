"""The product's figures about itself: named counters and gauges, rendered as Prometheus text."""

import threading
from collections.abc import Callable

_MAX_SERIES = 2000
_OVERFLOW = (("overflow", "true"),)

Labels = tuple[tuple[str, str], ...]


class Counters:
    """Thread-safe counters and gauges with a bound on the number of series."""

    def __init__(self) -> None:
        """Start with no series."""
        self._lock = threading.Lock()
        self._values: dict[str, dict[Labels, float]] = {}
        self._help: dict[str, str] = {}
        self._gauges: dict[str, Callable[[], float]] = {}
        self._series = 0

    def describe(self, name: str, text: str) -> None:
        """Give a metric its help text, and show it as 0 before it is first counted."""
        with self._lock:
            self._help[name] = text
            self._values.setdefault(name, {})

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter; past the bound of series the labels are dropped for ``overflow="true"``."""
        key: Labels = tuple(sorted(labels.items()))
        with self._lock:
            series = self._values.setdefault(name, {})
            if key not in series:
                if self._series >= _MAX_SERIES:
                    key = _OVERFLOW
                self._series += 1
            series[key] = series.get(key, 0) + amount

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Register a gauge that is read when the figures are rendered."""
        with self._lock:
            self._gauges[name] = read
            self._help[name] = text

    def total(self, name: str) -> float:
        """Sum of a counter over all its label sets."""
        with self._lock:
            return sum(self._values.get(name, {}).values())

    def render(self) -> str:
        """Write everything in the Prometheus text exposition format 0.0.4."""
        with self._lock:
            values = {name: dict(series) for name, series in self._values.items()}
            helps, gauges = dict(self._help), dict(self._gauges)
        lines: list[str] = []
        for name in sorted(values):
            lines += _head(name, helps.get(name, name), "counter")
            lines += [f"{name}{_labels(key)} {value:g}" for key, value in sorted(values[name].items())] or [f"{name} 0"]
        for name in sorted(gauges):
            lines += _head(name, helps[name], "gauge")
            lines.append(f"{name} {gauges[name]():g}")
        return "\n".join(lines) + "\n"


def _head(name: str, text: str, kind: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _labels(key: Labels) -> str:
    if not key:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in key) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
