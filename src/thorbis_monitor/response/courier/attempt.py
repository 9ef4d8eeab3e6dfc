"""One attempt to deliver, on a thread of its own that nobody has to wait for."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from thorbis_monitor.response.channels.channel import Channel, DeliveryError
from thorbis_monitor.response.ledger import Claimed
from thorbis_monitor.response.message import from_payload

_log = logging.getLogger(__name__)


class NoLongerHeldError(Exception):
    """Another holds the delivery now: it must not be sent."""


class Attempt:
    """A delivery on its way; it calls ``finished`` when it ended."""

    def __init__(
        self,
        claimed: Claimed,
        holder: str,
        channel: Channel,
        gives_up_at: float,
        hand_over: Callable[["Attempt"], None],
        finished: Callable[["Attempt", DeliveryError | None], None],
    ) -> None:
        """``gives_up_at`` is the moment (monotonic) after which the attempt counts as stuck."""
        self.claimed = claimed
        self.holder = holder
        self.gives_up_at = gives_up_at
        self.handed_over = False
        self._channel = channel
        self._hand_over = hand_over
        self._finished = finished
        # A daemon: a channel that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=f"deliver-{claimed.id}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread still runs."""
        return self._thread.is_alive()

    @property
    def created_at(self) -> datetime:
        """When the delivery was announced."""
        return self.claimed.created_at

    def _run(self) -> None:
        try:
            message = from_payload(self.claimed.id, self.claimed.receiver, self.claimed.payload)
        except (KeyError, TypeError, ValueError) as error:
            reason = f"the stored message cannot be read ({type(error).__name__})"
            self._finished(self, DeliveryError(reason, permanent=True))
            return
        try:
            self._channel.send(message, self._commit)
        except NoLongerHeldError:
            self._finished(self, DeliveryError("another courier took the delivery over"))
        except DeliveryError as error:
            self._finished(self, error)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises, the others go on
            # Neither the text of the error nor the trace: either may repeat a secret.
            _log.error("%s: the channel failed: %s", self.claimed.receiver, _where(error))
            reason = f"the channel failed ({_where(error)})"
            self._finished(self, DeliveryError(reason, handed_over=self.handed_over))
        else:
            self._finished(self, None)

    def _commit(self) -> None:
        if not self.handed_over:
            self._hand_over(self)
            self.handed_over = True


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{place}"
