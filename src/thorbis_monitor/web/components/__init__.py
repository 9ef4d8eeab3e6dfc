"""Elements of our own with a script in the browser each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from nicegui import ui
from nicegui.events import GenericEventArguments

DEFAULT_NAME = "operator"
_MAX_NAME = 200


class Moment(ui.element, component="moment.js"):
    """A moment in time as people say it, kept up to date by the browser."""

    def __init__(self, at: datetime, form: Literal["ago", "since", "length"] = "ago") -> None:
        """Show how long ago it was, since when something lasts, or just how long it lasts."""
        super().__init__()
        self.props["form"] = form
        self.show(at)

    def show(self, at: datetime) -> None:
        """Show another moment."""
        text = at.isoformat()
        if self.props.get("at") != text:
            self.props["at"] = text


class LogLines(ui.element, component="log_lines.js"):
    """Log lines, newest first."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.props["lines"] = []

    def show(self, lines: Sequence[Mapping[str, str]]) -> None:
        """Show these lines; nothing is sent to the browser if they are shown already."""
        if self.props["lines"] != list(lines):
            self.props["lines"] = list(lines)


class NameField(ui.element, component="name_field.js"):
    """Who acts, remembered by the browser."""

    def __init__(self, on_name: Callable[[str], None]) -> None:
        """Tell ``on_name`` the name at the start and whenever it changes."""
        super().__init__()
        self.props["fallback"] = DEFAULT_NAME

        def named(event: GenericEventArguments) -> None:
            name = event.args if isinstance(event.args, str) else ""
            on_name(name.strip()[:_MAX_NAME] or DEFAULT_NAME)

        self.on("named", named)
