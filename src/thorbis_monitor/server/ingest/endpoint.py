"""The ASGI application for ingest paths; everything else goes on to the next application.

It stands before the web framework: per request it costs a dictionary look-up, not a middleware stack.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from thorbis_monitor.ingest.errors import RefusedError
from thorbis_monitor.ingest.formats import IngestFormat
from thorbis_monitor.ingest.spool import Spool
from thorbis_monitor.model.counters import Counters
from thorbis_monitor.server.ingest import answers
from thorbis_monitor.server.ingest.answers import Answer
from thorbis_monitor.server.ingest.body import BodyLimits, read_body


@dataclass(frozen=True, slots=True)
class Route:
    """How one path is served: the format per content type, and the answers of its protocol."""

    kinds: Mapping[str, str]
    stored: Callable[[str, int], Answer]
    refused: Callable[[RefusedError, str], Answer]
    default_type: str


def _otlp(signal: str) -> Route:
    return Route(
        kinds={answers.PROTOBUF: f"{signal}-otlp-protobuf", answers.JSON: f"{signal}-otlp-json"},
        stored=lambda content_type, _: answers.otlp_stored(content_type),
        refused=answers.otlp_refused,
        default_type=answers.PROTOBUF,
    )


def _lines(kind: str) -> Route:
    return Route(
        kinds={"": kind},
        stored=lambda _, records: answers.lines_stored(records),
        refused=answers.lines_refused,
        default_type="",
    )


ROUTES: Mapping[str, Route] = {
    "/v1/logs": _otlp("logs"),
    "/v1/metrics": _otlp("metrics"),
    "/v1/traces": _otlp("traces"),
    "/ingest/logs": _lines("logs-ndjson"),
    "/ingest/metrics": _lines("metrics-ndjson"),
    "/ingest/lines": _lines("logs-lines"),
}
"""Every ingest path."""


class IngestEndpoint:
    """Takes telemetry on the ingest paths."""

    def __init__(
        self,
        following: ASGIApp,
        spool: Spool,
        formats: Mapping[str, IngestFormat],
        counters: Counters,
        limits: BodyLimits,
    ) -> None:
        """Serve the ingest paths, and leave the rest to ``following``."""
        self._following = following
        self._spool = spool
        self._formats = formats
        self._counters = counters
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        route = ROUTES.get(scope.get("path", ""))
        if scope["type"] != "http" or route is None:
            await self._following(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        content_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        try:
            answer = await self._take(route, content_type, scope, receive, headers)
        except ClientDisconnect:
            return
        except RefusedError as error:
            self._counters.add("thorbis_ingest_refused_total", path=scope["path"], status=str(error.status.value))
            answer = route.refused(error, content_type)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers()})
        await send({"type": "http.response.body", "body": answer.body})

    async def _take(
        self, route: Route, content_type: str, scope: Scope, receive: Receive, headers: dict[bytes, bytes]
    ) -> Answer:
        if scope["method"] != "POST":
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "telemetry is sent with POST")
        kind = _kind(route, content_type)
        body = await read_body(receive, headers, self._limits)
        query = cast("bytes", scope["query_string"]).decode("latin-1")
        accepted = self._formats[kind].accept(body, query)
        if accepted.records and not await self._spool.append(kind, accepted.payload, accepted.records):
            self._counters.add("thorbis_ingest_repeated_requests_total", kind=kind)
        self._counters.add("thorbis_ingest_records_total", accepted.records, kind=kind)
        return route.stored(content_type or route.default_type, accepted.records)


def _kind(route: Route, content_type: str) -> str:
    kind = route.kinds.get("") or route.kinds.get(content_type or route.default_type)
    if kind is None:
        reason = f"content-type {content_type!r} is not known here; send {' or '.join(route.kinds)}"
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
    return kind
