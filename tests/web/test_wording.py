from typing import Any

import pytest

from thorbis_monitor.dashboard.status import SystemStatus
from thorbis_monitor.model.severity import Severity
from thorbis_monitor.web import wording
from thorbis_monitor.web.elements import is_web_address


@pytest.mark.parametrize(
    ("status", "by_severity", "sentence"),
    [
        (SystemStatus.HEALTHY, {}, "No alert is open."),
        (SystemStatus.HEALTHY, {Severity.LOW: 1}, "1 low alert is open. None of them is urgent."),
        (SystemStatus.WARNING, {Severity.HIGH: 1}, "1 high alert is open."),
        (
            SystemStatus.CRITICAL,
            {Severity.CRITICAL: 1, Severity.HIGH: 0, Severity.MEDIUM: 2, Severity.LOW: 3},
            "1 critical, 2 medium and 3 low alerts are open.",
        ),
    ],
)
def test_the_headline_says_what_is_open(status: SystemStatus, by_severity: dict[Severity, int], sentence: str) -> None:
    assert wording.headline(status, by_severity) == sentence


def test_figures_are_written_for_people() -> None:
    assert [wording.milliseconds(value) for value in (None, 0.4, 1234.5, 12_345.0)] == [
        wording.NOTHING,
        "0 ms",
        "1,234 ms",
        "12.3 s",
    ]
    assert [wording.percent(value) for value in (None, 0, 0.05, 0.12345, 1)] == [
        wording.NOTHING,
        "0 %",
        "5 %",
        "12.35 %",
        "100 %",
    ]
    assert [wording.size(value) for value in (0, 1023, 1024, 5 * 1024**3)] == [
        "0 B",
        "1,023 B",
        "1.0 KiB",
        "5.0 GiB",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (True, "true"),
        (None, "null"),
        (12345, "12,345"),
        (2871.42137, "2,871.42"),
        (["a", "b"], "a\nb"),
        ({"a": [1]}, '{\n "a": [\n  1\n ]\n}'),
    ],
)
def test_values_of_alerts_are_written_for_people(value: Any, text: str) -> None:
    assert wording.plain_value(value) == text


def test_a_long_value_is_cut() -> None:
    assert len(wording.plain_value("x" * 100_000)) == 2000


@pytest.mark.parametrize(
    ("text", "is_link"),
    [
        ("https://wiki.example.test/pay?x=1", True),
        ("http://10.0.0.1:8080", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" https://example.test", False),
        ("https://", False),
        ("http://[", False),
        ("data:text/html,x", False),
        ("//example.test/x", False),
        ("see https://example.test", False),
    ],
)
def test_only_absolute_web_addresses_become_links(text: str, *, is_link: bool) -> None:
    assert is_web_address(text) is is_link
