"""Finds every format: the packages beside this module, and entry points ``thorbis_monitor.ingest_formats``."""

import importlib
import pkgutil
from importlib.metadata import entry_points

from thorbis_monitor.ingest import formats as package
from thorbis_monitor.ingest.formats.base import IngestFormat


def all_formats() -> dict[str, IngestFormat]:
    """Every known format by kind.

    Raises:
        ValueError: two formats have the same kind.
    """
    found: list[IngestFormat] = []
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg:
            found += importlib.import_module(f"{package.__name__}.{module.name}").FORMATS
    for entry_point in entry_points(group="thorbis_monitor.ingest_formats"):
        found += entry_point.load()
    by_kind = {item.kind: item for item in found}
    if len(by_kind) != len(found):
        message = f"two ingest formats share a kind: {sorted(item.kind for item in found)}"
        raise ValueError(message)
    return by_kind
