"""The rules that are there without any configuration, written as users write theirs."""

from importlib.resources import files

FILE = "default rules"
"""What stands for the file in mistakes."""


def default_rules_text() -> str:
    """The YAML of the default rules."""
    return files(__name__).joinpath("rules.yaml").read_text(encoding="utf-8")
