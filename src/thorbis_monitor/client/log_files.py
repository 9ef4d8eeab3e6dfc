"""Log files on disk and standard input: found, decompressed, and cut into bodies at line ends."""

import bz2
import glob
import gzip
import io
import lzma
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import zstandard

BODY_BYTES = 2 * 1024 * 1024
"""Size of a body before compression."""

_LONGEST_LINE = 4 * 1024 * 1024
_KEPT_OF_A_LONG_LINE = 2 * 1024 * 1024
_READ = 256 * 1024
_TAIL = 1024 * 1024
STDIN = "-"

DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
"""What reading a file may raise, damaged compression included."""


class LogFileError(Exception):
    """A file cannot be imported; the message says which and why."""


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file to import: ``name`` is shown and stored as its origin."""

    path: Path
    name: str
    size: int
    modified: datetime


@contextmanager
def find(patterns: Sequence[str]) -> Iterator[list[LogFile]]:
    """The files that names and globs mean, each once; what comes through a pipe is kept meanwhile.

    Raises:
        LogFileError: names everything that is missing or cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="thorbis-import-") as folder:
        found: dict[Path, LogFile] = {}
        problems: list[str] = []
        for pattern in patterns:
            if pattern == STDIN:
                copy = Path(folder) / "stdin"
                _keep(sys.stdin.buffer, copy)
                found[copy] = _log_file(copy, "stdin")
                continue
            names = [pattern] if Path(pattern).exists() else _matching(pattern)
            problems += [f"{pattern}: no such file"] if not names else []
            for path in map(Path, names):
                if problem := _problem(path):
                    problems.append(f"{path}: {problem}")
                elif path.is_fifo():
                    copy = Path(folder) / f"pipe{len(found)}"
                    with path.open("rb") as pipe:
                        _keep(pipe, copy)
                    found[copy] = _log_file(copy, "pipe")
                else:
                    found[path.resolve()] = _log_file(path, path.name)
        if problems:
            raise LogFileError("\n".join(problems))
        yield list(found.values())


@contextmanager
def opened(file: LogFile) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The lines of a file as a stream, and the file beneath it, whose position tells how far it was read.

    Raises:
        LogFileError: the text is in UTF-16.
    """
    with file.path.open("rb") as raw:
        start = raw.read(4)
        raw.seek(0)
        if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            raise LogFileError(f"{file.name} is in UTF-16; convert it first: iconv -f utf-16 -t utf-8 FILE")
        with _decompressed(raw, start) as stream:
            yield stream, raw


def bodies(stream: IO[bytes], size: int = BODY_BYTES) -> Iterator[bytes]:
    """Pieces of a stream that end at line ends; of a line too long to hold, only the beginning.

    A piece never splits a line, so it may be larger than ``size`` by one line.
    """
    rest = b""
    while block := stream.read(max(1, size - len(rest)) if len(rest) < size else _READ):
        rest += block
        if len(rest) < size:
            continue
        end = rest.rfind(b"\n") + 1
        if end:
            yield rest[:end]
            rest = rest[end:]
        elif len(rest) > _LONGEST_LINE:
            beginning = rest[:_KEPT_OF_A_LONG_LINE]
            rest = _after_line_end(stream)
            yield beginning + b"\n"
    if rest:
        yield rest


def tail(file: LogFile) -> bytes:
    """The final part of a file; a compressed one is read through."""
    with opened(file) as (stream, raw):
        if stream is raw:
            raw.seek(max(0, file.size - _TAIL))
            return raw.read(_TAIL)
        end = b""
        while block := stream.read(_TAIL):
            end = (end + block)[-_TAIL:]
        return end


def _after_line_end(stream: IO[bytes]) -> bytes:
    """Skip to the end of the line; return what was read beyond it."""
    while block := stream.read(_READ):
        _, ended, following = block.partition(b"\n")
        if ended:
            return following
    return b""


def _decompressed(raw: IO[bytes], start: bytes) -> IO[bytes]:
    """The compression is told by the first bytes, whatever the file is called."""
    if start[:2] == b"\x1f\x8b":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if start[:3] == b"BZh":
        return cast("IO[bytes]", bz2.BZ2File(raw))
    if start[:4] == b"\xfd7zX":
        return cast("IO[bytes]", lzma.LZMAFile(raw))
    if start[:4] == b"\x28\xb5\x2f\xfd":
        reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        return cast("IO[bytes]", io.BufferedReader(cast("io.RawIOBase", reader)))
    return raw


def _problem(path: Path) -> str:
    if path.is_dir():
        return f"is a folder; name its files, for example '{path}/*.log'"
    return "" if os.access(path, os.R_OK) else "cannot be read: permission denied"


def _matching(pattern: str) -> list[str]:
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern


def _log_file(path: Path, name: str) -> LogFile:
    status = path.stat()
    return LogFile(path, name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _keep(source: IO[bytes], copy: Path) -> None:
    with copy.open("wb") as target:
        shutil.copyfileobj(source, target)
