"""What one alert holds beyond its card: values, annotations, messages, comments."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from nicegui import ui

from thorbis_monitor.alerts.records import Comment
from thorbis_monitor.model.alert import Alert
from thorbis_monitor.response.outbox import Delivery
from thorbis_monitor.response.status import Status
from thorbis_monitor.web import wording
from thorbis_monitor.web.components import Moment
from thorbis_monitor.web.elements import Text, block, value_or_link

_DELIVERY_STATES = {
    Status.PENDING: "waiting",
    Status.SENDING: "being sent",
    Status.DELIVERED: "delivered",
    Status.FAILED: "failed",
    Status.UNCONFIRMED: "unconfirmed: perhaps delivered",
}

Detail = tuple[Alert, tuple[Delivery, ...], tuple[Comment, ...]]


class AlertDetail:
    """The region below a card, drawn anew only when its content changed."""

    def __init__(self, write_comment: Callable[[str], Coroutine[Any, Any, bool]]) -> None:
        """Draw the region; ``write_comment`` says whether the comment was written."""
        self._shown: Detail | None = None
        with block("detail"):
            self._body = block("detail-body")
            with block("comment-form", "form") as form:
                self._comment = ui.input(placeholder="Write a comment").classes("comment-input")
                self._comment.props("dense outlined maxlength=10000").props["aria-label"] = "Comment"
                button = Text("Comment", "button", "button")
                button.props["type"] = "submit"
            form.on("submit.prevent", self._submit)
        self._write_comment = write_comment

    def show(self, detail: Detail) -> None:
        """Show the alert as it is now."""
        if detail == self._shown:
            return
        self._shown = detail
        alert, deliveries, comments = detail
        self._body.clear()
        with self._body:
            _values("Values", {name: wording.plain_value(value) for name, value in alert.data.items()})
            _values("Annotations", alert.annotations)
            _deliveries(deliveries)
            _comments(comments)

    async def _submit(self) -> None:
        text = self._comment.value.strip()
        if text and await self._write_comment(text):
            self._comment.set_value("")


def _values(title: str, values: Mapping[str, str]) -> None:
    if not values:
        return
    with block("detail-part"):
        Text(title, tag="h4")
        with block("values", "dl"):
            for name, value in values.items():
                Text(name.replace("_", " "), tag="dt")
                with block(tag="dd"):
                    value_or_link(value)


def _deliveries(deliveries: Sequence[Delivery]) -> None:
    with block("detail-part"):
        Text("Sent to", tag="h4")
        if not deliveries:
            Text("Nobody: no receiver takes alerts of this kind.", "quiet", "p")
            return
        with block("rows", "ul"):
            for delivery in deliveries:
                with block("row", "li"):
                    Text(delivery.receiver, "row-name")
                    Text(delivery.change.value, "quiet")
                    Text(_DELIVERY_STATES[delivery.status], f"tag is-{delivery.status.value}")
                    Moment(delivery.finished_at or delivery.created_at).classes("quiet")
                    if delivery.error:
                        Text(delivery.error, "row-error")


def _comments(comments: Sequence[Comment]) -> None:
    if not comments:
        return
    with block("detail-part"):
        Text("Comments", tag="h4")
        with block("comments", "ul"):
            for comment in comments:
                with block("comment", "li"):
                    with block("comment-head"):
                        Text(comment.author, "row-name")
                        Moment(comment.created_at).classes("quiet")
                    Text(comment.text, "comment-text", "p")
