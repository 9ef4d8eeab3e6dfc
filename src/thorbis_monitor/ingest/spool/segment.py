"""One segment file and its name: ``<id>.<kind>.<suffix>``."""

from dataclasses import dataclass
from pathlib import Path

OPEN = "open"
SEALED = "seg"
PART = "part-"


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed segment: nothing is appended any more.

    ``first_statement`` is where loading begins: a segment that was split off after some of its kind's
    statements had been carried out continues with the rest.
    """

    id: str
    kind: str
    path: Path
    first_statement: int = 0

    @property
    def created_at_ms(self) -> int:
        """When the segment was begun, in milliseconds since the epoch: the time of arrival of its records."""
        return int(self.id[:12], 16)

    @classmethod
    def of(cls, path: Path) -> "Segment":
        """Read id, kind and first statement out of the name."""
        identity, kind, _ = path.name.split(".")
        segment_id, _, first = identity.partition("~")
        return cls(segment_id, kind, path, int(first or 0))


def file_name(segment_id: str, kind: str, suffix: str, first_statement: int = 0) -> str:
    """The name of a segment's file."""
    mark = f"~{first_statement}" if first_statement else ""
    return f"{segment_id}{mark}.{kind}.{suffix}"


def part_suffix(parent_id: str) -> str:
    """The suffix of a segment that was split off and whose parent may still be there."""
    return f"{PART}{parent_id}"


def become_sealed(path: Path) -> Path:
    """Rename an open segment, or a part, to a sealed one."""
    sealed = path.with_suffix(f".{SEALED}")
    path.rename(sealed)
    return sealed


def sealed_segments(folder: Path) -> list[Segment]:
    """The sealed segments of a spool, oldest first."""
    return [Segment.of(path) for path in sorted(folder.glob(f"*.{SEALED}"))]
