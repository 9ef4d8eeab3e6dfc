"""The OpenAPI document and the page that shows it, with nothing loaded from elsewhere."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

_OWN = Path(__file__).with_name("static")
_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
_OWN_ASSETS = {"docs.js": "text/javascript", "docs.css": "text/css"}
_CACHE = {"Cache-Control": "public, max-age=3600"}


def docs_routes() -> APIRouter:
    """The routes /api/docs and /api/openapi.json."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    def read_openapi(request: Request) -> JSONResponse:
        """The OpenAPI document of everything that this server answers."""
        return JSONResponse(request.app.openapi())

    @router.get("/docs")
    def show_docs() -> HTMLResponse:
        """A page to read and try the API."""
        return HTMLResponse((_OWN / "docs.html").read_text(encoding="utf-8"))

    @router.get("/docs/{name}")
    def read_asset(name: str) -> Response:
        """A script or style sheet of the page."""
        if name in _OWN_ASSETS:
            return Response((_OWN / name).read_bytes(), media_type=_OWN_ASSETS[name], headers=_CACHE)
        if name in _ASSETS:
            content = files("fastapi_swagger.resources").joinpath(name).read_bytes()
            return Response(content, media_type=_ASSETS[name], headers=_CACHE)
        return Response("there is no such file", status_code=404, media_type="text/plain")

    return router
