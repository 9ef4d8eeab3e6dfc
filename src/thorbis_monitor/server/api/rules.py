"""Routes for rules: what is watched, and how each rule does."""

from datetime import datetime

from fastapi import APIRouter

from thorbis_monitor.alerts.status import Evaluation, RuleState, RuleStatus
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.server.api.errors import ApiError, ApiRoute
from thorbis_monitor.server.api.schemas import Listing, Shape
from thorbis_monitor.server.api.services import ApiServices


class EvaluationShape(Shape):
    """One evaluation of a rule."""

    at: datetime
    duration_ms: float
    value: float | None
    holding: int
    no_data: bool
    error: str | None


class RuleShape(Shape):
    """A rule and how it does; durations are in seconds."""

    id: str
    name: str
    description: str
    category: Category
    severity: Severity
    condition: str
    enabled: bool
    cooldown_seconds: float
    for_seconds: float
    keep_firing_for_seconds: float
    labels: dict[str, str]
    annotations: dict[str, str]
    runbook_url: str | None
    state: RuleState
    firing: int
    pending: int
    errors: int
    last_evaluation: EvaluationShape | None


class RuleDetailShape(RuleShape):
    """A rule with its last evaluations, newest first."""

    evaluations: list[EvaluationShape]


def rule_routes(services: ApiServices) -> APIRouter:
    """The routes below /api/rules."""
    router = APIRouter(tags=["rules"], route_class=ApiRoute)

    @router.get("/rules")
    def list_rules() -> Listing[RuleShape]:
        """List all rules with their state, last evaluation and number of failed evaluations."""
        return Listing(
            items=[RuleShape.model_validate(_fields(status)) for status in services.rule_status()], next=None
        )

    @router.get("/rules/{rule_id}")
    def read_rule(rule_id: str) -> RuleDetailShape:
        """Look up one rule with its last evaluations."""
        for status in services.rule_status():
            if status.rule.id == rule_id:
                return RuleDetailShape.model_validate(
                    {**_fields(status), "evaluations": _evaluations(status.evaluations)}
                )
        raise ApiError(404, "not_found", f"there is no rule with the id {rule_id!r}", "GET /api/rules lists all rules")

    return router


def _fields(status: RuleStatus) -> dict[str, object]:
    rule = status.rule
    return {
        "id": rule.id,
        "name": rule.name,
        "description": rule.description,
        "category": rule.category,
        "severity": rule.severity,
        "condition": rule.condition,
        "enabled": rule.enabled,
        "cooldown_seconds": rule.cooldown.total_seconds(),
        "for_seconds": rule.for_.total_seconds(),
        "keep_firing_for_seconds": rule.keep_firing_for.total_seconds(),
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
        "runbook_url": rule.runbook_url,
        "state": status.state,
        "firing": status.firing,
        "pending": status.pending,
        "errors": status.errors,
        "last_evaluation": EvaluationShape.model_validate(status.last) if status.last else None,
    }


def _evaluations(evaluations: tuple[Evaluation, ...]) -> list[EvaluationShape]:
    return [EvaluationShape.model_validate(evaluation) for evaluation in evaluations]
