"""Puts the pages into the application."""

import asyncio
from pathlib import Path

from fastapi import FastAPI, Request
from nicegui import ui

from thorbis_monitor.web.overview import Overview, read_view
from thorbis_monitor.web.services import PageServices

_STATIC = Path(__file__).with_name("static")
_SECONDS_TO_BUILD = 20.0
_SECONDS_TO_RECONNECT = 10.0


def mount(app: FastAPI, services: PageServices) -> None:
    """Add the page ``/``. Call it last: the pages answer every path that nothing else took.

    The page framework keeps one application per process, so this is for one server per process.
    """
    style = (_STATIC / "page.css").read_text(encoding="utf-8")

    @ui.page("/", response_timeout=_SECONDS_TO_BUILD)
    async def overview(request: Request) -> None:
        view = await asyncio.to_thread(read_view, services)
        ui.add_head_html(f"<style>{style}</style>")
        Overview(services, str(request.base_url), view)

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
