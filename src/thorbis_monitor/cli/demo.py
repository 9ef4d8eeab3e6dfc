"""``thorbis-monitor demo``: a server, a business day in some seconds, and an incident with its alerts."""

import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from thorbis_monitor.client import Connection, ServerError
from thorbis_monitor.client.local_server import free_port_after, port_is_free, running_server
from thorbis_monitor.demo.day import HOURS, STEP, Afterwards, day
from thorbis_monitor.demo.incident import RULES, SECONDS, incident
from thorbis_monitor.demo.wire import Batch, encode
from thorbis_monitor.model.clock import utc_now

_DEFAULT_PORT = 4318
_PAUSE_IN_DAY = 0.06
"""Seconds between two batches of the day at speed 1: the day takes about eight seconds."""

_ALERTS_WITHIN = 30.0
_LOOK_EVERY = 0.5
_TRAFFIC_EVERY = 1.0
_FAILED = 1
_MISUSED = 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the page; 4318, or the next that is free.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder to keep the data in; otherwise it is removed at the end.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number makes another day.")] = 1,
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="How much faster the day is played.")] = 1.0,
    once: Annotated[
        bool,
        typer.Option("--once", "--exit-after-incident", help="End when the alerts of the incident fire."),
    ] = False,
) -> None:
    """Start a server and play a business day with an incident on it; Ctrl-C ends it."""
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        chosen = _choose_port(console, port)
        with _folder(data) as folder, console.status("Starting the server ...") as status:
            with running_server(folder, chosen) as address, Connection(address) as connection:
                status.stop()
                console.print(f"The server runs: [bold]{address}/[/bold]")
                fired = _play(console, connection, seed, speed)
                if not once:
                    console.print(_what_to_see(address), soft_wrap=True)
                    _keep_going(connection, seed)
            console.print("The server has stopped.")
    except ServerError as error:
        typer.echo(f"thorbis-monitor demo: {error}", err=True)
        raise typer.Exit(_FAILED) from None
    except KeyboardInterrupt:
        console.print("The server has stopped." if data is None else f"The server has stopped; its data is in {data}.")
    else:
        if missing := set(RULES) - set(fired):
            typer.echo(f"thorbis-monitor demo: did not fire: {', '.join(sorted(missing))}", err=True)
            raise typer.Exit(_FAILED)


def _play(console: Console, connection: Connection, seed: int, speed: float) -> list[str]:
    """The day, the incident, and what became of it: the ids of the rules that fired."""
    _play_day(console, connection, seed, speed)
    _play_incident(console, connection, seed, speed)
    return _wait_for_alerts(console, connection)


def _play_day(console: Console, connection: Connection, seed: int, speed: float) -> None:
    steps = timedelta(hours=HOURS) // STEP
    logs = samples = 0
    with _progress(console) as progress:
        task = progress.add_task("A business day", total=steps, count="")
        for batch in day(seed, utc_now()):
            _send(connection, batch)
            logs, samples = logs + len(batch.logs), samples + len(batch.metrics)
            progress.update(task, advance=1, count=f"{logs:,} log records, {samples:,} samples")
            time.sleep(_PAUSE_IN_DAY / speed)


def _play_incident(console: Console, connection: Connection, seed: int, speed: float) -> None:
    errors, told = 0, ""
    with _progress(console) as progress:
        task = progress.add_task("An incident, live", total=SECONDS, count="")
        begin = time.monotonic()
        for scene in incident(seed, utc_now(), speed):
            # A record is sent when its second is over, not before it happened.
            time.sleep(max(0.0, begin + (scene.second + 1) / speed - time.monotonic()))
            _send(connection, scene.batch)
            errors += sum(line.level == 0 for line in scene.batch.logs)
            if scene.text != told:
                told = scene.text
                console.print(f"  [dim]{utc_now():%H:%M:%S}[/dim] {told}")
            progress.update(task, advance=1, count=f"{errors:,} errors")


def _wait_for_alerts(console: Console, connection: Connection) -> list[str]:
    """Show each alert as it fires, until all of the incident's are there or it takes too long."""
    console.print("Alerts:")
    fired: list[str] = []
    deadline = time.monotonic() + _ALERTS_WITHIN
    while True:
        for alert in connection.get("/api/alerts", {"state": "firing"})["items"]:
            if alert["source"] not in fired:
                fired.append(alert["source"])
                _show_alert(console, alert)
        if set(RULES) <= set(fired) or time.monotonic() > deadline:
            return fired
        time.sleep(_LOOK_EVERY)


def _keep_going(connection: Connection, seed: int) -> None:
    """Light traffic until somebody ends it."""
    traffic = Afterwards(seed, utc_now())
    while True:
        time.sleep(_TRAFFIC_EVERY)
        _send(connection, traffic.until(utc_now()))


def _send(connection: Connection, batch: Batch) -> None:
    if batch.logs:
        connection.post("/ingest/logs", encode(batch.logs))
    if batch.metrics:
        connection.post("/ingest/metrics", encode(batch.metrics))


def _show_alert(console: Console, alert: Mapping[str, Any]) -> None:
    colour = {"critical": "red", "high": "yellow"}.get(alert["severity"], "cyan")
    console.print(f"  [{colour}]{alert['severity']:<8}[/{colour}] ", end="")
    console.print(f"{alert['title']}: {alert['description']}", markup=False, soft_wrap=True)


def _what_to_see(address: str) -> str:
    return (
        f"\nOpen [bold]{address}/[/bold] in a browser:\n"
        "  - the status is critical; acknowledge or resolve the open alerts\n"
        "  - the charts show the response time and the error rate of the incident\n"
        "  - the newest log lines keep coming\n"
        f"The same as data: {address}/api/dashboard, described at {address}/api/docs\n"
        "The alerts resolve by themselves about five minutes after the incident.\n"
        "Ctrl-C ends the demo."
    )


def _choose_port(console: Console, wanted: int | None) -> int:
    """The port asked for, or the usual one, or the next that is free.

    Raises:
        Exit: the port asked for is taken.
    """
    port = wanted or _DEFAULT_PORT
    if port_is_free(port):
        return port
    other = free_port_after(port)
    if wanted is not None:
        typer.echo(f"thorbis-monitor demo: port {port} is taken; this one is free: --port {other}", err=True)
        raise typer.Exit(_MISUSED)
    console.print(f"Port {port} is taken, perhaps by a running server; the demo uses {other}.")
    return other


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="thorbis-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=20),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[count]}", markup=False),
    )
    return Progress(*columns, console=console)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
