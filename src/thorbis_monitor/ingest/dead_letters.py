"""Requests that the engine refused: kept with the reason, so that they can be looked at and replayed."""

import json
from collections.abc import Sequence
from pathlib import Path

from thorbis_monitor.ingest.spool.segment import Segment

_MAX_REASON = 4000


class DeadLetters:
    """One pair of files per refused request: the payload as it arrived, and why it was refused."""

    def __init__(self, folder: Path, max_bytes: int = 256 << 20) -> None:
        """Keep at most ``max_bytes``; the oldest go first."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._max_bytes = max_bytes

    def keep(self, segment: Segment, payloads: Sequence[bytes], reason: str) -> int:
        """Write the request down; returns how many older ones had to go for it."""
        name = f"{segment.id}.{segment.kind}"
        (self._folder / f"{name}.body").write_bytes(b"".join(payloads))
        (self._folder / f"{name}.json").write_text(
            json.dumps({"kind": segment.kind, "arrived_at_ms": segment.created_at_ms, "reason": reason[:_MAX_REASON]})
        )
        return self._trim()

    def count(self) -> int:
        """How many requests are kept."""
        return sum(1 for _ in self._folder.glob("*.body"))

    def _trim(self) -> int:
        bodies = sorted(self._folder.glob("*.body"))
        size = sum(path.stat().st_size for path in bodies)
        dropped = 0
        while size > self._max_bytes and len(bodies) > 1:
            oldest = bodies.pop(0)
            size -= oldest.stat().st_size
            oldest.unlink()
            oldest.with_suffix(".json").unlink(missing_ok=True)
            dropped += 1
        return dropped
