"""Which kinds of conditions there are: those of ``alerts.conditions``, and those of installed packages."""

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules

from thorbis_monitor.alerts import conditions
from thorbis_monitor.alerts.condition import AnyKind, ConditionKind

ENTRY_POINTS = "thorbis_monitor.conditions"


@cache
def condition_kinds() -> dict[str, AnyKind]:
    """Every kind of condition by its name; a foreign package cannot take the name of a built-in one."""
    kinds: dict[str, AnyKind] = {}
    for module in iter_modules(conditions.__path__):
        kind = import_module(f"{conditions.__name__}.{module.name}").KIND
        kinds[kind.name] = kind
    for entry in entry_points(group=ENTRY_POINTS):
        kind = _load(entry)
        kinds.setdefault(kind.name, kind)
    return kinds


def _load(entry: EntryPoint) -> AnyKind:
    kind = entry.load()
    if not isinstance(kind, ConditionKind):
        raise TypeError(f"the entry point {entry.name!r} ({entry.value}) has to name a ConditionKind")
    return kind
