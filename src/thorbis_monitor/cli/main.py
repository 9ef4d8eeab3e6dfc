"""Finds the subcommands beside this module and runs the one that was asked for."""

import importlib
import pkgutil
import sys

import typer

from thorbis_monitor import __version__, cli

_SERVER_EXTRA = "pip install 'thorbis-monitor[server]'"


def main() -> None:
    """Entry point of the command ``thorbis-monitor``."""
    create_app(sys.argv[1] if len(sys.argv) > 1 else "")()


def create_app(wanted: str = "") -> typer.Typer:
    """The command with its subcommands; only with the wanted one where there is such, for a quick start."""
    app = typer.Typer(
        name="thorbis-monitor",
        help="Monitoring and alerting for business applications.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
    )
    app.callback()(_options)
    names = sorted(module.name for module in pkgutil.iter_modules(cli.__path__) if module.name != "main")
    chosen = [name for name in names if name.rstrip("_") == wanted]
    for name in chosen or names:
        _register(app, name)
    return app


def _options(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """Monitoring and alerting for business applications."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def _register(app: typer.Typer, name: str) -> None:
    """Add a subcommand; where the server is not installed it says so instead of being unknown."""
    try:
        importlib.import_module(f"{cli.__name__}.{name}").register(app)
    except ModuleNotFoundError as error:
        missing = error.name or "a package"
        if missing.startswith("thorbis_monitor"):
            raise

        @app.command(name.rstrip("_"), help="Needs the server to be installed.")
        def explain() -> None:
            typer.echo(f"this command needs the package {missing}: {_SERVER_EXTRA}", err=True)
            sys.exit(2)


if __name__ == "__main__":
    main()
