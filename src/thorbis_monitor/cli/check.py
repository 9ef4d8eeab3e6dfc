"""``thorbis-monitor check``: what a configuration would run, or everything that is wrong with it."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from thorbis_monitor.config.mistakes import ConfigError, Mistake
from thorbis_monitor.model.duration import format_duration
from thorbis_monitor.model.rule import Rule
from thorbis_monitor.plan import Plan, read_plan

_PLAIN_WIDTH = 160


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check_command)


def check_command(
    file: Annotated[Path, typer.Argument(help="Configuration file (YAML).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Check a configuration file, and show what it would run."""
    sys.exit(check(file, as_json=as_json))


def check(file: Path, *, as_json: bool = False, environ: Mapping[str, str] = os.environ) -> int:
    """Check a configuration file and print what was found; returns the exit status, 0 if it is right."""
    try:
        plan = read_plan(file, environ=environ)
    except ConfigError as error:
        return _refuse(error.mistakes, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(_document(plan), indent=2))
    else:
        _explain(file, plan)
    return 0


def _refuse(mistakes: Sequence[Mistake], *, as_json: bool) -> int:
    if as_json:
        typer.echo(
            json.dumps({"valid": False, "mistakes": [asdict(mistake) for mistake in mistakes]}, indent=2)
        )
        return 1
    for mistake in mistakes:
        typer.echo(str(mistake))
    count = len(mistakes)
    typer.echo(f"\n{count} {'mistake' if count == 1 else 'mistakes'} found.", err=True)
    return 1


def _document(plan: Plan) -> dict[str, object]:
    return {
        "valid": True,
        "rules": [_rule_document(compiled.rule) for compiled in plan.rules],
        "receivers": [{"name": receiver.name, "target": receiver.target} for receiver in plan.receivers],
    }


def _rule_document(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "name": rule.name,
        "category": rule.category.value,
        "severity": rule.severity.value,
        "condition": rule.condition,
        "for": format_duration(rule.for_),
        "keep_firing_for": format_duration(rule.keep_firing_for),
        "cooldown": format_duration(rule.cooldown),
        "enabled": rule.enabled,
    }


def _explain(file: Path, plan: Plan) -> None:
    # Where nobody looks at a terminal, lines stay whole, so that they can be searched.
    console = Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False, soft_wrap=False)
    console.print(f"{file} is right.", markup=False)
    interval = format_duration(plan.settings.alerts.evaluation_interval)
    rules = Table("rule", "severity", "fires when", "cooldown", title=f"Rules, evaluated every {interval}")
    for compiled in plan.rules:
        rule = compiled.rule
        when = f"{rule.condition}{_timing(rule)}" if rule.enabled else "turned off"
        rules.add_row(rule.id, rule.severity.value, _escape(when), format_duration(rule.cooldown))
    console.print(rules)
    receivers = Table("receiver", "is told through", title="Receivers")
    for receiver in plan.receivers:
        receivers.add_row(_escape(receiver.name), _escape(receiver.target))
    if plan.receivers:
        console.print(receivers)
    else:
        console.print("No receivers: alerts are shown on the page, and nobody is told of them.")


def _timing(rule: Rule) -> str:
    text = f", for {format_duration(rule.for_)}" if rule.for_ else ""
    return (
        f"{text}, until clear for {format_duration(rule.keep_firing_for)}" if rule.keep_firing_for else text
    )


def _escape(text: str) -> str:
    """What users wrote is no markup."""
    return text.replace("[", r"\[")
