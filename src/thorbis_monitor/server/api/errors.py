"""Answers to requests that cannot be served: what is wrong, where, and what to do."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from thorbis_monitor.alerts.errors import AlertConflictError, AlertNotFoundError
from thorbis_monitor.analysis.cursor import CursorError
from thorbis_monitor.store.telemetry import TelemetryError

MAX_BODY_BYTES = 65_536

_log = logging.getLogger(__name__)


class ErrorDetail(BaseModel):
    """What is wrong and what to do about it."""

    code: str
    message: str
    advice: str


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorDetail


class ApiError(Exception):
    """A request that cannot be served, with the answer to it."""

    def __init__(self, status: int, code: str, message: str, advice: str) -> None:
        """Say what is wrong and what to do."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.advice = advice

    def response(self) -> JSONResponse:
        """The answer."""
        detail = ErrorDetail(code=self.code, message=str(self), advice=self.advice)
        return JSONResponse(ErrorBody(error=detail).model_dump(), self.status)


class ApiRoute(APIRoute):
    """A route that turns what can go wrong into an answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler that FastAPI makes."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                _check_size(request)
                return await handler(request)
            except Exception as error:
                answer = _as_api_error(error)
                if answer is None:
                    raise
                return answer.response()

        return guarded


def _check_size(request: Request) -> None:
    if "transfer-encoding" in request.headers:
        raise ApiError(411, "length_required", "the length of the body is not stated", "send Content-Length")
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length) > MAX_BODY_BYTES:
        message = f"the body is larger than {MAX_BODY_BYTES:,} bytes"
        raise ApiError(413, "too_large", message, "send less text")


def _as_api_error(error: Exception) -> ApiError | None:
    answer = None
    match error:
        case ApiError():
            answer = error
        case RequestValidationError():
            answer = _invalid(error)
        case AlertNotFoundError():
            answer = ApiError(404, "not_found", str(error), "GET /api/alerts lists the ids of all alerts")
        case AlertConflictError():
            advice = "GET /api/alerts/{id} shows what became of the alert"
            answer = ApiError(409, "conflict", str(error), advice)
        case CursorError():
            answer = ApiError(422, "invalid_parameter", f"cursor: {error}", "leave it out to start anew")
        case TelemetryError():
            _log.error("a query of the API failed: %s", error)
            advice = "try again; the log of the server has the reason"
            answer = ApiError(503, "store_unavailable", "the telemetry store could not answer", advice)
    return answer


def _invalid(error: RequestValidationError) -> ApiError:
    """All mistakes at once, each with its place; what was sent is not repeated."""
    mistakes = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
    return ApiError(
        422,
        "invalid_parameter",
        "; ".join(mistakes),
        "GET /api/docs shows what every operation takes",
    )
