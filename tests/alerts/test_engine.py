"""The engine on real stores: state that survives, errors that stay alone, changes stored with their cause."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, event, select

from tests.alerts.bench import FIGURES, NOW, Bench, default_rule, read_condition, read_rules
from thorbis_monitor.alerts.evaluation import MAX_LABEL_SETS
from thorbis_monitor.alerts.lifecycle import RESOLVED_BY
from thorbis_monitor.alerts.outcome import Outcome
from thorbis_monitor.alerts.rules import CompiledRule, default_rule_set
from thorbis_monitor.analysis.questions.question import Answer, Question
from thorbis_monitor.model.alert import AlertChange, ChangeKind
from thorbis_monitor.store.state.tables import alerts, rule_instances

SECOND = timedelta(seconds=1)
MINUTE = 60 * SECOND
FIRED, RESOLVED = ChangeKind.FIRING, ChangeKind.RESOLVED
ANY_ERROR = "{log_count: {window: 1m, level: error, above: 0}}"
ERROR = 17


def test_an_alert_is_raised_once_refreshed_and_resolved(any_bench: Bench) -> None:
    any_bench.start(default_rule("payment_processing_failures"))
    any_bench.logs(6, "payment failed", severity=ERROR)
    assert any_bench.tick() == [(FIRED, "payment_processing_failures")]
    (raised,) = any_bench.open_alerts()
    assert raised == any_bench.changes[0].alert
    any_bench.logs(4, "payment failed", severity=ERROR)
    assert any_bench.tick(5 * SECOND) == []
    (refreshed,) = any_bench.open_alerts()
    words = "ERROR records from component payment or with 'payment' in the message in 5m (limit 5)"
    assert refreshed == replace(raised, data={**raised.data, "value": 10}, description=f"10 {words}")
    assert any_bench.tick(5 * MINUTE) == [(RESOLVED, "payment_processing_failures")]
    resolved = any_bench.book.get(raised.id)
    assert (resolved.resolved_by, resolved.resolved_at) == (RESOLVED_BY, any_bench.clock.now)
    assert any_bench.changes[-1].alert == resolved
    assert resolved.data["value"] == 10


def test_state_survives_a_restart_and_nothing_is_raised_again(any_bench: Bench) -> None:
    rules = default_rule("payment_processing_failures")
    any_bench.start(rules)
    any_bench.logs(6, "payment failed", severity=ERROR)
    any_bench.tick()
    (raised,) = any_bench.open_alerts()
    any_bench.book.acknowledge(raised.id, "ada")
    any_bench.start(rules)
    assert any_bench.tick(5 * SECOND) == []
    (survivor,) = any_bench.open_alerts()
    assert (survivor.id, survivor.acknowledged_by) == (raised.id, "ada")
    any_bench.start(rules)
    assert any_bench.tick(5 * MINUTE) == [(RESOLVED, "payment_processing_failures")]


def test_cooldown_and_pending_survive_a_restart(bench: Bench) -> None:
    rules = read_rules(f"""
        rules:
          - {{id: slow, category: error, severity: low, for: 10s, cooldown: 0s, condition: {ANY_ERROR}}}
          - {{id: cool, category: error, severity: low, cooldown: 10m, condition: {ANY_ERROR}}}
    """)
    bench.start(rules)
    bench.logs(1, severity=ERROR)
    assert bench.tick() == [(FIRED, "cool")]
    bench.start(rules)
    bench.logs(1, severity=ERROR, at=NOW + 9 * SECOND)
    assert bench.tick(10 * SECOND) == [(FIRED, "slow")]
    bench.start(rules)
    assert bench.tick(2 * MINUTE) == [(RESOLVED, "slow"), (RESOLVED, "cool")]
    bench.start(rules)
    bench.logs(1, severity=ERROR)
    assert bench.tick() == []
    assert [status.state for status in bench.engine.status()] == ["pending", "pending"]


def test_a_person_resolves_and_the_alert_stays_away_until_the_condition_was_clear(any_bench: Bench) -> None:
    any_bench.start(read_condition(ANY_ERROR))
    any_bench.logs(1, severity=ERROR)
    any_bench.tick()
    any_bench.book.resolve(any_bench.open_alerts()[0].id, "ada")
    any_bench.changes.clear()
    any_bench.start(read_condition(ANY_ERROR))
    assert any_bench.tick(SECOND) == []
    assert any_bench.tick(MINUTE) == []
    any_bench.logs(1, severity=ERROR)
    assert any_bench.tick() == [(FIRED, "watched")]


def test_each_label_set_has_an_alert_of_its_own(any_bench: Bench) -> None:
    any_bench.start(read_condition("{log_count: {window: 1m, level: error, above: 1, group_by: [service]}}"))
    any_bench.logs(2, severity=ERROR, service="api")
    any_bench.logs(2, severity=ERROR, service="billing")
    any_bench.logs(1, severity=ERROR, service="quiet")
    any_bench.tick()
    assert {alert.tags["service"] for alert in any_bench.open_alerts()} == {"api", "billing"}
    any_bench.logs(2, severity=ERROR, service="billing", at=NOW + MINUTE)
    assert any_bench.tick(MINUTE) == [(RESOLVED, "watched")]
    assert [alert.tags["service"] for alert in any_bench.open_alerts()] == ["billing"]


@dataclass(frozen=True)
class Broken:
    """A condition that cannot decide."""

    def words(self) -> str:
        return "never"

    def questions(self) -> tuple[Question, ...]:
        return ()

    def decide(self, answers: Mapping[Question, Answer]) -> Outcome:
        raise ZeroDivisionError


def broken_rule() -> CompiledRule:
    (healthy,) = read_condition(ANY_ERROR)
    return CompiledRule(replace(healthy.rule, id="broken"), Broken())


def test_an_error_in_one_rule_stops_no_other_and_is_reported(bench: Bench) -> None:
    bench.start((broken_rule(), *read_condition(ANY_ERROR)))
    bench.logs(1, severity=ERROR)
    assert bench.tick() == [(FIRED, "watched")]
    broken, healthy = bench.engine.status()
    assert (broken.state, broken.errors) == ("error", 1)
    assert broken.last is not None
    assert broken.last.error == "ZeroDivisionError: "
    assert healthy.state == "firing"
    assert bench.counters.total("thorbis_rule_evaluation_errors_total") == 1


def test_a_query_that_fails_spoils_no_other_answer(bench: Bench) -> None:
    rules = read_rules("""
        rules:
          - id: wrong
            category: error
            severity: low
            condition: {sql: {query: SELECT nonsense FROM otel_logs}}
          - id: right
            category: error
            severity: low
            condition: {sql: {query: "SELECT 'x' AS name, 1 AS value"}}
    """)
    bench.start(rules)
    assert bench.tick() == [(FIRED, "right")]
    assert "nonsense" in (bench.status().evaluations[0].error or "")


def test_an_error_changes_no_state(bench: Bench) -> None:
    (rule,) = read_condition(ANY_ERROR)
    bench.start((rule,))
    bench.logs(1, severity=ERROR)
    bench.tick()
    bench.start((CompiledRule(rule.rule, Broken()),))
    assert bench.tick(10 * MINUTE) == []
    assert len(bench.open_alerts()) == 1
    assert bench.status().state == "error"
    bench.start((rule,))
    assert bench.tick() == [(RESOLVED, "watched")]


def test_an_announcement_that_fails_takes_the_alert_back_and_is_tried_again(any_bench: Bench) -> None:
    full = True

    def announce(connection: Connection, change: AlertChange) -> None:
        if full and change.alert.source == "watched":
            raise OSError("no room")
        any_bench.announce(connection, change)

    other = read_rules(f"rules: [{{id: other, category: error, severity: low, condition: {ANY_ERROR}}}]")
    any_bench.start((*read_condition(ANY_ERROR), *other), on_change=announce)
    any_bench.logs(1, severity=ERROR)
    assert any_bench.tick() == [(FIRED, "other")]
    assert [alert.source for alert in any_bench.open_alerts()] == ["other"]
    assert "could not be stored: OSError: no room" in (any_bench.status().evaluations[0].error or "")
    full = False
    assert any_bench.tick(SECOND) == [(FIRED, "watched")]


def test_a_rule_that_is_removed_or_turned_off_resolves_its_alerts_and_says_why(any_bench: Bench) -> None:
    any_bench.start(read_condition(ANY_ERROR))
    any_bench.logs(1, severity=ERROR)
    any_bench.tick()
    (alert,) = any_bench.open_alerts()
    any_bench.engine.replace_rules(read_condition(ANY_ERROR, "enabled: false,"))
    assert any_bench.tick() == [(RESOLVED, "watched")]
    (comment,) = any_bench.book.comments(alert.id)
    assert comment.text == "Resolved because the rule 'watched' was removed or turned off."
    assert any_bench.tick() == []
    with any_bench.state.read() as connection:
        assert connection.execute(select(rule_instances)).all() == []


def test_a_rule_that_is_turned_off_is_not_evaluated(bench: Bench) -> None:
    bench.start(read_condition(ANY_ERROR, "enabled: false,"))
    bench.logs(1, severity=ERROR)
    assert bench.tick() == []
    assert bench.status().state == "unknown"


def test_more_label_sets_than_the_bound_are_an_error_that_names_the_rule(bench: Bench) -> None:
    bench.start(read_condition(f"{{sql: {{query: 'SELECT toString(number) AS n FROM numbers({MAX_LABEL_SETS})'}}}}"))
    assert len(bench.tick()) == MAX_LABEL_SETS
    condition = "{log_count: {window: 1m, above: 0, group_by: user.id}}"
    bench.start(read_condition(condition))
    bench.telemetry.execute(
        "INSERT INTO otel_logs (Timestamp, ServiceName, LogAttributes)"
        f" SELECT toDateTime64('{NOW:%Y-%m-%d %H:%M:%S}', 9, 'UTC'), 'api', map('user.id', toString(number))"
        f" FROM numbers({MAX_LABEL_SETS + 1})"
    )
    bench.tick()
    error = bench.status().evaluations[0].error or ""
    assert error.startswith("the rule 'watched' holds for 1,001 label sets, more than 1,000")


def test_after_a_start_an_earlier_alert_is_held_for_a_while(bench: Bench) -> None:
    rules = read_condition(ANY_ERROR)
    bench.start(rules)
    bench.logs(1, severity=ERROR)
    bench.tick()
    bench.start(rules, grace=30 * SECOND)
    assert bench.tick(10 * MINUTE) == []
    assert bench.tick(29 * SECOND) == []
    assert bench.tick(SECOND) == [(RESOLVED, "watched")]


def test_an_alert_raised_after_the_start_is_not_held(bench: Bench) -> None:
    bench.start(read_condition("{log_count: {window: 1s, level: error, above: 0}}"), grace=30 * SECOND)
    bench.logs(1, severity=ERROR)
    assert bench.tick() == [(FIRED, "watched")]
    assert bench.tick(SECOND) == [(RESOLVED, "watched")]


def test_no_data_resolves_or_keeps_as_the_rule_says(bench: Bench) -> None:
    metric = "{{metric: {{name: m, window: 1m, above: 5{0}}}}}"
    for more, announced in (("", [(RESOLVED, "watched")]), (", no_data: keep", [])):
        bench.forget()
        bench.start(read_condition(metric.format(more)))
        bench.gauge("m", 10)
        assert bench.tick() == [(FIRED, "watched")]
        assert bench.tick(MINUTE) == announced
        assert bench.status().evaluations[0].no_data
        bench.gauge("m", 1)
        bench.tick()
        assert bench.open_alerts() == []


def test_keep_holds_each_label_set_that_has_no_data(bench: Bench) -> None:
    bench.start(read_condition("{metric: {name: m, window: 1m, above: 5, group_by: worker, no_data: keep}}"))
    bench.gauge("m", 10, tags={"worker": "1"})
    bench.gauge("m", 10, tags={"worker": "2"})
    bench.tick()
    bench.gauge("m", 1, tags={"worker": "2"}, at=NOW + MINUTE)
    assert bench.tick(MINUTE) == [(RESOLVED, "watched")]
    assert [alert.tags["worker"] for alert in bench.open_alerts()] == ["1"]


def test_the_last_evaluations_are_kept_newest_first(bench: Bench) -> None:
    bench.start(default_rule("authentication_failures"))
    for _ in range(60):
        bench.tick(SECOND)
    evaluations = bench.status().evaluations
    assert len(evaluations) == 50
    assert evaluations[0].at == bench.clock.now
    assert evaluations[0].value == 0
    assert evaluations[0].duration_ms > 0


def test_other_rules_keep_what_is_known_of_those_that_stay(bench: Bench) -> None:
    bench.start(read_condition(ANY_ERROR))
    bench.tick()
    bench.engine.replace_rules((broken_rule(), *read_condition(ANY_ERROR)))
    assert [len(status.evaluations) for status in bench.engine.status()] == [0, 1]


def test_rules_that_read_the_same_rows_share_a_query(bench: Bench) -> None:
    bench.start(default_rule_set(FIGURES))
    bench.logs(1)
    bench.gauge("api.response_time", 1)
    bench.gauge("memory.rss.gauge", 1)
    bench.tick()
    asked = count_queries(bench)
    bench.tick(SECOND)
    # One for the three counts of logs, one whether metrics came in, two for metrics (5 min and 1 min).
    counting_itself = 1
    assert count_queries(bench) - asked - counting_itself == 4


def test_idle_ticks_write_nothing(bench: Bench) -> None:
    bench.start(default_rule_set(FIGURES))
    begun: list[Connection] = []
    event.listen(bench.state.engine, "begin", begun.append)
    bench.tick()
    with bench.state.read() as connection:
        options = [each.get_execution_options().get("thorbis_read_only", False) for each in begun]
        assert options == [True]
        assert connection.execute(select(alerts)).all() == []


def count_queries(bench: Bench) -> int:
    """How many queries the engine has been asked."""
    rows = bench.telemetry.query("SELECT value FROM system.events WHERE event = 'SelectQuery'")
    return int(rows[0]["value"])


def test_annotations_and_title_show_the_values(bench: Bench) -> None:
    rules = read_rules("""
        rules:
          - id: watched
            name: "Errors in {{ labels.service }}"
            category: error
            severity: high
            description: What this is about.
            runbook_url: https://example.com/errors
            labels: {team: core}
            annotations:
              summary: "{{ value }} of {{ data.threshold }} in {{labels.service}}{{ labels.none }}"
            condition: {log_count: {window: 1m, above: 1, group_by: service}}
    """)
    bench.start(rules)
    bench.logs(1234)
    bench.tick()
    (alert,) = bench.open_alerts()
    assert alert.title == "Errors in api"
    assert alert.tags == {"service": "api", "team": "core"}
    assert alert.annotations == {
        "summary": "1,234 of 1 in api",
        "description": "What this is about.",
        "runbook_url": "https://example.com/errors",
    }
