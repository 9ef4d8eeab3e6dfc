"""Appending requests durably, handing out sealed segments, and finding everything again after a crash.

Appends from the event loop are gathered while a commit runs and leave with the next one: one write and one
``fdatasync`` per kind serve all of them (group commit).
"""

import asyncio
import os
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from thorbis_monitor.ingest.errors import unavailable
from thorbis_monitor.ingest.spool.framing import Framing
from thorbis_monitor.ingest.spool.recovery import digest_of, recover
from thorbis_monitor.ingest.spool.segment import OPEN, Segment, become_sealed, file_name, part_suffix, sealed_segments
from thorbis_monitor.model.clock import NewId, new_id

_MAX_IOV = 512


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """Bounds of the spool in bytes, and of one segment in bytes and records."""

    total_bytes: int = 1 << 30
    pending_bytes: int = 64 << 20
    segment_bytes: int = 32 << 20
    segment_records: int = 100_000
    free_disk_bytes: int = 256 << 20


@dataclass(slots=True)
class _OpenSegment:
    path: Path
    descriptor: int
    size: int = 0
    records: int = 0


@dataclass(slots=True)
class _Append:
    kind: str
    head: bytes
    payload: bytes
    records: int
    done: "asyncio.Future[None]"

    @property
    def size(self) -> int:
        return len(self.head) + len(self.payload)


@dataclass(slots=True)
class _Queue:
    appends: list[_Append] = field(default_factory=list)
    size: int = 0


