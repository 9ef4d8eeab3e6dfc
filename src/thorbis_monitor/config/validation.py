"""Checking marked values against a form (a pydantic model); every error becomes a mistake with its place."""

from collections.abc import Iterator
from difflib import get_close_matches
from enum import Enum
from types import UnionType
from typing import Annotated, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from thorbis_monitor.config.document import field_name
from thorbis_monitor.config.mistakes import Mistake
from thorbis_monitor.config.nodes import Node, find_mark, is_broken, plain

F = TypeVar("F", bound=BaseModel)
Steps = tuple[str | int, ...]

_KIND_WORDS = {
    "dict_type": ("this has to be a group of settings", "Write `name: value` lines below it"),
    "model_type": ("this has to be a group of settings", "Write `name: value` lines below it"),
    "list_type": ("this has to be a list", "Begin each line with `- `"),
    "tuple_type": ("this has to be a list", "Begin each line with `- `"),
    "string_type": ("this has to be a text", "Put it in quotes if it looks like something else"),
    "bool_type": ("this has to be true or false", ""),
    "bool_parsing": ("this has to be true or false", ""),
    "string_too_short": ("this must not be empty", ""),
    "int_type": ("this has to be a whole number", ""),
    "int_parsing": ("this has to be a whole number", ""),
    "int_from_float": ("this has to be a whole number", ""),
    "float_type": ("this has to be a number", ""),
    "float_parsing": ("this has to be a number", ""),
    "finite_number": ("this has to be a number", ""),
    "byte_size": ("this is not a size", "Write a number with a unit, for example 16MiB or 1GiB"),
    "byte_size_unit": ("this is not a size", "Write a number with a unit, for example 16MiB or 1GiB"),
}
_BOUND_WORDS = {
    "greater_than": "greater than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_MAX_SHOWN = 100
_WRAPPERS = {"list", "tuple", "function-before", "nullable"}


def validate(node: Node, form: type[F], path: Steps = ()) -> tuple[F | None, list[Mistake]]:
    """Check a value against a form; ``path`` is where the value stands in the file, for the names of fields.

    Returns the filled form and no mistakes, or None and every mistake.
    """
    try:
        return form.model_validate(plain(node)), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    told = [describe_error(node, form, path, detail) for detail in details]
    return None, [mistake for mistake in told if mistake is not None]


def mistake_at(node: Node, path: Steps, below: Steps, message: str, advice: str = "") -> Mistake:
    """A mistake about a value below a node."""
    mark = find_mark(node, below)
    return Mistake(mark.file, mark.line, mark.column, field_name((*path, *below)), message, advice)


def did_you_mean(word: str, known: list[str], otherwise: str = "") -> str:
    """Advice for an unknown word: the known one that is most alike, or all of them when they are few."""
    close = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean `{close[0]}`?"
    return otherwise or f"Known here: {', '.join(known)}"


def describe_error(node: Node, form: type[BaseModel], path: Steps, detail: ErrorDetails) -> Mistake | None:
    """Make a mistake of an error that pydantic found in the value of a node; None if it is known already."""
    below = tuple(step for step in detail["loc"] if not (isinstance(step, str) and _is_tag(step)))
    if is_broken(node, below):
        return None
    kind = detail["type"]
    unknown = kind == "extra_forbidden"
    mark = find_mark(node, below, key=unknown)
    message, advice = _words(form, detail, below)
    return Mistake(mark.file, mark.line, mark.column, field_name((*path, *below)), message, advice)


def _is_tag(step: str) -> bool:
    """Whether a step of pydantic's path names an alternative of a union instead of a key."""
    return "[" in step or step in _WRAPPERS


def _words(  # noqa: PLR0911  one line for each kind of error
    form: type[BaseModel], detail: ErrorDetails, below: Steps
) -> tuple[str, str]:
    """The message and the advice for an error."""
    kind, context = detail["type"], detail.get("ctx", {})
    value = _shown(form, below, detail["input"])
    if kind == "extra_forbidden":
        return "this setting is not known", did_you_mean(str(below[-1]), _known_keys(form, below[:-1]))
    if kind == "missing":
        return "this setting is missing", f"Add `{below[-1]}: ...`" if below else ""
    if kind in {"enum", "literal_error"}:
        return f"{value} is not possible here", f"Write one of: {context['expected']}"
    if kind in _KIND_WORDS:
        return _KIND_WORDS[kind]
    if kind in _BOUND_WORDS:
        limit = next(iter(context.values()))
        return f"{value} is not possible here", f"It has to be {_BOUND_WORDS[kind]} {_number(limit)}"
    if kind == "value_error":
        message, _, advice = str(context["error"]).partition("; ")
        return message, _sentence(advice)
    purpose = _purpose(form, below)
    return f"{value} is not possible here" if purpose else _lower(detail["msg"]), purpose


def _number(limit: float) -> str:
    return f"{int(limit):,}" if limit == int(limit) else f"{limit:,}"


def _purpose(form: type[BaseModel], below: Steps) -> str:
    """What the setting at a path is for."""
    descriptions = [field.description for field in _fields_at(form, below) if field.description]
    return descriptions[0].rstrip(".") if descriptions else ""


def _shown(form: type[BaseModel], below: Steps, value: object) -> str:
    """A value in a message: cut to a readable length, and never a secret."""
    if any("Secret" in str(field.annotation) for field in _fields_at(form, below)):
        return "the value"
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _fields_at(form: type[BaseModel], below: Steps) -> list[FieldInfo]:
    """The declarations of the setting at a path."""
    keys = tuple(step for step in below if isinstance(step, str))
    if not keys:
        return []
    return [
        field
        for each in _forms_at(form, keys[:-1])
        for name, field in each.model_fields.items()
        if keys[-1] in {name, field.alias}
    ]


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _known_keys(form: type[BaseModel], below: Steps) -> list[str]:
    """The keys that are possible at a path below a form."""
    forms = _forms_at(form, below)
    return sorted({field.alias or name for each in forms for name, field in each.model_fields.items()})


def _forms_at(form: type[BaseModel], below: Steps) -> list[type[BaseModel]]:
    """The forms that describe the value at a path below a form."""
    forms = [form]
    for step in below:
        if isinstance(step, int):
            continue
        forms = [
            inner
            for each in forms
            for name, field in each.model_fields.items()
            if step in {name, field.alias}
            for inner in _forms_in(field.annotation)
        ]
    return forms


def _forms_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The forms inside an annotation such as ``tuple[Form, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Union, UnionType, Annotated, tuple, list, dict}:
        for inner in get_args(annotation):
            if not isinstance(inner, Enum):
                yield from _forms_in(inner)
