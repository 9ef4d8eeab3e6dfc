"""How a rule is written."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from thorbis_monitor.alerts.texts import unknown_placeholders
from thorbis_monitor.config.fields import Duration, Form, PositiveDuration
from thorbis_monitor.model.rule import Rule
from thorbis_monitor.model.severity import Category, Severity

MAX_LABELS = 50


def _template(text: str) -> str:
    unknown = unknown_placeholders(text)
    if unknown:
        raise ValueError(
            f"the placeholder {{{{ {unknown[0]} }}}} has no value;"
            " write {{ value }}, {{ labels.NAME }} or {{ data.NAME }}"
        )
    return text


def _link(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url!r} is not a link; begin it with https://")
    return url


Template = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_template)]
Link = Annotated[str, Field(max_length=2000), AfterValidator(_link)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class RuleForm(Form):
    """One rule. Its condition is a group with one key, the kind of condition."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")] = Field(
        description="Names the rule for ever: letters, digits, `_`, `.`, `-`."
    )
    name: Template | None = Field(None, description="The title of its alerts; the id if left out.")
    description: str = Field("", max_length=5000, description="What the rule is about.")
    category: Category = Field(description="performance, error, security, business or infrastructure.")
    severity: Severity = Field(description="critical, high, medium, low or info.")
    condition: dict[str, Any] = Field(description="What has to be true: metric, log_count, ratio or sql.")
    enabled: bool = Field(default=True, description="Whether the rule is evaluated.")
    cooldown: Duration = Field("5m", validate_default=True, description="Least time between two new alerts.")
    for_: Duration = Field("0s", alias="for", validate_default=True, description="How long it has to be true.")
    keep_firing_for: Duration = Field(
        "0s", validate_default=True, description="How long it has to be clear before the alert ends."
    )
    labels: dict[Name, str] = Field({}, max_length=MAX_LABELS, description="Tags of its alerts.")
    annotations: dict[Name, Template] = Field({}, max_length=MAX_LABELS, description="Texts of its alerts.")
    runbook_url: Link | None = Field(None, description="A page that says what to do.")

    def rule(self, condition: str) -> Rule:
        """The rule; ``condition`` is its condition in words."""
        return Rule(
            id=self.id,
            name=self.name or self.id.replace("_", " ").capitalize(),
            category=self.category,
            severity=self.severity,
            condition=condition,
            description=self.description,
            enabled=self.enabled,
            cooldown=self.cooldown,
            for_=self.for_,
            keep_firing_for=self.keep_firing_for,
            labels=self.labels,
            annotations=self.annotations,
            runbook_url=self.runbook_url,
        )


class DefaultRuleForm(Form):
    """What can be changed about a default rule."""

    enabled: bool | None = Field(None, description="false turns the rule off.")
    threshold: float | None = Field(None, description="Another limit.")
    window: PositiveDuration | None = Field(None, description="Another window.")
    severity: Severity | None = Field(None, description="Another severity.")
    cooldown: Duration | None = Field(None, description="Another least time between two new alerts.")
    for_: Duration | None = Field(None, alias="for", description="How long it has to be true.")
    keep_firing_for: Duration | None = Field(None, description="How long it has to be clear.")
    labels: dict[Name, str] | None = Field(None, max_length=MAX_LABELS, description="Tags of its alerts.")
    annotations: dict[Name, Template] | None = Field(None, description="Texts of its alerts.")
    runbook_url: Link | None = Field(None, description="A page that says what to do.")
