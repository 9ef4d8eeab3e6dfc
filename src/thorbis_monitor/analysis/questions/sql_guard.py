"""What a query in a rule may contain: one SELECT over the telemetry tables, with functions that only compute.

The engine itself takes the query apart, so that there is no second opinion about where a string ends: first
alone (it has to be one complete statement), then in the place where it will stand (inside brackets, where
nothing but a SELECT can be). Every part of the result is then held against lists of what is allowed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from thorbis_monitor.analysis.questions.question import QuestionError
from thorbis_monitor.store.telemetry import Telemetry

MAX_LENGTH = 20_000

_START = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_NODE = re.compile(r"\s*(?P<kind>\w+(?:::\w+)?)(?: (?P<name>.*?))?(?: \(alias .*?\))?(?: \(children \d+\))?")

_NODES = {
    "ArrayJoin", "Asterisk", "ExpressionList", "Function", "Identifier", "Literal", "OrderByElement",
    "QualifiedAsterisk", "SelectIntersectExceptQuery", "SelectQuery", "SelectWithUnionQuery", "Subquery",
    "TableExpression", "TableIdentifier", "TableJoin", "TablesInSelectQuery", "TablesInSelectQueryElement",
    "WindowDefinition", "WithElement",
}  # fmt: skip
_CATEGORIES = (
    "Aggregate Functions", "Arithmetic", "Arrays", "Bit", "Bitmap", "Comparison", "Conditional",
    "Dates and Times", "Distance", "Encoding", "Financial", "Geo", "Hash", "IP Address", "JSON", "Logical",
    "Map", "Mathematical", "Null", "Rounding", "String", "String Replacement", "String Search",
    "String Splitting", "Time Window", "Tuple", "Type Conversion", "URL", "UUID",
)  # fmt: skip
_MORE_FUNCTIONS = {
    "formatreadablesize", "formatreadablequantity", "formatreadabletimedelta", "identity", "materialize",
    "neighbor", "runningdifference", "totypename", "transform",
    # What the parser makes of operators and keywords.
    "_cast", "exists", "grouping", "interval", "lambda",
}  # fmt: skip
_HARMLESS_NAMES = {"bar", "database", "digits", "hostname", "revision", "schema", "uptime", "user", "version"}
"""Functions without effect whose names people give to columns. Other names are refused even without brackets,
because the engine takes ``arrayMap(file, ...)``."""
_TABLE_FUNCTIONS = {"numbers", "sqlstandardvalues", "values", "zeros"}
_COMBINATORS = (
    "if", "array", "map", "ornull", "ordefault", "distinct", "foreach", "state", "merge", "resample",
    "argmin", "argmax", "simplestate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Dictionary:
    """What the engine knows: functions that a query may use, all functions, and databases out of reach."""

    allowed: frozenset[str]
    aggregates: frozenset[str]
    functions: frozenset[str]
    databases: frozenset[str]


_dictionaries: WeakKeyDictionary[Telemetry, _Dictionary] = WeakKeyDictionary()
_approved: WeakKeyDictionary[Telemetry, set[str]] = WeakKeyDictionary()
_MAX_APPROVED = 2000


def check_text(query: str) -> None:
    """Refuse what can be refused without the engine.

    Raises:
        ValueError: the text cannot be the query of a rule.
    """
    if not _START.match(query):
        raise ValueError("the query does not begin with SELECT; rules can only read")
    if ";" in query:
        raise ValueError("the query has a semicolon; write one SELECT, without a semicolon, also in texts")
    if len(query) > MAX_LENGTH:
        raise ValueError(f"the query is longer than {MAX_LENGTH:,} characters; make it shorter")


def wrapped(query: str, limit: int) -> str:
    """The query in the place where it runs."""
    return f"SELECT * FROM (\n{query}\n) LIMIT {limit:d}"


def check_query(telemetry: Telemetry, query: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a query that does anything but compute on telemetry.

    Raises:
        QuestionError: it does; the text says what.
        TelemetryError: it is no SQL.
    """
    approved = _approved.setdefault(telemetry, set())
    if query in approved:
        return
    try:
        check_text(query)
    except ValueError as error:
        raise QuestionError(str(error)) from error
    telemetry.sandboxed("SELECT formatQuerySingleLine({query:String})", {"query": query})
    _, rows = telemetry.sandboxed(f"EXPLAIN AST {wrapped(query, 1)}", parameters)
    dictionary = _dictionary(telemetry)
    for problem in _problems([str(row[0]) for row in rows], dictionary):
        raise QuestionError(problem)
    if len(approved) < _MAX_APPROVED:
        approved.add(query)


