"""SQL conditions: what rows become, and that a query can do nothing but compute on telemetry."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.alerts.bench import NOW, Bench, read_rules
from thorbis_monitor.alerts.rules import CompiledRule


def sql_rule(query: str, window: str = "5m") -> tuple[CompiledRule, ...]:
    """A rule with this query."""
    condition = json.dumps({"sql": {"query": query, "window": window}})
    return read_rules(f"rules: [{{id: q, category: error, severity: low, condition: {condition}}}]")


def evaluate(bench: Bench, query: str) -> str | None:
    """Evaluate a query; returns its error."""
    bench.start(sql_rule(query))
    bench.tick()
    return bench.status().evaluations[0].error


def test_text_columns_become_labels_and_numbers_data(bench: Bench) -> None:
    bench.logs(3, service="api", attributes={"user.id": "ada"})
    query = """
        SELECT ServiceName AS service, LogAttributes['user.id'] AS user, '' AS nothing, count() AS value,
            toFloat64(1) / 0 AS odd, max(Timestamp) AS last, [1, 2] AS list, NULL AS empty, true AS flag
        FROM otel_logs
        WHERE Timestamp > {window_start:DateTime64(9)} AND Timestamp <= {now:DateTime64(9)}
        GROUP BY service, user"""
    assert evaluate(bench, query) is None
    (alert,) = bench.open_alerts()
    assert alert.tags == {"service": "api", "user": "ada", "flag": "true"}
    assert alert.data == {
        "value": 3,
        "odd": "inf",
        "last": "2026-03-04T12:00:00+00:00",
        "list": "[1, 2]",
        "empty": None,
        "window": "5m",
    }
    assert alert.description == "The query found the value 3 for flag=true, service=api, user=ada"


def test_the_placeholders_are_the_window(bench: Bench) -> None:
    where = "Timestamp > {window_start:DateTime64(9)} AND Timestamp <= {now:DateTime64(9)}"
    rule = sql_rule(f"SELECT 1 AS value FROM otel_logs WHERE {where} LIMIT 1", "10s")
    for age, fires in ((10.0, False), (9.999999, True), (0.0, True), (-0.000001, False)):
        bench.forget()
        bench.logs(1, at=NOW - timedelta(seconds=age))
        assert bench.fires(rule) is fires, age


def test_a_row_without_a_value_is_an_alert(bench: Bench) -> None:
    assert evaluate(bench, "SELECT 'x' AS name") is None
    (alert,) = bench.open_alerts()
    assert alert.description == "The query found a row for name=x"


def test_no_rows_are_no_alerts(bench: Bench) -> None:
    assert evaluate(bench, "SELECT 1 AS value FROM otel_logs") is None
    assert bench.open_alerts() == []


def test_rows_with_the_same_labels_are_an_error(bench: Bench) -> None:
    error = evaluate(bench, "SELECT 'x' AS name, number AS value FROM numbers(2)")
    assert error is not None
    assert error.startswith("the query returns several rows with the same labels")


def test_more_rows_than_the_bound_are_an_error(bench: Bench) -> None:
    error = evaluate(bench, "SELECT toString(number) AS name FROM numbers(1001)")
    assert error is not None
    assert "more than 1,000 label sets" in error


@pytest.mark.parametrize(
    "query",
    [
        "WITH slow AS (SELECT * FROM otel_logs) SELECT count() AS value FROM slow HAVING value > 5",
        "SELECT quantileIf(0.95)(Value, Value > 0) AS value FROM otel_metrics_gauge",
        "SELECT sumOrNullIf(Value, Value > 0) AS value FROM otel_metrics_sum",
        """SELECT l.Body AS body, count() AS value FROM otel_logs AS l
            LEFT JOIN otel_logs AS r ON l.TraceId = r.TraceId GROUP BY body ORDER BY value DESC LIMIT 10""",
        """SELECT s, avg(d) AS value FROM (
            SELECT ServiceName AS s, toFloat64OrZero(LogAttributes['x']) AS d FROM otel_logs) GROUP BY s""",
        "SELECT countIf(Level = 0) AS value FROM otel_logs WHERE Timestamp > now64(9) - INTERVAL 5 MINUTE",
        "SELECT arrayMap(x -> upper(x), ['a'])[1] AS name, CASE WHEN 1 THEN 2 ELSE 3 END AS value",
        "SELECT value FROM (SELECT 1 AS value UNION ALL SELECT 2) WHERE value BETWEEN 2 AND 3",
        "SELECT lagInFrame(Body) OVER (PARTITION BY ServiceName ORDER BY Timestamp) AS b FROM otel_logs",
        "SELECT Body AS b FROM otel_logs WHERE ServiceName IN (SELECT ServiceName FROM otel_metrics_sum)",
        "SELECT ')' AS name, 1 AS value -- the end",
        "select 1 as value /* SELECT */",
        "SELECT l.file AS name FROM (SELECT 'x' AS file) AS l",
    ],
)
def test_queries_that_compute_are_fine(bench: Bench, query: str) -> None:
    assert evaluate(bench, query) is None


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that no query may read."""
    file = tmp_path / "secret.txt"
    file.write_text("top secret")
    return file


