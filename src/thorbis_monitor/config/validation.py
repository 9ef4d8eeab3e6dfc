"""Checking marked values against a form (a pydantic model); every error becomes a mistake with its place."""

from collections.abc import Iterator
from difflib import get_close_matches
from enum import Enum
from types import UnionType
from typing import Annotated, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from thorbis_monitor.config.document import field_name
from thorbis_monitor.config.mistakes import Mistake
from thorbis_monitor.config.nodes import Node, find_mark, plain

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
}
_WRAPPERS = {"list", "tuple", "function-before", "nullable"}


def validate(node: Node, form: type[F], path: Steps = ()) -> tuple[F | None, list[Mistake]]:
    """Check a value against a form; ``path`` is where the value stands in the file, for the names of fields.

    Returns the filled form and no mistakes, or None and every mistake.
    """
    try:
        return form.model_validate(plain(node)), []
    except ValidationError as error:
        return None, [_mistake(node, form, path, detail) for detail in error.errors(include_url=False)]


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


def _mistake(node: Node, form: type[BaseModel], path: Steps, detail: ErrorDetails) -> Mistake:
    below = tuple(step for step in detail["loc"] if not (isinstance(step, str) and _is_tag(node, step)))
    kind = detail["type"]
    unknown = kind == "extra_forbidden"
    mark = find_mark(node, below, key=unknown)
    message, advice = _words(form, detail, below)
    return Mistake(mark.file, mark.line, mark.column, field_name((*path, *below)), message, advice)


def _is_tag(node: Node, step: str) -> bool:
    """Whether a step of pydantic's path names an alternative of a union instead of a key."""
    del node
    return "[" in step or step in _WRAPPERS


def _words(form: type[BaseModel], detail: ErrorDetails, below: Steps) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return "this setting is not known", did_you_mean(str(below[-1]), _known_keys(form, below[:-1]))
    if kind == "missing":
        return "this setting is missing", f"Add `{below[-1]}: ...`" if below else ""
    if kind in {"enum", "literal_error"}:
        return f"{detail['input']!r} is not possible here", f"Write one of: {context['expected']}"
    if kind in _KIND_WORDS:
        return _KIND_WORDS[kind]
    if kind == "value_error":
        message, _, advice = str(context["error"]).partition("; ")
        return message, _sentence(advice)
    return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}", ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _known_keys(form: type[BaseModel], below: Steps) -> list[str]:
    """The keys that are possible at a path below a form."""
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
    return sorted({field.alias or name for each in forms for name, field in each.model_fields.items()})


def _forms_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The forms inside an annotation such as ``tuple[Form, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Union, UnionType, Annotated, tuple, list, dict}:
        for inner in get_args(annotation):
            if not isinstance(inner, Enum):
                yield from _forms_in(inner)
