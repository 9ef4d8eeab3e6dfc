"""Files are found, decompressed and cut at line ends without losing a byte."""

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from thorbis_monitor.client.log_files import LogFileError, bodies, find, opened, tail

TEXT = b"".join(b"line %d\n" % number for number in range(50_000))


@given(lines=st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line)), size=st.integers(1, 60))
def test_bodies_end_at_line_ends_and_make_up_the_whole(lines: list[bytes], size: int) -> None:
    text = b"\n".join(lines)
    found = list(bodies(io.BytesIO(text), size))
    assert b"".join(found) == text
    assert all(body.endswith(b"\n") for body in found[:-1])
    assert all(len(body) <= size + 256 * 1024 for body in found)


def test_of_a_line_that_does_not_end_only_the_beginning_is_sent() -> None:
    text = b"before\n" + b"x" * (9 * 1024 * 1024) + b"\nafter\n"
    found = b"".join(bodies(io.BytesIO(text)))
    before, cut, after, end = found.split(b"\n")
    assert (before, after, end) == (b"before", b"after", b"")
    assert 1024 * 1024 < len(cut) < 5 * 1024 * 1024


@pytest.mark.parametrize(
    "compress",
    [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress],
    ids=["plain", "gzip", "bzip2", "xz", "zstd"],
)
def test_compression_is_told_by_content(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "old.log"
    path.write_bytes(compress(TEXT))
    with find([str(path)]) as (file,), opened(file) as (stream, raw):
        assert b"".join(bodies(stream)) == TEXT
        assert raw.tell() == file.size
    with find([str(path)]) as (file,):
        assert TEXT.endswith(tail(file))
        assert tail(file).endswith(b"line 49999\n")


def test_members_of_gzip_behind_each_other_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "joined.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    with find([str(path)]) as (file,), opened(file) as (stream, _):
        assert b"".join(bodies(stream)) == b"one\ntwo\n"


def test_globs_and_names_give_each_file_once(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", "c [1].log"):
        (tmp_path / name).write_text("x\n")
    with find([str(tmp_path / "*.log"), str(tmp_path / "a.log"), str(tmp_path / "c [1].log")]) as files:
        assert [file.name for file in files] == ["a.log", "b.log", "c [1].log"]


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    with (
        pytest.raises(LogFileError) as caught,
        find([str(tmp_path / "no.log"), str(tmp_path / "*.gz"), str(tmp_path)]),
    ):
        pass
    message = str(caught.value)
    assert "no.log: no such file" in message
    assert "*.gz: no such file" in message
    assert "is a folder; name its files" in message


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"through a pipe\n")
    os.close(writing)
    with find([f"/dev/fd/{reading}"]) as (file,), opened(file) as (stream, _):
        assert (file.name, stream.read()) == ("pipe", b"through a pipe\n")
    os.close(reading)


def test_utf_16_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "windows.log"
    path.write_bytes("line\n".encode("utf-16"))
    with find([str(path)]) as (file,), pytest.raises(LogFileError, match="iconv -f utf-16"), opened(file):
        pass
