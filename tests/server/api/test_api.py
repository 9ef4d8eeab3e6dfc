import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.harness import Site, serve
from thorbis_monitor.alerts.status import Evaluation, RuleState, RuleStatus
from thorbis_monitor.model.clock import utc_now
from thorbis_monitor.model.rule import Rule
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.server.api.router import create_api
from thorbis_monitor.server.api.services import ApiServices
from thorbis_monitor.store.state import State
from thorbis_monitor.store.telemetry import Telemetry

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "api.md"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
RULE = RuleStatus(
    rule=Rule(
        id="error_rate_spike",
        name="Error rate spike",
        category=Category.ERROR,
        severity=Severity.HIGH,
        condition="errors / requests > 5 %",
        cooldown=timedelta(minutes=3),
    ),
    state=RuleState.ERROR,
    firing=0,
    pending=0,
    evaluations=(Evaluation(NOON, 12.5, None, 0, error="the store did not answer"),),
    errors=4,
)


@pytest.fixture
def site(telemetry: Telemetry, state: State) -> Site:
    """The parts that the API speaks for."""
    return Site(telemetry, state)


@pytest.fixture
def api(site: Site) -> Iterator[httpx.Client]:
    """A client of a served API."""
    app = FastAPI(title="Thorbis Monitor", docs_url=None, redoc_url=None, openapi_url=None)
    services = ApiServices(site.telemetry, site.state, site.book, site.dashboard, lambda: [RULE], utc_now)
    app.include_router(create_api(services))
    with serve(app) as address, httpx.Client(base_url=address) as client:
        yield client


def error_of(response: httpx.Response, status: int) -> dict[str, str]:
    assert response.status_code == status, response.text
    (error,) = response.json().values()
    assert set(error) == {"code", "message", "advice"}
    assert all(error.values())
    return dict(error)


def test_an_alert_has_the_fields_of_the_specification(api: httpx.Client, site: Site) -> None:
    alert = site.raise_alert(
        "Payments fail",
        Severity.CRITICAL,
        tags={"team": "billing"},
        data={"errors": 6},
        description="6 errors",
    )
    (item,) = api.get("/api/alerts").json()["items"]
    assert item == {
        "id": alert.id,
        "severity": "critical",
        "category": "error",
        "title": "Payments fail",
        "description": "6 errors",
        "timestamp": alert.timestamp.isoformat().replace("+00:00", "Z"),
        "source": "error_rate_spike",
        "tags": {"team": "billing"},
        "data": {"errors": 6},
        "annotations": {},
        "state": "firing",
        "resolved": False,
        "resolved_at": None,
        "resolved_by": None,
        "acknowledged": False,
        "acknowledged_at": None,
        "acknowledged_by": None,
    }


def test_alerts_are_filtered_and_paged(api: httpx.Client, site: Site) -> None:
    now = utc_now()
    for number in range(5):
        site.raise_alert(f"high {number}", at=now - timedelta(minutes=number))
    over = site.raise_alert("over", Severity.LOW, at=now - timedelta(hours=5), source="other")
    site.book.resolve(over.id, "maria")
    first = api.get("/api/alerts", params={"state": "firing", "limit": 3}).json()
    rest = api.get("/api/alerts", params={"state": "firing", "limit": 3, "cursor": first["next"]}).json()
    assert [item["title"] for item in first["items"] + rest["items"]] == [f"high {n}" for n in range(5)]
    assert rest["next"] is None
    for parameters in ({"state": "resolved"}, {"severity": "low"}, {"source": "other"}):
        assert [item["title"] for item in api.get("/api/alerts", params=parameters).json()["items"]] == ["over"]
    assert len(api.get("/api/alerts?since=1h&severity=&state=").json()["items"]) == 5


def test_an_alert_is_acknowledged_commented_and_resolved(api: httpx.Client, site: Site) -> None:
    alert = site.raise_alert("slow")
    acknowledged = api.post(f"/api/alerts/{alert.id}/ack", json={"by": "maria"}).json()
    assert (acknowledged["acknowledged"], acknowledged["acknowledged_by"]) == (True, "maria")
    comment = api.post(f"/api/alerts/{alert.id}/comments", json={"by": "maria", "text": "on it"})
    assert comment.status_code == 201
    resolved = api.post(f"/api/alerts/{alert.id}/resolve").json()
    assert (resolved["state"], resolved["resolved"], resolved["resolved_by"]) == (
        "resolved",
        True,
        "operator",
    )
    assert [change.kind for change in site.changes] == ["resolved"]
    detail = api.get(f"/api/alerts/{alert.id}").json()
    assert [(item["author"], item["text"]) for item in detail["comments"]] == [("maria", "on it")]


