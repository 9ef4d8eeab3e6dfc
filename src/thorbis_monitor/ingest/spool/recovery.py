"""Making a spool whole again that a process left behind, however it ended."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from thorbis_monitor.ingest.spool.framing import Framing
from thorbis_monitor.ingest.spool.segment import OPEN, PART, Segment, become_sealed, sealed_segments

_DIGEST_BYTES = 16


@dataclass(slots=True)
class Recovered:
    """What was found: whole requests in open segments, bytes cut off behind them.

    ``digests`` are those of requests whose acknowledgement may have been lost: the ones in open segments, and in
    the newest sealed segment of each kind.
    """

    frames: int = 0
    cut_bytes: int = 0
    digests: set[bytes] = field(default_factory=set)


def recover(folder: Path, framings: Mapping[str, Framing]) -> Recovered:
    """Finish or undo splits, cut torn tails, and seal what was open."""
    found = Recovered()
    for path in sorted(folder.glob(f"*.{PART}*")):
        _recover_part(path)
    newest = {segment.kind: segment for segment in sealed_segments(folder)}
    for path in sorted(folder.glob(f"*.{OPEN}")):
        _recover_open(path, framings, found)
    for segment in newest.values():
        for _, payload in framings[segment.kind].payloads(memoryview(segment.path.read_bytes())):
            found.digests.add(digest_of(payload))
    return found


def digest_of(payload: bytes | memoryview) -> bytes:
    """What a request is known by."""
    return blake2b(payload, digest_size=_DIGEST_BYTES).digest()


def _recover_part(path: Path) -> None:
    """A split that was cut short: undone while its parent lives, else completed."""
    parent = path.suffix.removeprefix(f".{PART}")
    if any(segment.id == parent for segment in sealed_segments(path.parent)):
        path.unlink()
    else:
        become_sealed(path)


def _recover_open(path: Path, framings: Mapping[str, Framing], found: Recovered) -> None:
    """Keep the whole frames of a segment that was being written to."""
    size = path.stat().st_size
    end = 0
    for frame_end, payload in framings[Segment.of(path).kind].payloads(memoryview(path.read_bytes())):
        end = frame_end
        found.frames += 1
        found.digests.add(digest_of(payload))
    found.cut_bytes += size - end
    if end == 0:
        path.unlink()
        return
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())
    become_sealed(path)
