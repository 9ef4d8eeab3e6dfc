"""``thorbis-monitor serve``: run the server."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from thorbis_monitor.config.mistakes import ConfigError
from thorbis_monitor.plan import read_plan
from thorbis_monitor.server.process import ServeError, serve


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve_command)


def serve_command(
    data: Annotated[Path | None, typer.Option(help="Folder for everything that is stored.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; anything but loopback needs a key.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration file (YAML).")] = None,
) -> None:
    """Run the server: ingest, rules, notifications, API and page in one process."""
    flags = {"server.data": data, "server.host": host, "server.port": port}
    try:
        serve(read_plan(config, {name: value for name, value in flags.items() if value is not None}))
    except ConfigError as error:
        typer.echo(f"{error}\nthorbis-monitor check explains a configuration file.", err=True)
        sys.exit(1)
    except ServeError as error:
        typer.echo(f"thorbis-monitor: {error}", err=True)
        sys.exit(1)
