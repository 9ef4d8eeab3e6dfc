"""The REST API as one router."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from thorbis_monitor.server.api.alerts import alert_routes
from thorbis_monitor.server.api.docs import docs_routes
from thorbis_monitor.server.api.errors import ApiError, ErrorBody
from thorbis_monitor.server.api.logs import log_routes
from thorbis_monitor.server.api.overview import overview_routes
from thorbis_monitor.server.api.rules import rule_routes
from thorbis_monitor.server.api.services import ApiServices

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "there is no such thing"},
    409: {"model": ErrorBody, "description": "not in the present state"},
    422: {"model": ErrorBody, "description": "a parameter or the body is not valid"},
    503: {"model": ErrorBody, "description": "the store could not answer"},
}


def create_api(services: ApiServices) -> APIRouter:
    """Everything below /api; anything unknown there gets an answer in JSON."""
    router = APIRouter(prefix="/api")
    for routes in (
        overview_routes(services),
        alert_routes(services),
        rule_routes(services),
        log_routes(services),
    ):
        router.include_router(routes, responses=_ERRORS)
    router.include_router(docs_routes())

    @router.api_route("/{path:path}", methods=_METHODS, include_in_schema=False)
    def refuse_unknown(path: str, request: Request) -> JSONResponse:
        """Say where the operations are listed."""
        message = f"there is no operation {request.method} /api/{path}"
        return ApiError(404, "not_found", message, "GET /api/docs lists all operations").response()

    return router
