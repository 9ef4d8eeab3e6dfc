"""JSON objects as log lines: one pass over the line gives all its keys, the rest is looking them up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from thorbis_monitor.ingest.lines.format import Examples, Fields
from thorbis_monitor.ingest.lines.severity import BY_NAME, INFO, number_of_name
from thorbis_monitor.ingest.lines.sql import choose, identifier, mapping, translate
from thorbis_monitor.ingest.lines.times import EPOCH, ISO, any_of, read_any
from thorbis_monitor.store.telemetry.sql import literal

_MESSAGE = ("message", "msg", "log", "short_message", "text", "event", "body")
_LEVEL = ("level", "severity", "levelname", "log.level", "loglevel", "lvl", "severity_text", "SeverityText")
_TIME = ("timestamp", "time", "ts", "@timestamp", "datetime", "date", "asctime")
_SERVICE = ("service", "service.name", "service_name", "app", "application")
_HOST = ("host.name", "hostname", "host")
_TRACE = ("traceId", "trace_id", "trace.id")
_SPAN = ("spanId", "span_id", "span.id")
_SCOPE = ("logger", "logger_name")

_NUMBERED = {
    "0": 17,
    "1": 13,
    "2": 9,
    "3": 5,
    "4": 1,
    "10": 1,
    "20": 5,
    "30": 9,
    "40": 13,
    "50": 17,
    "60": 21,
}
"""Levels as numbers: ours from 0 to 4, and the tens that the loggers of Node.js and Python write."""

_RENAMED = {"userId": "user.id", "sessionId": "session.id", "requestId": "request.id"}
_ERROR = {
    "name": "exception.type",
    "message": "exception.message",
    "stack": "exception.stacktrace",
    "code": "error.code",
    "cause": "exception.cause",
}
_PREFIXED = ("performance", "business")
_ALL = "'Map(String, String)'"
_TEXTS = {17: "ERROR", 13: "WARN", 9: "INFO", 5: "DEBUG", 1: "TRACE", 21: "FATAL"}


def _key(name: str) -> str:
    return f"c_json[{literal(name)}]"


def _first(names: Sequence[str], otherwise: str = "''") -> str:
    return choose([(f"{_key(name)} != ''", _key(name)) for name in names], otherwise)


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(literal, names))


def _object(name: str) -> str:
    """The keys of a nested object, none where the value is something else."""
    return f"if(startsWith({_key(name)}, '{{'), JSONExtract({_key(name)}, {_ALL}), CAST(map(), {_ALL}))"


def _severity_number() -> str:
    level = _first(_LEVEL)
    return f"if(match({level}, '^[0-9]+$'), {translate(level, _NUMBERED, str(INFO))}, {number_of_name(level)})"


def _severity_text() -> str:
    level = _first(_LEVEL)
    known = ", ".join(str(number) for number in _TEXTS)
    names = ", ".join(literal(name) for name in _TEXTS.values())
    number = f"transform({_severity_number()}, [{known}], [{names}], 'INFO')"
    return f"if(lower({level}) IN ({_list(tuple(BY_NAME))}), upper({level}), {number})"


def _attributes() -> str:
    """Every key that no column took, the nested objects of our own format under their names."""
    values = ", ".join(_first(names) for names in (_MESSAGE, _LEVEL, _TIME))
    used = f"k IN ({_list(_MESSAGE + _LEVEL + _TIME)}) AND v IN ({values})"
    taken = f"k IN ({_list(_SERVICE + _HOST + _TRACE + _SPAN + tuple(_RENAMED))}, 'environment')"
    nested = f"k IN ({_list(('data', 'error', *_PREFIXED))}) AND startsWith(v, '{{')"
    rest = f"mapFilter((k, v) -> NOT (({used}) OR ({taken}) OR ({nested})), c_json)"
    renamed = mapping({attribute: _key(key) for key, attribute in _RENAMED.items()})
    whole = f"mapUpdate({rest}, {renamed})"
    for name in _PREFIXED:
        whole = f"mapUpdate({whole}, mapApply((k, v) -> (concat('{name}.', k), v), {_object(name)}))"
    names = f"transform(k, [{_list(tuple(_ERROR))}], [{_list(tuple(_ERROR.values()))}], concat('error.', k))"
    whole = f"mapUpdate({whole}, mapApply((k, v) -> ({names}, v), {_object('error')}))"
    return f"mapUpdate({whole}, {_object('data')})"


_FIELDS = Fields(
    severity_text=_severity_text(),
    severity_number=_severity_number(),
    body=f"trim(TRAILING '\\n' FROM {_first(_MESSAGE, 'line')})",
    program=_first(_SERVICE),
    scope=_first(_SCOPE),
    trace_id=f"lower({_first(_TRACE)})",
    span_id=f"lower({_first(_SPAN)})",
    attributes=_attributes(),
    resource=mapping({"host.name": _first(_HOST), "deployment.environment.name": _key("environment")}),
    keeps_line=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFormat:
    """JSON lines of one shape; ``shape`` is a condition over the keys in ``c_json``."""

    name: str
    rank: int
    shape: str
    examples: Examples

    def __post_init__(self) -> None:
        """Refuse a name that cannot stand in a statement."""
        identifier(self.name)

    @property
    def fields(self) -> Fields:
        """The same for every shape: the known names are looked up, the others become attributes."""
        return _FIELDS

    @property
    def time(self) -> str:
        """The first key that names a time, in ISO 8601 or since 1970."""
        return any_of(_first(_TIME), ISO, EPOCH)

    @property
    def captures(self) -> Mapping[str, str]:
        """All keys with their values as text; nothing where the line is no JSON object."""
        return {"c_json": f"if(startsWith(line, '{{'), JSONExtract(line, {_ALL}), CAST(map(), {_ALL}))"}

    @property
    def hit(self) -> str:
        """A JSON object with a key, of this shape."""
        return f"notEmpty(c_json) AND {self.shape}"

    def time_of(self, line: str, reference: datetime) -> datetime | None:
        """The value of the first key that names a time."""
        if not line.startswith("{"):
            return None
        try:
            keys = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        text = next((text for name in _TIME if (text := _text(keys.get(name)))), "")
        return read_any(text, reference, ISO, EPOCH)


def _text(value: msgspec.Raw | None) -> str:
    """A string without its quotes, a number as it is written."""
    if value is None:
        return ""
    plain = msgspec.json.decode(value)
    return plain if isinstance(plain, str) else bytes(value).decode()
