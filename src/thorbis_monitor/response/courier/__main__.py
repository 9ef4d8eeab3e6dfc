"""The courier's process: settings on standard input, which stays open as long as the server lives."""

import json
import logging
import os
import random
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress

from thorbis_monitor.model.clock import utc_now
from thorbis_monitor.response.channels.discovery import receiver_from
from thorbis_monitor.response.courier.loop import Courier, StateLostError, Surroundings
from thorbis_monitor.response.courier.settings import CourierSettings
from thorbis_monitor.store.state import State

_STDIN, _STDOUT = 0, 1
_CHUNK = 65_536
_LONGEST_SETTINGS = 16 * 1024 * 1024

_log = logging.getLogger("thorbis_monitor.response.courier")


def main() -> int:
    """Deliver until the server is gone or there is nothing to do; return the exit status."""
    _set_up_logging()
    line, more = _read_line()
    if not line:
        return 0
    settings = CourierSettings.from_line(line)
    receivers = [receiver_from(document) for document in settings.receivers]
    state = State(settings.state_url, migrate=False)
    os.set_blocking(_STDOUT, False)
    around = Surroundings(utc_now, time.monotonic, random.random, _report)
    courier = Courier(state, receivers, settings, around)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: courier.close())
    if more:
        courier.wake()
    threading.Thread(target=_follow_server, args=(courier,), name="stdin", daemon=True).start()
    try:
        courier.run()
    except StateLostError:
        _log.error("the state database cannot be used; the courier ends")
        return 1
    return 0


def _follow_server(courier: Courier) -> None:
    """Every byte is a wake-up; the end of the input is the end of the server."""
    # Not through sys.stdin: its lock, held by a waiting thread, would abort the interpreter at its end.
    with suppress(OSError):
        while os.read(_STDIN, _CHUNK):
            courier.wake()
    courier.close()


def _read_line() -> tuple[bytes, bytes]:
    """The first line of the input, and what was read beyond it."""
    data = bytearray()
    while b"\n" not in data and len(data) < _LONGEST_SETTINGS:
        chunk = os.read(_STDIN, _CHUNK)
        if not chunk:
            return b"", b""
        data += chunk
    line, _, more = bytes(data).partition(b"\n")
    return line, more


def _report(receiver: str, outcome: str) -> None:
    """Tell the server, if it is there and listens."""
    with suppress(OSError):
        os.write(_STDOUT, json.dumps({"receiver": receiver, "outcome": outcome}).encode() + b"\n")


def _set_up_logging() -> None:
    """Only our own words: HTTP and mail libraries log addresses, which hold secrets."""
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    ours = logging.getLogger("thorbis_monitor")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s courier: %(message)s"))
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False


if __name__ == "__main__":
    sys.exit(main())
