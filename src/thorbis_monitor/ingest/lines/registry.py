"""The formats: one folder each under ``formats``, and those that installed packages add."""

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from thorbis_monitor.ingest.lines import formats
from thorbis_monitor.ingest.lines.format import LineFormat

GROUP = "thorbis_monitor.line_formats"
"""Entry points of other packages in this group name a ``FORMAT``."""


@cache
def line_formats() -> Sequence[LineFormat]:
    """All formats in the order of detection.

    Raises:
        ValueError: two formats have one name.
    """
    found: list[LineFormat] = [
        import_module(f"{formats.__name__}.{module.name}").FORMAT for module in pkgutil.iter_modules(formats.__path__)
    ]
    found += [entry.load() for entry in entry_points(group=GROUP)]
    names = [line_format.name for line_format in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two log formats are called {', '.join(sorted(twice))}; rename the one you added")
    return sorted(found, key=lambda line_format: line_format.rank)
