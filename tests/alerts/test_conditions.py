"""What the conditions of user-written rules match, beyond the default rules."""

from datetime import timedelta

import pytest

from tests.alerts.bench import MICROSECOND, NOW, Bench, read_condition

ERROR, WARN, INFO = 17, 13, 9
TAGS = {"component": "Shop", "user.id": "7"}


@pytest.mark.parametrize(
    ("match", "fires"),
    [
        ("level: warn", True),
        ("level: [error, warn]", True),
        ("level: error", False),
        ("component: shop", True),
        ("component: [office, shop]", True),
        ("component: office", False),
        ("service: API", True),
        ("service: billing", False),
        ("contains_all: [work, ORDER]", True),
        ("contains_all: [work, order, payment]", False),
        ("contains_any: [payment, order]", True),
        ("contains_any: payment", False),
        ("contains_all: größe", True),
        ("contains_all: 'it''s'", True),
        ("contains_all: '%'", False),
        ("attributes: {user.id: '7'}", True),
        ("attributes: {user.id: 7}", True),
        ("attributes: {user.id: '8'}", False),
        ("attributes: {resource.host.name: a}", True),
        ("attributes: {service: api, level: WARN}", True),
        ("any_of: [{level: error}, {component: shop}]", True),
        ("any_of: [{level: error}, {component: office}]", False),
        ("level: error, any_of: [{component: shop}]", False),
        ("any_of: [{level: warn, component: office}, {any_of: [{contains_all: order}]}]", True),
    ],
)
def test_log_count_matches(bench: Bench, match: str, *, fires: bool) -> None:
    bench.logs(1, "Work order GRÖSSE größe it's", severity=WARN, attributes=TAGS, resource={"host.name": "a"})
    assert bench.fires(read_condition(f"{{log_count: {{window: 1m, above: 0, {match}}}}}")) is fires


@pytest.mark.parametrize(
    ("limit", "records", "fires"),
    [
        ("above: 2", 2, False),
        ("above: 2", 3, True),
        ("at_least: 2", 1, False),
        ("at_least: 2", 2, True),
        ("below: 2", 2, False),
        ("below: 2", 1, True),
        ("below: 2", 0, True),
        ("at_most: 2", 3, False),
        ("at_most: 2", 2, True),
    ],
)
def test_each_comparison_has_its_boundary(bench: Bench, limit: str, records: int, *, fires: bool) -> None:
    if records:
        bench.logs(records)
    assert bench.fires(read_condition(f"{{log_count: {{window: 1m, {limit}}}}}")) is fires


def test_a_text_from_a_rule_is_never_sql(bench: Bench) -> None:
    nasty = "') > 0 OR (1 = 1"
    quoted = nasty.replace("'", "''")
    bench.logs(1, "harmless")
    assert not bench.fires(read_condition(f"{{log_count: {{window: 1m, above: 0, contains_all: '{quoted}'}}}}"))
    bench.logs(1, nasty)
    assert bench.fires(read_condition(f"{{log_count: {{window: 1m, above: 0, contains_all: '{quoted}'}}}}"))
    assert not bench.fires(read_condition(f"{{log_count: {{window: 1m, above: 0, attributes: {{'{quoted}': x}}}}}}"))
    grouped = f"{{log_count: {{window: 1m, above: 1, group_by: '{quoted}'}}}}"
    assert bench.fires(read_condition(grouped))


def test_records_are_grouped_by_level_component_and_attribute(bench: Bench) -> None:
    bench.logs(2, severity=WARN, attributes=TAGS)
    bench.logs(2, severity=ERROR)
    bench.start(read_condition("{log_count: {window: 1m, above: 1, group_by: [level, component, user.id]}}"))
    bench.tick()
    assert sorted(sorted(alert.tags.items()) for alert in bench.open_alerts()) == [
        [("component", "Shop"), ("level", "WARN"), ("user.id", "7")],
        [("level", "ERROR")],
    ]


def test_a_ratio_of_two_log_counts_by_label(bench: Bench) -> None:
    condition = """{ratio: {window: 1m, above: 50, min_denominator: 2, group_by: service,
        numerator: {log_count: {level: error}}, denominator: {log_count: {}}}}"""
    for service, errors, others in (("all-bad", 2, 0), ("half", 2, 2), ("small", 1, 0), ("most", 2, 1)):
        bench.logs(errors, severity=ERROR, service=service)
        if others:
            bench.logs(others, service=service)
    bench.start(read_condition(condition))
    bench.tick()
    found = {alert.tags["service"]: alert.data["value"] for alert in bench.open_alerts()}
    assert found == {"all-bad": 100, "most": pytest.approx(66.67, abs=0.01)}
    descriptions = {alert.description for alert in bench.open_alerts()}
    assert "ERROR records per log records over 1m is 100 % for service=all-bad (limit 50 %, 2 of 2)" in descriptions


def test_a_ratio_below_a_limit_sees_label_sets_without_a_numerator(bench: Bench) -> None:
    condition = """{ratio: {window: 1m, below: 10, group_by: service,
        numerator: {log_count: {contains_all: done}}, denominator: {metric: {name: jobs, aggregate: sum}}}}"""
    bench.counter("jobs", 20)
    assert bench.fires(read_condition(condition))
    bench.logs(2, "done")
    assert not bench.fires(read_condition(condition))


@pytest.mark.parametrize(("value", "fires"), [(10, False), (11, True)])
def test_a_metric_by_tag(bench: Bench, value: float, *, fires: bool) -> None:
    bench.gauge("queue", value, tags={"queue": "mail"})
    bench.gauge("queue", 1000, tags={"queue": "other"})
    condition = "{metric: {name: queue, aggregate: max, window: 1m, above: 10, where: {queue: mail}}}"
    assert bench.fires(read_condition(condition)) is fires


def test_windows_end_now_and_begin_after_their_start(bench: Bench) -> None:
    condition = read_condition("{log_count: {window: 10s, above: 0}}")
    ten = timedelta(seconds=10)
    for age, fires in ((ten, False), (ten - MICROSECOND, True), (-MICROSECOND, False)):
        bench.forget()
        bench.logs(1, at=NOW - age)
        assert bench.fires(condition) is fires, age


def test_conditions_are_told_in_words() -> None:
    told = [
        read_condition(text)[0].rule.condition
        for text in (
            "{metric: {name: [a, b], aggregate: p95, window: 90s, at_least: 1500, unit: ms, where: {x: y}}}",
            "{metric: {name: a, aggregate: last, window: 1m, below: 5, group_by: [service]}}",
            "{log_count: {window: 1h, below: 1, service: cron, contains_any: [backup, dump]}}",
            "{log_count: {window: 1h, at_least: 10, level: [error, warn], group_by: tenant}}",
            "{sql: {query: SELECT 1 AS value}}",
        )
    ]
    assert told == [
        "95th percentile of a or b over 1m30s, x=y at least 1,500 ms",
        "latest a over 1m below 5, for each service",
        "fewer than 1 log records of service cron and with 'backup' or 'dump' in the message in 1h",
        "at least 10 ERROR/WARN records in 1h, for each tenant",
        "each row of a query over 5m",
    ]
