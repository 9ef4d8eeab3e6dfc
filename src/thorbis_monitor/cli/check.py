"""``thorbis-monitor check``: what a configuration would run, or everything that is wrong with it."""

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from thorbis_monitor.alerts.evaluation import evaluate
from thorbis_monitor.analysis.questions.log_count import LogCount
from thorbis_monitor.analysis.questions.metric_value import MetricValue
from thorbis_monitor.config.mistakes import ConfigError, Mistake
from thorbis_monitor.model.clock import utc_now
from thorbis_monitor.model.duration import format_duration
from thorbis_monitor.model.rule import Rule
from thorbis_monitor.plan import Plan, read_plan
from thorbis_monitor.store.telemetry import Telemetry

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
        try_rules(plan)
    except ConfigError as error:
        return _refuse(error.mistakes, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(_document(plan), indent=2))
    else:
        _explain(file, plan)
    return 0


def try_rules(plan: Plan) -> None:
    """Evaluate once, on empty tables, the rules that only the engine can judge: those with queries of users.

    Raises:
        ConfigError: some cannot be evaluated; each says why.
    """
    doubtful = [
        compiled
        for compiled in plan.rules
        if not all(isinstance(question, LogCount | MetricValue) for question in compiled.condition.questions())
    ]
    if not doubtful:
        return
    with tempfile.TemporaryDirectory(prefix="thorbis-check-") as folder:
        telemetry = Telemetry(Path(folder), readers=1)
        try:
            results = evaluate(telemetry, doubtful, utc_now())
        finally:
            telemetry.close()
    mistakes = [
        Mistake(compiled.mark.file, compiled.mark.line, compiled.mark.column, compiled.rule.id, result.error)
        for compiled, result in zip(doubtful, results, strict=True)
        if result.error is not None
    ]
    if mistakes:
        raise ConfigError(mistakes)


def _refuse(mistakes: Sequence[Mistake], *, as_json: bool) -> int:
    if as_json:
        typer.echo(json.dumps({"valid": False, "mistakes": [asdict(mistake) for mistake in mistakes]}, indent=2))
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
        rules.add_row(rule.id, rule.severity.value, escape(when), format_duration(rule.cooldown))
    console.print(rules)
    receivers = Table("receiver", "is told through", title="Receivers")
    for receiver in plan.receivers:
        receivers.add_row(escape(receiver.name), escape(receiver.target))
    if plan.receivers:
        console.print(receivers)
    else:
        console.print("No receivers: alerts are shown on the page, and nobody is told of them.")


def _timing(rule: Rule) -> str:
    text = f", for {format_duration(rule.for_)}" if rule.for_ else ""
    return f"{text}, until clear for {format_duration(rule.keep_firing_for)}" if rule.keep_firing_for else text