class Spool:
    """Segment files in one folder. ``append`` belongs to the event loop, everything else is thread-safe."""

    def __init__(
        self, folder: Path, framings: Mapping[str, Framing], limits: SpoolLimits | None = None, ids: NewId = new_id
    ) -> None:
        """Open the folder and recover what an earlier process left there."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._framings = framings
        self._limits = limits or SpoolLimits()
        self._new_id = ids
        self._lock = threading.Lock()
        self._open: dict[str, _OpenSegment] = {}
        self._free_disk_bytes = 0
        self._look_at_disk_after = 0.0
        self._queue = _Queue()
        self._committing: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self.full_segment = threading.Event()
        """Set when a segment reached its bound and should be loaded without waiting."""
        found = recover(folder, framings)
        self.recovered_frames, self.cut_bytes = found.frames, found.cut_bytes
        self._seen_before_crash = found.digests
        self._sealed_bytes = sum(segment.path.stat().st_size for segment in self._sealed())

    @property
    def size(self) -> int:
        """Bytes in the spool that are not loaded yet."""
        return self._sealed_bytes + sum(segment.size for segment in self._open.values())

    async def append(self, kind: str, payload: bytes, records: int) -> bool:
        """Append one request; when this returns it is on disk.

        Returns False when the same bytes were already stored before a crash whose answer never arrived.

        Raises:
            RefusedError: the spool is full (503).
        """
        if self._seen_before_crash and self._is_repeated(payload):
            return False
        append = _Append(
            kind, self._framings[kind].head(payload), payload, records, asyncio.get_running_loop().create_future()
        )
        self._check_room(append.size)
        self._queue.appends.append(append)
        self._queue.size += append.size
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit())
        await append.done
        return True

    def seal(self) -> list[Segment]:
        """Close the segments that are open and return all sealed ones, oldest first."""
        with self._lock:
            self.full_segment.clear()
            for kind in [kind for kind, segment in self._open.items() if segment.size]:
                self._seal(kind)
            return self._sealed()

    def pending(self) -> bool:
        """Whether anything waits to be loaded."""
        return self.size > 0

    def remove(self, segment: Segment) -> None:
        """Forget a loaded segment."""
        with self._lock:
            self._sealed_bytes -= segment.path.stat().st_size
            segment.path.unlink()

    def split(self, segment: Segment, parts: Sequence[Sequence[bytes]], first_statement: int) -> list[Segment]:
        """Replace a sealed segment by several with the given payloads; safe against a crash at any point."""
        framing = self._framings[segment.kind]
        children: list[Path] = []
        for payloads in parts:
            name = file_name(self._new_id(), segment.kind, part_suffix(segment.id), first_statement)
            path = self._folder / name
            _write_durably(path, b"".join(framing.frame(payload) for payload in payloads))
            children.append(path)
        _sync_folder(self._folder)
        grown = sum(path.stat().st_size for path in children)
        self.remove(segment)
        _sync_folder(self._folder)
        with self._lock:
            self._sealed_bytes += grown
        return [Segment.of(become_sealed(path)) for path in children]

    def payloads(self, segment: Segment) -> list[bytes]:
        """Read the requests of a segment back."""
        data = memoryview(segment.path.read_bytes())
        return [bytes(payload) for _, payload in self._framings[segment.kind].payloads(data)]

    async def close(self) -> None:
        """Finish the commits under way and close the files; what is in them stays for the next start."""
        if self._committing is not None:
            await self._committing
        self._writer.shutdown()
        with self._lock:
            for kind in list(self._open):
                self._seal(kind)

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._queue.appends:
                batch, self._queue = self._queue, _Queue()
                failures = await loop.run_in_executor(self._writer, self._write, batch.appends)
                _answer(batch.appends, failures)
        finally:
            self._committing = None

    def _write(self, appends: Sequence[_Append]) -> dict[str, str]:
        """Write a batch and make it durable; returns the reason per kind that failed."""
        failures: dict[str, str] = {}
        by_kind: dict[str, list[_Append]] = {}
        for append in appends:
            by_kind.setdefault(append.kind, []).append(append)
        with self._lock:
            for kind, batch in by_kind.items():
                try:
                    self._write_kind(kind, batch)
                except OSError as error:  # the disk refused; the senders are told and may try again
                    failures[kind] = error.strerror or type(error).__name__
                    self._abandon(kind)
        return failures

    def _write_kind(self, kind: str, batch: Sequence[_Append]) -> None:
        segment = self._open.get(kind) or self._begin(kind)
        size = sum(append.size for append in batch)
        _write_all(segment.descriptor, [piece for append in batch for piece in (append.head, append.payload)])
        os.fdatasync(segment.descriptor)
        segment.size += size
        segment.records += sum(append.records for append in batch)
        if segment.size >= self._limits.segment_bytes or segment.records >= self._limits.segment_records:
            self._seal(kind)
            self.full_segment.set()

    def _abandon(self, kind: str) -> None:
        """After a failed write: keep what was durable before it, and never write to that file again."""
        segment = self._open.get(kind)
        if segment is not None:
            os.ftruncate(segment.descriptor, segment.size)
            self._seal(kind)

    def _begin(self, kind: str) -> _OpenSegment:
        path = self._folder / file_name(self._new_id(), kind, OPEN)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        _sync_folder(self._folder)
        self._open[kind] = _OpenSegment(path, descriptor)
        return self._open[kind]

    def _seal(self, kind: str) -> None:
        segment = self._open.pop(kind)
        os.close(segment.descriptor)
        if segment.size:
            become_sealed(segment.path)
            self._sealed_bytes += segment.size
        else:
            segment.path.unlink()

    def _check_room(self, size: int) -> None:
        if self._queue.size + size > self._limits.pending_bytes and self._queue.appends:
            raise unavailable("too many requests wait to be written", retry_after=1)
        if self.size + self._queue.size + size > self._limits.total_bytes:
            raise unavailable("the spool is full: telemetry arrives faster than it is stored")
        if self._free_disk() < self._limits.free_disk_bytes:
            raise unavailable("the disk is almost full", retry_after=30)

    def _free_disk(self) -> int:
        """Bytes free on the disk, looked up at most every second."""
        if (moment := time.monotonic()) >= self._look_at_disk_after:
            disk = os.statvfs(self._folder)
            self._free_disk_bytes = disk.f_bavail * disk.f_frsize
            self._look_at_disk_after = moment + 1
        return self._free_disk_bytes

    def _is_repeated(self, payload: bytes) -> bool:
        digest = digest_of(payload)
        if digest not in self._seen_before_crash:
            return False
        self._seen_before_crash.discard(digest)
        return True

    def _sealed(self) -> list[Segment]:
        return sealed_segments(self._folder)


def _answer(appends: Sequence[_Append], failures: Mapping[str, str]) -> None:
    for append in appends:
        if append.done.done():  # the client went away
            continue
        failure = failures.get(append.kind)
        if failure is None:
            append.done.set_result(None)
        else:
            append.done.set_exception(unavailable(f"the spool could not be written: {failure}"))


def _write_all(descriptor: int, pieces: Sequence[bytes]) -> None:
    for start in range(0, len(pieces), _MAX_IOV):
        remaining: list[bytes | memoryview] = list(pieces[start : start + _MAX_IOV])
        while remaining:
            written = os.writev(descriptor, remaining)
            while remaining and written >= len(remaining[0]):
                written -= len(remaining.pop(0))
            if written:
                remaining[0] = memoryview(remaining[0])[written:]


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
