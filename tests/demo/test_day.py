"""The played day: a normal one raises nothing, the incident crosses the threshold of each of its rules."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from thorbis_monitor.demo.day import HOURS, Afterwards, busyness, day
from thorbis_monitor.demo.incident import RULES, SECONDS, incident
from thorbis_monitor.demo.wire import Batch, LogLine, MetricLine, encode
from thorbis_monitor.model.level import Level

NOW = datetime(2026, 5, 4, 17, tzinfo=UTC)
WINDOW = timedelta(minutes=5)
SEEDS = pytest.mark.parametrize("seed", range(3))


def logs_of(batches: Iterable[Batch]) -> list[LogLine]:
    return [line for batch in batches for line in batch.logs]


def metrics_of(batches: Iterable[Batch]) -> list[MetricLine]:
    return [line for batch in batches for line in batch.metrics]


def conditions(logs: Sequence[LogLine], metrics: Sequence[MetricLine]) -> dict[str, bool]:
    """The default rules over what lies in one window."""
    times = [line.value for line in metrics if line.name == "api.response_time"]
    requests = sum(line.value for line in metrics if line.name == "api.requests.count")
    errors = [line for line in logs if line.level == Level.ERROR]
    payments = [line for line in errors if line.component == "payment" or "payment" in line.message.lower()]
    refused = [line for line in logs if {"authentication", "failed"} <= set(line.message.lower().split())]
    return {
        "high_response_time": len(times) >= 10 and sum(times) / len(times) > 2000,
        "error_rate_spike": requests >= 100 and len(errors) / requests > 0.05,
        "payment_processing_failures": len(payments) > 5,
        "authentication_failures": len(refused) > 50,
    }


@SEEDS
def test_a_normal_day_raises_no_alert_in_any_window(seed: int) -> None:
    batches = list(day(seed, NOW))
    for previous, batch in pairwise(batches):
        # Two steps hold every window of five minutes in them, so their sum is at least as large.
        both = (previous, batch)
        found = conditions(logs_of(both), metrics_of(both))
        assert not any(found.values()), (batch.until, found)


@SEEDS
def test_a_normal_day_has_few_errors_and_is_as_busy_as_it_should_be(seed: int) -> None:
    batches = list(day(seed, NOW))
    logs, requests = logs_of(batches), 0.0
    requests = sum(line.value for line in metrics_of(batches) if line.name == "api.requests.count")
    assert 0 < sum(line.level == Level.ERROR for line in logs) / requests < 0.01
    assert 30 * 60 * HOURS < requests < 60 * 60 * HOURS
    assert requests == len(logs)


@SEEDS
def test_the_incident_crosses_every_threshold_on_top_of_the_normal_traffic(seed: int) -> None:
    batches = [batch for batch in day(seed, NOW) if batch.until > NOW - WINDOW]
    batches += [scene.batch for scene in incident(seed, NOW)]
    found = conditions(logs_of(batches), metrics_of(batches))
    assert set(found) == set(RULES)
    assert all(found.values()), found


@SEEDS
def test_the_traffic_after_the_incident_raises_nothing(seed: int) -> None:
    traffic = Afterwards(seed, NOW)
    batches = [traffic.until(NOW + timedelta(seconds=second)) for second in range(1, 301)]
    assert not any(conditions(logs_of(batches), metrics_of(batches)).values())
    assert 100 < len(logs_of(batches)) < 220


def test_a_seed_decides_the_day_and_another_makes_another() -> None:
    first, again, other = (list(day(seed, NOW)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert list(incident(1, NOW)) == list(incident(1, NOW))


def test_records_lie_within_their_batch_and_batches_follow_each_other() -> None:
    begin = NOW - timedelta(hours=HOURS)
    for batch in day(1, NOW):
        assert all(begin <= line.timestamp < batch.until for line in batch.logs)
        assert all(begin <= line.timestamp <= batch.until for line in batch.metrics)
        begin = batch.until
    assert begin == NOW


@pytest.mark.parametrize("speed", [1.0, 20.0])
def test_the_incident_takes_its_seconds_divided_by_the_speed(speed: float) -> None:
    scenes = list(incident(1, NOW, speed))
    assert [scene.second for scene in scenes] == list(range(SECONDS))
    end = NOW + timedelta(seconds=SECONDS) / speed
    assert max(line.timestamp for line in logs_of(scene.batch for scene in scenes)) < end


def test_memory_stays_small() -> None:
    values = [line.value for line in metrics_of(day(1, NOW)) if line.name == "memory.usage.gauge"]
    assert max(values) < 256 * 1024 * 1024


def test_the_day_has_two_humps_around_lunch() -> None:
    assert busyness(0.3) > busyness(0.5) < busyness(0.7)
    assert busyness(0) < busyness(0.3)
    assert all(0 <= busyness(share / 100) <= 1 for share in range(101))


def test_lines_have_the_keys_of_the_wire() -> None:
    batch = next(iter(day(1, NOW)))
    record = msgspec.json.decode(encode(batch.logs[:1]))
    assert {
        "timestamp",
        "level",
        "message",
        "service",
        "component",
        "userId",
        "requestId",
        "business",
    } <= set(record)
    assert record["timestamp"].endswith("Z")
    assert record["business"]["tenantId"]
    sample = msgspec.json.decode(encode(batch.metrics[:1]))
    assert {"timestamp", "name", "value", "unit", "tags"} <= set(sample)


def test_several_tenants_people_components_and_endpoints_take_part() -> None:
    batches = list(day(1, NOW))
    logs = logs_of(batches)
    assert len({line.business.tenant_id for line in logs if line.business}) == 5
    assert len({line.user_id for line in logs}) >= 15
    assert Counter(line.component for line in logs).keys() >= {"auth", "payment", "work-orders", "scheduling"}
    classes = {
        line.tags["status_class"] for line in metrics_of(batches) if line.name == "api.requests.count" and line.tags
    }
    assert classes == {"2xx", "4xx", "5xx"}
