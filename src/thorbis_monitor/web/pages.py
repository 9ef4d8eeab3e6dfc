"""Puts the pages into the application."""

import asyncio
import logging
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from nicegui import ui
from sqlalchemy.exc import SQLAlchemyError

from thorbis_monitor.store.telemetry import TelemetryError
from thorbis_monitor.web.overview import Overview, read_view
from thorbis_monitor.web.services import PageServices

_STATIC = Path(__file__).with_name("static")
_SECONDS_TO_BUILD = 20.0
_SECONDS_TO_RECONNECT = 10.0
_NO_STORE = "The store did not answer. This page tries again every 5 seconds; the log of the server has the reason."

_log = logging.getLogger(__name__)


def mount(app: FastAPI, services: PageServices) -> None:
    """Add the page ``/``. Call it last: the pages answer every path that nothing else took.

    The page framework keeps one application per process, so this is for one server per process.
    """
    style = (_STATIC / "page.css").read_text(encoding="utf-8")

    @ui.page("/", response_timeout=_SECONDS_TO_BUILD)
    async def overview(request: Request) -> Response | None:
        try:
            view = await asyncio.to_thread(read_view, services)
        except (TelemetryError, SQLAlchemyError):
            _log.exception("the page could not be shown")
            return PlainTextResponse(_NO_STORE, status_code=503, headers={"Refresh": "5"})
        ui.add_head_html(f"<style>{style}</style>")
        Overview(services, str(request.base_url), view)
        return None

    ui.run_with(
        app,
        title="Thorbis Monitor",
        favicon=(_STATIC / "favicon.svg").read_text(encoding="utf-8"),
        dark=None,
        language="en-US",
        binding_refresh_interval=None,
        reconnect_timeout=_SECONDS_TO_RECONNECT,
        tailwind=False,
        show_welcome_message=False,
    )
