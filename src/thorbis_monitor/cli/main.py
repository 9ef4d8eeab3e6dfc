"""Finds the subcommands beside this module and runs the one that was asked for."""

import ast
import importlib
import pkgutil
import sys
from pathlib import Path

import typer

from thorbis_monitor import __version__, cli

_SERVER_EXTRA = "pip install 'thorbis-monitor[server]'"


def main() -> None:
    """Entry point of the command ``thorbis-monitor``."""
    create_app(sys.argv[1] if len(sys.argv) > 1 else "")()


def create_app(wanted: str = "") -> typer.Typer:
    """The command, with the wanted subcommand, or with all of them by name and summary where none is wanted.

    Only the wanted one is imported: the list of commands appears at once, and each starts as fast as it can.
    """
    app = typer.Typer(
        name="thorbis-monitor",
        help="Monitoring and alerting for business applications.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
    )
    app.callback()(_options)
    modules = {module.name.rstrip("_"): module.name for module in pkgutil.iter_modules(cli.__path__)}
    del modules["main"]
    if wanted in modules:
        _register(app, modules[wanted])
    else:
        for name in sorted(modules):
            app.command(name, help=_summary(modules[name]))(_listed_only)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
    ),
) -> None:
    """Monitoring and alerting for business applications."""
    del version


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


def _summary(name: str) -> str:
    """What a command does: the first line of its module after the command itself."""
    source = (Path(__file__).parent / f"{name}.py").read_text()
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    return first.rpartition("``: ")[2].capitalize()


def _listed_only() -> None:
    """Stands for a command in the list; a wanted command is never one of these."""


if __name__ == "__main__":
    main()
