"""Stands in for the server in tests that kill it: announces what it reads, and runs the supervisor.

Each line of the input is ``NAME KIND``; it is answered with the same line once the announcement is committed.
At the end of the input the stand-in stops in order.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

from tests.response.alerts_to_tell import EXTERNAL_URL, firing, resolved
from thorbis_monitor.model.clock import new_id, utc_now
from thorbis_monitor.model.counters import Counters
from thorbis_monitor.response.channels.discovery import receiver_from
from thorbis_monitor.response.outbox import Outbox
from thorbis_monitor.response.retry import RetryPolicy
from thorbis_monitor.response.supervisor import CourierSupervisor
from thorbis_monitor.store.state import State


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    state = State(plan["state"])
    receivers = [receiver_from(document) for document in plan["receivers"]]
    outbox = Outbox(receivers, utc_now, new_id, EXTERNAL_URL)
    policy = RetryPolicy(first=timedelta(milliseconds=50), longest=timedelta(milliseconds=500))
    supervisor = CourierSupervisor(state, receivers, utc_now, Counters(), policy=policy)
    supervisor.start()
    say("ready")
    for line in sys.stdin:
        name, kind = line.split()
        change = firing(name) if kind == "firing" else resolved(name)
        with state.begin() as connection:
            outbox.announce(connection, change)
        supervisor.wake()
        say(line.strip())
    supervisor.stop(30)
    state.close()


def say(text: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


main()
