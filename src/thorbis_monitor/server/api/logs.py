"""Routes for log records."""

from typing import Annotated

from fastapi import APIRouter, Query

from thorbis_monitor.analysis.logs import LogFilter, LogLine, find_logs
from thorbis_monitor.server.api.errors import ApiError, ApiRoute
from thorbis_monitor.server.api.parameters import Cursor, Limit, Text, When, read_levels, read_moment
from thorbis_monitor.server.api.schemas import Listing, LogShape
from thorbis_monitor.server.api.services import ApiServices

Levels = Annotated[
    list[str],
    Query(max_length=10, description="ERROR, WARN, INFO, DEBUG, TRACE or 0 to 4; several are allowed"),
]


def log_routes(services: ApiServices) -> APIRouter:
    """The routes below /api/logs."""
    router = APIRouter(tags=["logs"], route_class=ApiRoute)

    @router.get("/logs")
    def list_logs(  # noqa: PLR0913 - one argument per query parameter
        *,
        level: Levels = [],  # noqa: B006 - FastAPI copies it
        min_level: Text = None,
        component: Text = None,
        service: Text = None,
        contains: Text = None,
        since: When = None,
        until: When = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Listing[LogShape]:
        """List log records, newest first.

        `min_level=WARN` means WARN and ERROR; `contains` looks for a part of the message in any case; the
        time range is `since < timestamp <= until`.
        """
        now = services.clock()
        least = read_levels("min_level", [min_level] if min_level else [])
        if len(least) > 1:
            raise ApiError(422, "invalid_parameter", "min_level: is one level", "use `level` for several")
        wanted = LogFilter(
            levels=read_levels("level", level),
            min_level=least[0] if least else None,
            component=component,
            service=service,
            contains=contains,
            since=read_moment("since", since, now),
            until=read_moment("until", until, now),
        )
        page = find_logs(services.telemetry, wanted, now, limit, cursor)
        return Listing(items=[_shape(line) for line in page.items], next=page.next)

    return router


def _shape(line: LogLine) -> LogShape:
    return LogShape(
        timestamp=line.timestamp,
        level=int(line.level),
        level_name=line.level.name,
        message=line.message,
        service=line.service,
        component=line.component,
        trace_id=line.trace_id,
        span_id=line.span_id,
        attributes=dict(line.attributes),
        resource=dict(line.resource),
    )
