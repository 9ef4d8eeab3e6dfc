"""Values of a configuration file that know where they stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Plain: TypeAlias = Scalar | list["Plain"] | dict[str, "Plain"]
Path: TypeAlias = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; lines and columns count from 1, and 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value; ``broken`` if a mistake about it is known already, so that no other has to be told."""

    mark: Mark
    value: Scalar
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    mark: Mark
    items: tuple["Node", ...] = ()

    def __iter__(self) -> Iterator["Node"]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; ``keys`` says where each key stands."""

    mark: Mark
    entries: Mapping[str, "Node"] = field(default_factory=dict)
    keys: Mapping[str, Mark] = field(default_factory=dict)

    def get(self, key: str) -> "Node | None":
        """The value of a key, None without it."""
        return self.entries.get(key)


Node: TypeAlias = Leaf | Items | Table


def plain(node: Node) -> Plain:
    """The value without its marks."""
    match node:
        case Leaf():
            return node.value
        case Items():
            return [plain(item) for item in node.items]
        case Table():
            return {key: plain(value) for key, value in node.entries.items()}


def find_mark(node: Node, path: Path, *, key: bool = False) -> Mark:
    """Where the value at a path stands, or the nearest thing around it; with ``key``, its key."""
    mark = node.mark
    for index, step in enumerate(path):
        following = _step(node, step)
        if following is None:
            break
        if isinstance(node, Table) and (key and index == len(path) - 1):
            return node.keys[str(step)]
        node, mark = following, following.mark
    return mark


def is_broken(node: Node, path: Path) -> bool:
    """Whether the value at a path is one that a mistake was found in already."""
    for step in path:
        following = _step(node, step)
        if following is None:
            return False
        node = following
    return isinstance(node, Leaf) and node.broken


def _step(node: Node, step: str | int) -> Node | None:
    match node:
        case Table():
            return node.entries.get(str(step))
        case Items() if isinstance(step, int) and step < len(node.items):
            return node.items[step]
        case _:
            return None
