"""Reading YAML with the place of every key and value.

Plain values follow YAML 1.2 (``yes`` and ``on`` are words), keys are unique, and ``${NAME}`` in a value is
replaced from the environment. Nothing in a file can run code or grow without bound.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from thorbis_monitor.config.mistakes import ConfigError, Mistake
from thorbis_monitor.config.nodes import Items, Leaf, Mark, Node, Scalar, Table

MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 40

_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MAX_INT_DIGITS = 30
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_file(path: Path, environ: Mapping[str, str]) -> tuple[Table, list[Mistake]]:
    """Read a YAML file that holds a mapping (an empty file is an empty one), and what is wrong with its form.

    Raises:
        ConfigError: the file cannot be read, or nothing can be made of it.
    """
    file = str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError([Mistake(file, 0, 0, "", f"the file cannot be read: {reason}", "Check the path")]) from error
    if len(content) > MAX_BYTES:
        raise ConfigError([Mistake(file, 0, 0, "", f"the file is larger than {MAX_BYTES // 1024:,} KiB", "Split it")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([Mistake(file, line, 1, "", "the file is not UTF-8 text", "Save it as UTF-8")]) from error
    return read_text(text, file, environ)


def read_text(text: str, file: str, environ: Mapping[str, str]) -> tuple[Table, list[Mistake]]:
    """Read YAML text as ``read_file`` does; ``file`` is the name used in mistakes.

    Raises:
        ConfigError: nothing can be made of the text.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax_mistake(error, file)]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError([Mistake(file, 0, 0, "", f"this is not YAML: {error}")]) from error
    if root is None:
        return Table(Mark(file, 1, 1)), []
    reader = _Reader(file, environ)
    node = reader.read(root, (), 0)
    if not isinstance(node, Table):
        reader.note(node.mark, (), "the file does not hold settings", "Write `name: value` lines")
        raise ConfigError(reader.mistakes)
    return node, reader.mistakes


def field_name(path: tuple[str | int, ...]) -> str:
    """Write a path as people do: ``rules[0].condition``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class _Reader:
    """Turns composed YAML into marked nodes and collects the mistakes of form."""

    def __init__(self, file: str, environ: Mapping[str, str]) -> None:
        self.mistakes: list[Mistake] = []
        self._file = file
        self._environ = environ
        self._nodes = 0

    def note(self, mark: Mark, path: tuple[str | int, ...], message: str, advice: str = "") -> None:
        self.mistakes.append(Mistake(self._file, mark.line, mark.column, field_name(path), message, advice))

    def read(self, node: yaml.Node, path: tuple[str | int, ...], depth: int) -> Node:
        mark = self._mark(node)
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            self.note(mark, path, "the file is nested too deeply or repeats too much", "Write it out plainly")
            raise ConfigError(self.mistakes)
        match node:
            case yaml.MappingNode():
                return self._table(node, mark, path, depth)
            case yaml.SequenceNode():
                items = (self.read(item, (*path, index), depth + 1) for index, item in enumerate(node.value))
                return Items(mark, tuple(items))
            case _:
                found = len(self.mistakes)
                value = self._scalar(node, mark, path)
                return Leaf(mark, value, broken=len(self.mistakes) > found)

    def _table(self, node: yaml.MappingNode, mark: Mark, path: tuple[str | int, ...], depth: int) -> Table:
        entries: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        for key_node, value_node in node.value:
            key_mark = self._mark(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.note(key_mark, path, "a key has to be a word", "Put quotes around it if it is meant as text")
                continue
            key = key_node.value
            if key in entries:
                first = keys[key].line
                self.note(
                    key_mark,
                    (*path, key),
                    f"the key is given twice, first in line {first}",
                    "Remove one of them",
                )
                continue
            keys[key] = key_mark
            entries[key] = self.read(value_node, (*path, key), depth + 1)
        return Table(mark, entries, keys)

    def _scalar(self, node: yaml.Node, mark: Mark, path: tuple[str | int, ...]) -> Scalar:
        text: str = node.value
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        filled = self._fill(text, mark, path)
        if filled != text:
            return filled
        return _plain_scalar(text) if is_plain else text

    def _fill(self, text: str, mark: Mark, path: tuple[str | int, ...]) -> str:
        def replace(found: re.Match[str]) -> str:
            name = found.group(1)
            if name is None:
                return "${"
            if not _NAME.fullmatch(name):
                self.note(
                    mark,
                    path,
                    f"{found.group()!r} does not name a variable",
                    "Write $${ for the characters ${",
                )
                return ""
            if name not in self._environ:
                advice = "Set it, or write the value here"
                self.note(mark, path, f"the environment variable {name} is not set", advice)
                return ""
            return self._environ[name]

        return _VARIABLE.sub(replace, text)

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self._file, node.start_mark.line + 1, node.start_mark.column + 1)


def _plain_scalar(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    number: int | float | None = None
    if _INT.fullmatch(text) and len(text) <= _MAX_INT_DIGITS:
        number = int(text)
    elif _FLOAT.fullmatch(text):
        number = float(text)
    # A number that would be written differently (1.10, 007) stays a text: it may be meant as one, and forms
    # that want a number read it from the text.
    return number if str(number) == text else text


def _syntax_mistake(error: yaml.MarkedYAMLError, file: str) -> Mistake:
    mark = error.problem_mark or error.context_mark
    problem = " ".join(part for part in (error.context, error.problem) if part)
    advice = "Check the indentation, the colons and the quotes of this line and the one above"
    if mark is None:
        return Mistake(file, 0, 0, "", f"this is not YAML: {problem}", advice)
    return Mistake(file, mark.line + 1, mark.column + 1, "", f"this is not YAML: {problem}", advice)
