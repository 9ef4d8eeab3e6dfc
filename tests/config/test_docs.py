"""The pages about rules and configuration: nothing is missing, and every example works."""

import re
from pathlib import Path

import pytest

from tests.alerts.bench import FIGURES
from thorbis_monitor.alerts.registry import condition_kinds
from thorbis_monitor.alerts.rule_form import DefaultRuleForm, RuleForm
from thorbis_monitor.alerts.rules import RuleSource, compile_rules, default_rule_set
from thorbis_monitor.config.document import read_text
from thorbis_monitor.config.fields import Form
from thorbis_monitor.config.settings import SECTIONS
from thorbis_monitor.plan import read_plan

DOCS = Path(__file__).parents[2] / "docs"
RULES = (DOCS / "rules.md").read_text()
CONFIGURATION = (DOCS / "configuration.md").read_text()
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section(page: str, heading: str) -> str:
    """The text below a heading, up to the next one of its rank."""
    start = page.index(f"\n{heading}")
    rank = heading.partition(" ")[0]
    end = re.search(rf"^#{{2,{len(rank)}}} ", page[start + len(heading) + 1 :], re.MULTILINE)
    return page[start:] if end is None else page[start : start + len(heading) + 1 + end.start()]


def keys(form: type[Form]) -> list[str]:
    return [field.alias or name for name, field in form.model_fields.items()]


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_every_setting_is_described(name: str) -> None:
    text = section(CONFIGURATION, f"## `{name}`")
    assert [key for key in keys(SECTIONS[name]) if f"| `{key}` |" not in text] == []


def test_every_field_of_a_rule_is_described() -> None:
    text = section(RULES, "## What a rule has")
    assert [key for key in keys(RuleForm) if f"| `{key}` |" not in text] == []
    changes = section(RULES, "## Default rules")
    assert [key for key in keys(DefaultRuleForm) if f"`{key}`" not in changes] == []


@pytest.mark.parametrize("name", sorted(condition_kinds()))
def test_every_field_of_a_condition_is_described(name: str) -> None:
    text = section(RULES, f"### `{name}`")
    described = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]+)\|", text, re.MULTILINE))))
    assert set(keys(condition_kinds()[name].form)) == described - {"field"}


def test_every_default_rule_is_described() -> None:
    text = section(RULES, "## Default rules")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [
        compiled.rule.id for compiled in default_rule_set(FIGURES)
    ]


@pytest.mark.parametrize("example", EXAMPLE.findall(RULES), ids=lambda example: example.split()[2])
def test_the_examples_of_rules_work(example: str) -> None:
    root, mistakes = read_text(example, "example", {})
    assert not mistakes
    alerts = root.get("alerts")
    changes = alerts.get("default_rules") if alerts is not None and hasattr(alerts, "get") else None
    rules = root.get("rules")
    compilation = compile_rules([RuleSource(rules)] if rules else [], FIGURES, changes)
    assert not compilation.mistakes


def test_the_example_of_a_configuration_works(tmp_path: Path) -> None:
    (example,) = EXAMPLE.findall(CONFIGURATION)
    (tmp_path / "monitor.yaml").write_text(example)
    (tmp_path / "thorbis-key").write_text("key")
    plan = read_plan(tmp_path / "monitor.yaml", environ={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert plan.settings.retention.logs_days == 90
    assert plan.rules[2].rule.condition.startswith("ERROR records per sum of api.requests.count over 5m above 2 %")


def test_the_defaults_are_as_described() -> None:
    text = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", CONFIGURATION, re.MULTILINE))
    for name, form in SECTIONS.items():
        for key in keys(form):
            if key in text:
                described = form.model_validate({key: text[key]})
                assert getattr(described, key) == getattr(form(), key), f"{name}.{key}"