def _problems(lines: list[str], known: _Dictionary) -> Iterator[str]:
    parents: list[str] = []
    for line in lines:
        depth = len(line) - len(line.lstrip(" "))
        found = _NODE.fullmatch(line)
        kind, name = (found["kind"], found["name"] or "") if found else (line.strip(), "")
        parent = parents[depth - 1] if 0 < depth <= len(parents) else ""
        parents[depth:] = [kind]
        problem = _problem(kind, name, parent, known)
        if problem:
            yield problem


def _problem(kind: str, name: str, parent: str, known: _Dictionary) -> str | None:
    word = name.lower()
    match kind:
        case _ if kind not in _NODES:
            return f"the query uses {_PLAIN_NAMES.get(kind, kind)}, which rules may not"
        case "Function" if parent == "TableExpression":
            return None if word in _TABLE_FUNCTIONS else f"the query reads from {name}(), rules read only telemetry"
        case "Function":
            return None if _computes(word, known) else f"the query uses the function {name}, which rules may not"
        case "TableIdentifier" | "Identifier" if word.partition(".")[0] in known.databases:
            return f"the query reads {name}, rules read only telemetry"
        case "Identifier" if word in known.functions - _HARMLESS_NAMES and not _computes(word, known):
            return f"{name} is the name of a function that rules may not use; write a table before it: t.{name}"
        case _:
            return None


_PLAIN_NAMES = {"Set": "SETTINGS", "ColumnsTransformerList": "APPLY, EXCEPT or REPLACE"}


def _computes(word: str, known: _Dictionary) -> bool:
    """Whether a function only computes; an aggregate may carry combinators: ``sumIf``, ``avgOrNull``."""
    if word in known.allowed or word in _MORE_FUNCTIONS:
        return True
    for combinator in _COMBINATORS:
        base = word.removesuffix(combinator)
        if base != word and (base in known.aggregates or _computes_aggregate(base, known)):
            return True
    return False


def _computes_aggregate(word: str, known: _Dictionary) -> bool:
    bases = [word.removesuffix(combinator) for combinator in _COMBINATORS if word.endswith(combinator)]
    return any(base in known.aggregates for base in bases)


def _dictionary(telemetry: Telemetry) -> _Dictionary:
    found = _dictionaries.get(telemetry)
    if found is None:
        found = _dictionaries[telemetry] = _read_dictionary(telemetry)
    return found


def _read_dictionary(telemetry: Telemetry) -> _Dictionary:
    rows = telemetry.query("SELECT lower(name) AS name, lower(alias_to) AS alias, categories FROM system.functions")
    categories = {row["name"]: row["categories"] for row in rows}
    kinds = {row["name"]: row["categories"] or categories.get(row["alias"], "") for row in rows}
    tables = {row["name"] for row in telemetry.query("SELECT lower(name) AS name FROM system.table_functions")}
    databases = telemetry.query("SELECT lower(name) AS name FROM system.databases WHERE name != currentDatabase()")
    allowed = {name for name, kind in kinds.items() if kind in _CATEGORIES}
    return _Dictionary(
        allowed=frozenset(allowed - (tables - {"format", "values"})),
        aggregates=frozenset(name for name, kind in kinds.items() if kind == "Aggregate Functions"),
        functions=frozenset(kinds),
        databases=frozenset({"system", "information_schema", *(row["name"] for row in databases)}),
    )
