"""Answers in the protocol of the sender: OTLP's Status in protobuf or JSON, plain JSON for our own lines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from thorbis_monitor.ingest.errors import RefusedError

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

_GRPC_CODES: Mapping[HTTPStatus, int] = {
    HTTPStatus.BAD_REQUEST: 3,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: 3,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: 3,
    HTTPStatus.TOO_MANY_REQUESTS: 8,
    HTTPStatus.SERVICE_UNAVAILABLE: 14,
}
"""google.rpc.Code: INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE."""

_MAX_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP response."""

    status: HTTPStatus
    content_type: str
    body: bytes
    retry_after: int | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Response headers as ASGI wants them."""
        headers = [(b"content-type", self.content_type.encode()), (b"content-length", b"%d" % len(self.body))]
        if self.retry_after is not None:
            headers.append((b"retry-after", b"%d" % self.retry_after))
        return headers


def otlp_stored(content_type: str) -> Answer:
    """An empty Export...ServiceResponse: everything was stored."""
    return Answer(HTTPStatus.OK, content_type, b"" if content_type == PROTOBUF else b"{}")


def otlp_refused(error: RefusedError, content_type: str) -> Answer:
    """A google.rpc.Status, as OTLP/HTTP demands."""
    code = _GRPC_CODES.get(error.status, 2)
    message = error.reason[:_MAX_MESSAGE]
    if content_type == PROTOBUF:
        return Answer(error.status, content_type, _status_message(code, message), error.retry_after)
    body = json.dumps({"code": code, "message": message}).encode()
    return Answer(error.status, JSON, body, error.retry_after)


def lines_stored(records: int) -> Answer:
    """How many lines were stored."""
    return Answer(HTTPStatus.OK, JSON, b'{"stored":%d}' % records)


def lines_refused(error: RefusedError, content_type: str = JSON) -> Answer:
    """Why nothing was stored."""
    del content_type
    body = {"error": {"code": error.status.name.lower(), "message": error.reason[:_MAX_MESSAGE]}}
    return Answer(error.status, JSON, json.dumps(body).encode(), error.retry_after)


def _status_message(code: int, message: str) -> bytes:
    """google.rpc.Status in protobuf: ``int32 code = 1; string message = 2``."""
    text = message.encode("utf-8", "replace")
    length = len(text)
    varint = bytes([length]) if length < 0x80 else bytes([length & 0x7F | 0x80, length >> 7])  # noqa: PLR2004
    return b"\x08" + bytes([code]) + b"\x12" + varint + text
