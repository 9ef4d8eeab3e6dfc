"""What a monitor is to run: the settings, rules and receivers of a configuration, checked together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from thorbis_monitor.alerts.condition import Figures
from thorbis_monitor.alerts.rules import CompiledRule, RuleSource, compile_rules
from thorbis_monitor.config.loading import read_configuration
from thorbis_monitor.config.mistakes import ConfigError, Mistake
from thorbis_monitor.config.settings import Settings
from thorbis_monitor.response.channels.registry import validate_receivers
from thorbis_monitor.response.receivers import Receiver


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a monitor is made from."""

    settings: Settings
    rules: tuple[CompiledRule, ...]
    receivers: tuple[Receiver, ...]


def read_plan(
    file: Path | None, flags: Mapping[str, object] | None = None, environ: Mapping[str, str] = os.environ
) -> Plan:
    """Read a configuration file (None: the defaults); ``flags`` are named ``section.name``.

    Raises:
        ConfigError: something is wrong; every mistake is named, with its place in the file.
    """
    configuration, mistakes = read_configuration(file, flags or {}, environ)
    if configuration is None:
        raise ConfigError(mistakes)
    figures = Figures(memory_limit_bytes=configuration.memory_limit_bytes())
    sources = [RuleSource(rules.node, rules.path) for rules in configuration.rules]
    compilation = compile_rules(sources, figures, configuration.default_rules)
    receivers: list[Receiver] = []
    wrong: list[Mistake] = []
    if configuration.receivers is not None:
        receivers, wrong = validate_receivers(configuration.receivers)
    if every := [*mistakes, *compilation.mistakes, *wrong]:
        raise ConfigError(every)
    return Plan(configuration.settings, compilation.rules, tuple(receivers))
