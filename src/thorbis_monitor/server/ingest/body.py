"""Reading a request body within bounds, and undoing its compression within bounds."""

import asyncio
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import zstandard
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from thorbis_monitor.ingest.errors import RefusedError, malformed, too_large

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_IN_LOOP_BYTES = 1 << 18
"""Bodies up to this size are decompressed at once; larger ones in a thread, so that others are served meanwhile."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Largest body as it arrives, and after decompression, in bytes."""

    request_bytes: int = 16 << 20
    decompressed_bytes: int = 64 << 20


async def read_body(receive: Receive, headers: dict[bytes, bytes], limits: BodyLimits) -> bytes:
    """Return the body, decompressed.

    Raises:
        RefusedError: 413 too large, 415 unknown encoding, 400 damaged.
        ClientDisconnect: the client went away.
    """
    encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
    decompress = _DECODERS.get(encoding)
    if decompress is None:
        reason = f"content-encoding {encoding!r} is not known; send gzip, deflate, zstd or none"
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > limits.request_bytes:
        raise _over(limits.request_bytes, "the body")
    body = await _read(receive, limits.request_bytes)
    if encoding in {"", "identity"}:
        return body
    if len(body) <= _IN_LOOP_BYTES:
        return decompress(body, limits.decompressed_bytes)
    return await asyncio.to_thread(decompress, body, limits.decompressed_bytes)


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _over(limit, "the body")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _identity(body: bytes, limit: int) -> bytes:
    del limit
    return body


def _inflate(body: bytes, limit: int) -> bytes:
    """Gzip (also several members behind each other) and zlib."""
    parts: list[bytes] = []
    room = limit
    rest = body
    while rest:
        member = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            parts.append(member.decompress(rest, room + 1))
        except zlib.error as error:
            reason = f"the body is not valid gzip: {error}"
            raise malformed(reason) from error
        room -= len(parts[-1])
        if room < 0:
            raise _over(limit, "the decompressed body")
        if not member.eof:
            reason = "the gzip body ends early"
            raise malformed(reason)
        rest = member.unused_data
    return b"".join(parts)


def _unzstd(body: bytes, limit: int) -> bytes:
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body, read_across_frames=True)
        plain = reader.read(limit + 1)
    except zstandard.ZstdError as error:
        reason = f"the body is not valid zstd: {error}"
        raise malformed(reason) from error
    if len(plain) > limit:
        raise _over(limit, "the decompressed body")
    return plain


def _over(limit: int, what: str) -> RefusedError:
    return too_large(f"{what} is larger than {limit} bytes; send smaller batches")


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _inflate,
    "deflate": _inflate,
    "zstd": _unzstd,
}
