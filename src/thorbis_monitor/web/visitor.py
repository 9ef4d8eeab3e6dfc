"""The one who looks at a page, and how to speak to them."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from thorbis_monitor.web.components import DEFAULT_NAME


class Visitor:
    """Name of the visitor, notifications to them, and a way to show them the present state at once."""

    def __init__(self, page: ui.element) -> None:
        """Speak through a page."""
        self.name = DEFAULT_NAME
        self.refresh: Callable[[], Awaitable[None]] = _nothing
        self._page = page

    def rename(self, name: str) -> None:
        """Act under another name from now on."""
        self.name = name

    def warn(self, message: str) -> None:
        """Show why something did not work."""
        with self._page:
            ui.notify(f"{message[:1].upper()}{message[1:]}.", type="warning", position="top", timeout=8000)


async def _nothing() -> None:
    """Refresh nothing: the page is not complete yet."""
