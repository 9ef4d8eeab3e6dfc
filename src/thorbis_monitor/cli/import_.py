"""``thorbis-monitor import``: load existing log files into a running server."""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from thorbis_monitor.client import DEFAULT_SERVER, Connection, ServerError
from thorbis_monitor.client.lines import Sent, plan, send
from thorbis_monitor.client.log_files import DAMAGED, LogFile, LogFileError, find
from thorbis_monitor.model.clock import utc_now
from thorbis_monitor.model.duration import format_duration

_OLD = timedelta(days=30)
_FAILED = 1
_MISUSED = 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_files)


def import_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Log files, globs, or - for stdin.")],
    server: Annotated[str, typer.Option(help="Address of the running server.")] = DEFAULT_SERVER,
    api_key: Annotated[
        str | None, typer.Option(envvar="THORBIS_API_KEY", help="Key of the server, if it wants one.")
    ] = None,
    service: Annotated[str, typer.Option(help="Service name of the records; else program or file name.")] = "",
    assume_now: Annotated[
        bool, typer.Option("--assume-now", help="Shift the times so that the last line of each file is now.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Load existing log files: JSON lines, syslog, web server logs, plain text; also compressed."""
    try:
        with find(files) as found, Connection(server, api_key) as connection:
            sent, problems = _send_all(connection, found, service, assume_now=assume_now, quiet=as_json)
    except LogFileError as error:
        _fail(str(error), _MISUSED)
    except ServerError as error:
        _fail(str(error), _FAILED)
    else:
        _show(sent, as_json=as_json)
        if problems:
            _fail("\n".join(problems), _FAILED)


def _send_all(
    connection: Connection, files: Sequence[LogFile], service: str, *, assume_now: bool, quiet: bool
) -> tuple[list[Sent], list[str]]:
    """Send file after file; one that cannot be read does not stop the others."""
    console = Console(stderr=True)
    sent: list[Sent] = []
    problems: list[str] = []
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as progress:
        for file in files:
            task = progress.add_task(file.name, total=file.size or None)
            try:
                planned = plan(file, utc_now(), assume_now=assume_now)
                show = partial(_advance, progress, task)
                sent.append(send(connection, file, planned, service, show))
            except LogFileError as error:
                problems.append(str(error))
            except DAMAGED as error:
                problems.append(f"{file.name}: cannot be read to its end: {error}")
    return sent, problems


def _advance(progress: Progress, task: TaskID, done: int) -> None:
    progress.update(task, completed=done)


def _show(sent: Sequence[Sent], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(_document(sent)) + b"\n")
        return
    table = Table("file", "lines", "bytes", "times")
    for column in table.columns[1:3]:
        column.justify = "right"
    for item in sent:
        table.add_row(item.file.name, f"{item.lines:,}", decimal(item.size), _times(item.plan.shift))
    if len(sent) > 1:
        table.add_row("total", f"{sum(item.lines for item in sent):,}", decimal(sum(item.size for item in sent)), "")
    console = Console()
    console.print(table)
    if any(_is_old(item.newest) for item in sent):
        console.print(
            "Some of these lines are older than 30 days. The server drops what is older than its retention; "
            "with --assume-now the times are moved to the present."
        )


def _document(sent: Sequence[Sent]) -> dict[str, object]:
    return {
        "files": [
            {
                "file": item.file.name,
                "lines": item.lines,
                "bytes": item.size,
                "shift_ms": item.plan.shift // timedelta(milliseconds=1),
                "reference": item.plan.reference,
                "newest": item.newest,
            }
            for item in sent
        ],
        "lines": sum(item.lines for item in sent),
    }


def _times(shift: timedelta) -> str:
    if not shift:
        return "as they are"
    whole = timedelta(seconds=round(abs(shift).total_seconds()))
    return f"shifted by {'-' if shift < timedelta(0) else '+'}{format_duration(whole)}"


def _is_old(newest: datetime | None) -> bool:
    return newest is not None and newest < utc_now() - _OLD


def _fail(message: str, code: int) -> None:
    for line in message.splitlines():
        typer.echo(f"thorbis-monitor import: {line}", err=True)
    raise typer.Exit(code)