def test_the_detail_of_an_alert_lists_its_deliveries(api: httpx.Client, site: Site) -> None:
    alert = site.raise_alert("slow")
    site.fail_delivery(alert, "HTTP 410", NOON)
    (delivery,) = api.get(f"/api/alerts/{alert.id}").json()["deliveries"]
    assert (delivery["receiver"], delivery["status"], delivery["error"]) == ("pager", "failed", "HTTP 410")


def test_the_summary_counts_by_severity_and_category(api: httpx.Client, site: Site) -> None:
    site.raise_alert("one", Severity.MEDIUM)
    summary = api.get("/api/alerts/summary").json()
    assert summary["active"] == 1
    assert summary["by_severity"] == {"critical": 0, "high": 0, "medium": 1, "low": 0, "info": 0}
    assert summary["by_category"]["error"] == 1


def test_acting_on_an_alert_that_is_not_there_says_so(api: httpx.Client) -> None:
    for request in (
        api.get("/api/alerts/nothing"),
        api.post("/api/alerts/nothing/ack"),
        api.post("/api/alerts/nothing/resolve"),
        api.post("/api/alerts/nothing/comments", json={"text": "x"}),
    ):
        assert error_of(request, 404)["code"] == "not_found"


def test_acting_on_an_alert_that_is_over_is_a_conflict(api: httpx.Client, site: Site) -> None:
    alert = site.raise_alert("slow")
    site.book.resolve(alert.id, "maria")
    assert "maria" in error_of(api.post(f"/api/alerts/{alert.id}/resolve"), 409)["message"]
    assert "resolved already" in error_of(api.post(f"/api/alerts/{alert.id}/ack"), 409)["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/alerts?state=open",
        "/api/alerts?severity=bad",
        "/api/alerts?limit=0",
        "/api/alerts?limit=1001",
        "/api/alerts?cursor=zzz",
        "/api/alerts?since=yesterday",
        "/api/logs?level=LOUD",
        "/api/logs?min_level=ERROR,WARN",
        "/api/logs?limit=many",
        "/api/logs?cursor=AAAA",
        "/api/logs?until=2026-13-01",
        "/api/series/response_time?step=0",
        "/api/series/error_rate?window=1h&step=1s",
        "/api/series/error_rate?window=ever",
    ],
)
def test_a_bad_parameter_is_refused_with_its_place(api: httpx.Client, path: str) -> None:
    error = error_of(api.get(path), 422)
    name = re.split("[?&=]", path)[1]
    assert name in error["message"] or "step" in error["message"] or "ever" in error["message"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b'{"by": ""}', "application/json"),
        (b'{"by": "  "}', "application/json"),
        (b'{"by": "x", "extra": 1}', "application/json"),
        (b'{"by": "' + b"x" * 201 + b'"}', "application/json"),
        (b"by=x", "application/x-www-form-urlencoded"),
    ],
)
def test_a_bad_body_is_refused(api: httpx.Client, site: Site, body: bytes, kind: str) -> None:
    alert = site.raise_alert("slow")
    error_of(api.post(f"/api/alerts/{alert.id}/ack", content=body, headers={"content-type": kind}), 422)
    assert site.book.get(alert.id).acknowledged_at is None


def test_a_body_too_large_or_of_unknown_length_is_refused(api: httpx.Client) -> None:
    assert error_of(api.post("/api/alerts/x/comments", content=b"x" * 70_000), 413)["code"] == "too_large"
    assert error_of(api.post("/api/alerts/x/comments", content=iter([b"{}"])), 411)["code"] == "length_required"


def test_log_records_are_listed_with_all_fields_and_paged(api: httpx.Client, site: Site) -> None:
    site.log("first")
    site.log("payment failed", 17, "payment")
    page = api.get("/api/logs", params={"limit": 1}).json()
    (item,) = page["items"]
    assert item["timestamp"].endswith("Z")
    del item["timestamp"]
    assert item == {
        "level": 0,
        "level_name": "ERROR",
        "message": "payment failed",
        "service": "shop",
        "component": "payment",
        "trace_id": "",
        "span_id": "",
        "attributes": {"component": "payment"},
        "resource": {},
    }
    rest = api.get("/api/logs", params={"limit": 1, "cursor": page["next"]}).json()
    assert ([item["message"] for item in rest["items"]], rest["next"]) == (["first"], None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=ERROR", ["declined"]),
        ("level=0&level=info", ["declined", "hello"]),
        ("level=error,INFO", ["declined", "hello"]),
        ("min_level=2", ["declined", "hello"]),
        ("min_level=WARN", ["declined"]),
        ("component=payment", ["declined"]),
        ("service=shop&contains=HELL", ["hello"]),
        ("since=5m", ["declined", "hello", "noise"]),
        ("since=2026-01-01T00:00:00%2B01:00&until=2026-01-02T00:00:00", []),
        ("since=2026-01-01T00:00:00+01:00&until=2026-01-02", []),
    ],
)
def test_log_filters(api: httpx.Client, site: Site, query: str, found: list[str]) -> None:
    site.log("declined", 17, "payment")
    site.log("hello")
    site.log("noise", 5)
    items = api.get(f"/api/logs?{query}").json()["items"]
    assert sorted(item["message"] for item in items) == found


