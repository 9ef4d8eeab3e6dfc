"""Is it alive, can it take and store data, and what does it say about itself."""

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

_UNAVAILABLE = 503


def health_routes(problems: Callable[[], list[str]], figures: Callable[[], str]) -> APIRouter:
    """Routes for probes and scrapers; ``problems`` says what keeps the server from taking and storing data."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    @router.get("/livez", include_in_schema=False)
    @router.get("/-/healthy", include_in_schema=False)
    async def alive() -> dict[str, str]:
        """The process runs and answers."""
        return {"status": "alive"}

    @router.get("/readyz")
    @router.get("/-/ready", include_in_schema=False)
    def ready() -> Response:
        """200 when data can be taken and stored, else 503 with the reasons."""
        reasons = problems()
        body = {"status": "not ready" if reasons else "ready", "problems": reasons}
        return JSONResponse(body, _UNAVAILABLE if reasons else 200)

    @router.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """The server's own figures in the Prometheus text format."""
        return Response(figures(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
