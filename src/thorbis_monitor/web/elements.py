"""Building blocks of a page. What they show is text: nothing from outside is ever read as HTML."""

from pathlib import Path
from urllib.parse import urlsplit

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

_ICONS = Path(__file__).with_name("static")


class Text(TextElement):
    """Text in an HTML element."""

    def __init__(self, text: str = "", classes: str = "", tag: str = "span") -> None:
        """Show a text."""
        super().__init__(tag=tag, text=text)
        self.classes(classes)

    def show(self, text: str) -> None:
        """Show another text; nothing is sent to the browser if it is the same."""
        if self.text != text:
            self.text = text


def block(classes: str = "", tag: str = "div") -> ui.element:
    """A container."""
    return ui.element(tag).classes(classes)


def show_if(element: ui.element, *, visible: bool) -> None:
    """Show or hide an element; nothing is sent to the browser if that changes nothing."""
    if element.visible != visible:
        element.set_visibility(visible)


def icon(name: str) -> ui.element:
    """A drawing that says the same as the text beside it, so that screen readers pass over it."""
    drawn = ui.html((_ICONS / f"{name}.svg").read_text(encoding="utf-8"), sanitize=False, tag="span")
    drawn.classes("icon")
    drawn.props["aria-hidden"] = "true"
    return drawn


def value_or_link(text: str, classes: str = "") -> Text:
    """A text, or a link if it is an address of the web; other schemes never become links."""
    if not is_web_address(text):
        return Text(text, classes)
    link = Text(text, f"link {classes}", tag="a")
    link.props["href"] = text
    link.props["target"] = "_blank"
    link.props["rel"] = "noopener noreferrer"
    return link


def is_web_address(text: str) -> bool:
    """Whether a text is an absolute http or https address."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(map(str.isspace, text))