def test_the_unified_document_and_the_status_agree(api: httpx.Client, site: Site) -> None:
    site.raise_alert("slow", Severity.HIGH)
    document = api.get("/api/dashboard").json()
    assert (document["status"], document["version"], document["alerts"]["active"]) == ("warning", "0.1.0", 1)
    assert document["alerts"]["summary"]["by_severity"]["high"] == 1
    assert document["alerts"]["items"][0]["title"] == "slow"
    assert len(document["performance"]["response_time"]) == 60
    assert set(document["ingest"]) >= {"received", "refused", "dropped", "dead_letters", "waiting_bytes"}
    status = api.get("/api/status").json()
    assert (status["status"], status["active_alerts"]) == ("warning", 1)


def test_series_have_equal_steps(api: httpx.Client, site: Site) -> None:
    site.telemetry.execute(
        "INSERT INTO otel_metrics_gauge (MetricName, TimeUnix, Value) VALUES ('api.response_time', now64(9), 70)"
    )
    series = api.get("/api/series/response_time?window=10m&step=30s").json()
    assert (series["unit"], series["step_seconds"], len(series["points"])) == ("ms", 30, 20)
    assert [point["average"] for point in series["points"] if point["samples"]] == [70]
    assert len(api.get("/api/series/error_rate").json()["points"]) == 60


def test_rules_are_listed_with_their_last_evaluation(api: httpx.Client) -> None:
    (rule,) = api.get("/api/rules").json()["items"]
    assert (rule["id"], rule["state"], rule["errors"], rule["cooldown_seconds"]) == (
        "error_rate_spike",
        "error",
        4,
        180,
    )
    assert rule["last_evaluation"]["error"] == "the store did not answer"
    assert len(api.get("/api/rules/error_rate_spike").json()["evaluations"]) == 1
    error_of(api.get("/api/rules/nothing"), 404)


def test_a_store_that_does_not_answer_is_no_crash_and_tells_no_internals(api: httpx.Client, site: Site) -> None:
    site.telemetry.execute("RENAME TABLE otel_logs TO otel_logs_away")
    try:
        error = error_of(api.get("/api/logs"), 503)
    finally:
        site.telemetry.execute("RENAME TABLE otel_logs_away TO otel_logs")
    assert "otel" not in json.dumps(error)


def test_an_unknown_operation_is_answered_in_json(api: httpx.Client) -> None:
    assert "POST /api/alerts" in error_of(api.post("/api/alerts"), 404)["message"]
    error_of(api.get("/api/nothing/here"), 404)


def test_every_operation_is_described_and_documented(api: httpx.Client) -> None:
    described: dict[str, Any] = api.get("/api/openapi.json").json()
    text = DOCUMENTATION.read_text()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], f"{method} {path} has no description"
            assert "200" in operation["responses"] or "201" in operation["responses"]
            assert f"{method.upper()} {path.replace('alert_id', 'id').replace('rule_id', 'id')}" in text


def test_the_page_of_the_api_brings_all_its_files_along(api: httpx.Client) -> None:
    page = api.get("/api/docs").text
    assert "http" not in page.replace("http-equiv", "")
    for name in re.findall(r'(?:src|href)="(docs/[^"]+)"', page):
        assert api.get(f"/api/{name}").status_code == 200
    assert api.get("/api/docs/..%2Fdocs.py").status_code == 404


parameters = st.dictionaries(
    st.sampled_from(
        [
            "state",
            "severity",
            "category",
            "source",
            "since",
            "until",
            "limit",
            "cursor",
            "level",
            "min_level",
            "component",
            "service",
            "contains",
            "window",
            "step",
        ]
    ),
    st.text(max_size=30) | st.sampled_from(["1h", "2026-01-01T00:00:00Z", "0001-01-01", "9999-12-31", "99999w", "5"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["alerts", "logs", "alerts/summary", "series/response_time"]), query=parameters)
def test_no_parameters_make_the_server_fail(api: httpx.Client, path: str, query: dict[str, str]) -> None:
    response = api.get(f"/api/{path}", params=query)
    assert response.status_code in {200, 422}, response.text
