"""One page of a longer list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list in a stable order; ``next`` is the cursor of the page that follows, if any."""

    items: tuple[T, ...]
    next: str | None = None