ESCAPES = [
    "SELECT * FROM file('{file}', 'LineAsString')",
    "SELECT file('{file}') AS name",
    "SELECT `file`('{file}') AS name",
    "SELECT \"file\"('{file}') AS name",
    "SELECT FILE('{file}') AS name",
    "SELECT arrayMap(file, ['{file}'])[1] AS name",
    "SELECT arrayMap(x -> file(x), ['{file}'])[1] AS name",
    "SELECT * APPLY(file) FROM (SELECT '{file}' AS name)",
    "SELECT * APPLY(x -> file(x)) FROM (SELECT '{file}' AS name)",
    "SELECT * REPLACE(file('{file}') AS name) FROM (SELECT 'x' AS name)",
    "SELECT COLUMNS('name') APPLY(file) FROM (SELECT '{file}' AS name)",
    "WITH file('{file}') AS x SELECT x AS name",
    "SELECT (SELECT file('{file}')) AS name",
    "SELECT 'x' AS name WHERE file('{file}') != ''",
    "SELECT * FROM (SELECT * FROM file('{file}', 'LineAsString'))",
    "SELECT * FROM view(SELECT file('{file}'))",
    "SELECT * FROM filesystem('{file}')",
    "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1:9', 'system', 'one')",
    "SELECT * FROM s3('http://127.0.0.1:9/x', 'CSV')",
    "SELECT * FROM executable('id', 'LineAsString', 'a String')",
    "SELECT * FROM sqlite('{file}', 't')",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM python(secret)",
    "SELECT * FROM Python(secret)",
    "SELECT name FROM system.tables",
    "SELECT name FROM `system`.`tables`",
    "SELECT name FROM SYSTEM.tables",
    "SELECT 1 AS value WHERE 1 IN system.one",
    "SELECT in(1, system.one) AS value",
    "SELECT table_name AS name FROM information_schema.tables",
    "SELECT 1 AS value WHERE exists(SELECT 1 FROM system.users)",
    "SELECT hostName() AS name",
    "SELECT getSetting('readonly') AS value",
    "SELECT sleep(3) AS value",
    "SELECT aiGenerate('x', 'y') AS name",
    "SELECT dictGet('d', 'x', 1) AS name",
    "SELECT 1 AS value SETTINGS readonly = 0",
    "SELECT 1 AS value SETTINGS max_execution_time = 0",
    "SELECT 1 AS value INTO OUTFILE '{out}'",
    "SELECT 1) INTO OUTFILE '{out}' SETTINGS max_threads = (1",
    "SELECT 1 AS value FORMAT JSON",
    "SELECT 1) FORMAT JSON -- ",
    "SELECT 1 AS value) UNION ALL (SELECT file('{file}')",
    "SELECT 1 /* ",
    "SELECT ' ",
    "SELECT ${{x$ ) $x$",
    "WITH 1 AS x INSERT INTO otel_logs (Body) SELECT 'x'",
    "SELECT * FROM (EXPLAIN SELECT 1)",
    "SELECT * FROM (SHOW TABLES)",
]


@pytest.mark.parametrize("query", ESCAPES)
def test_queries_that_reach_further_are_refused(bench: Bench, secret: Path, tmp_path: Path, query: str) -> None:
    out = tmp_path / "out.txt"
    error = evaluate(bench, query.replace("{file}", str(secret)).replace("{out}", str(out)).replace("{{", "{"))
    assert error is not None
    assert "top secret" not in error
    assert bench.open_alerts() == []
    assert not out.exists()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("DROP TABLE otel_logs", "does not begin with SELECT"),
        ("INSERT INTO otel_logs (Body) VALUES ('x')", "does not begin with SELECT"),
        ("SELECT 1; DROP TABLE otel_logs", "has a semicolon"),
        ("SELECT {x:String}", "the placeholder {x:...} has no value"),
        ("SELECT '" + "x" * 20_000 + "'", "is longer than 20,000 characters"),
    ],
)
def test_what_is_no_query_is_refused_when_it_is_read(query: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message.replace("{", r"\{").replace(".", r"\.")):
        sql_rule(query)


def test_a_refusal_says_what_is_not_allowed(bench: Bench) -> None:
    found = [
        evaluate(bench, query)
        for query in (
            "SELECT file('/x') AS name",
            "SELECT * FROM url('http://127.0.0.1/')",
            "SELECT name FROM system.tables",
            "SELECT 1 SETTINGS max_threads = 1",
            "SELECT file AS name FROM (SELECT 'x' AS file)",
        )
    ]
    assert found == [
        "the query uses the function file, which rules may not",
        "the query reads from url(), rules read only telemetry",
        "the query reads system.tables, rules read only telemetry",
        "the query uses SETTINGS, which rules may not",
        "file is the name of a function that rules may not use; write a table before it: t.file",
    ]


def test_the_tables_are_there_after_all_of_it(bench: Bench) -> None:
    for query in ESCAPES:
        evaluate(bench, query)
    bench.logs(1)
    assert bench.telemetry.query("SELECT count() AS n FROM otel_logs") == [{"n": 1}]


def test_memory_is_bounded(bench: Bench) -> None:
    error = evaluate(bench, "SELECT groupArray(number) AS n FROM numbers(1000000000)")
    assert error is not None
    assert "memory limit exceeded" in error
