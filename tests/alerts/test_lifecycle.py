"""One step of the life of an alert, and the whole life against a plain model of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.alerts.bench import NOW
from thorbis_monitor.alerts.fingerprint import fingerprint
from thorbis_monitor.alerts.instance import Instance, Phase
from thorbis_monitor.alerts.lifecycle import Moment, Step, advance
from thorbis_monitor.alerts.outcome import Outcome, Row
from thorbis_monitor.model.alert import ChangeKind
from thorbis_monitor.model.rule import Rule
from thorbis_monitor.model.severity import Category, Severity

SECOND = timedelta(seconds=1)
FIRED, RESOLVED = ChangeKind.FIRING, ChangeKind.RESOLVED


def make_rule(**timing: int) -> Rule:
    """A rule whose durations are given in seconds."""
    durations = {name: value * SECOND for name, value in timing.items()}
    return Rule("r", "A rule", Category.ERROR, Severity.HIGH, "always", **durations)  # type: ignore[arg-type]  # only durations are passed


class Life:
    """The life of one rule, second by second."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.now = NOW
        self.instances: Mapping[str, Instance] = {}
        self._ids = count(1)

    def step(
        self, *labels: str, after: int = 1, unknown: bool = False, hold: bool = False
    ) -> list[tuple[ChangeKind, str]]:
        """The condition holds for these label sets; returns what is announced."""
        self.now += after * SECOND
        rows = tuple(Row({"name": name}, 1.0, "text") for name in labels)
        moment = Moment(self.now, NOW + 1000 * SECOND if hold else None)
        taken = self.take(Outcome(rows, absent_is_unknown=unknown), moment)
        return [(change.kind, change.alert.tags["name"]) for change in taken.changes]

    def take(self, outcome: Outcome, moment: Moment) -> Step:
        taken = advance(self.rule, outcome, self.instances, moment, lambda: str(next(self._ids)))
        self.instances = taken.instances
        return taken

    def resolve(self, name: str) -> None:
        """A person resolves the alert."""
        key = fingerprint(self.rule.id, {"name": name})
        old = self.instances[key]
        dismissed = Instance(
            old.rule_id,
            old.fingerprint,
            old.labels,
            active_since=old.active_since,
            last_true_at=old.last_true_at,
            last_fired_at=old.last_fired_at,
            dismissed=True,
        )
        self.instances = {**self.instances, key: dismissed}

    def phase(self, name: str) -> Phase | None:
        instance = self.instances.get(fingerprint(self.rule.id, {"name": name}))
        return instance.phase if instance else None


def test_a_condition_that_holds_raises_one_alert_and_clearing_resolves_it() -> None:
    life = Life(make_rule())
    assert life.step("a") == [(FIRED, "a")]
    assert life.step("a") == []
    assert life.step() == [(RESOLVED, "a")]
    assert life.instances == {}


def test_label_sets_live_apart() -> None:
    life = Life(make_rule())
    assert life.step("a", "b") == [(FIRED, "a"), (FIRED, "b")]
    assert life.step("b", "c") == [(RESOLVED, "a"), (FIRED, "c")]


def test_for_is_waited_out_and_starts_anew_after_a_clear_moment() -> None:
    life = Life(make_rule(for_=10))
    assert life.step("a") == []
    assert life.phase("a") is Phase.PENDING
    assert life.step("a", after=9) == []
    assert life.step(after=1) == []
    assert life.step("a") == []
    assert life.step("a", after=9) == []
    assert life.step("a", after=1) == [(FIRED, "a")]


def test_keep_firing_for_bridges_short_gaps() -> None:
    life = Life(make_rule(keep_firing_for=10))
    life.step("a")
    assert life.step(after=9) == []
    assert life.step("a", after=1) == []
    assert life.step(after=9) == []
    assert life.step(after=1) == [(RESOLVED, "a")]


def test_a_new_alert_waits_for_the_cooldown_and_comes_when_it_ends() -> None:
    life = Life(make_rule(cooldown=60))
    assert life.step("a") == [(FIRED, "a")]
    assert life.step(after=5) == [(RESOLVED, "a")]
    assert life.step("a", after=5) == []
    assert life.phase("a") is Phase.COOLDOWN
    assert life.step("a", after=49) == []
    assert life.step("a", after=1) == [(FIRED, "a")]


def test_the_cooldown_of_one_label_set_does_not_hold_back_another() -> None:
    life = Life(make_rule(cooldown=60))
    life.step("a")
    life.step()
    assert life.step("a", "b") == [(FIRED, "b")]


def test_the_cooldown_does_not_end_an_alert() -> None:
    life = Life(make_rule(cooldown=60))
    life.step("a")
    assert life.step("a", after=600) == []
    assert life.step(after=1) == [(RESOLVED, "a")]


def test_a_dismissed_condition_comes_back_only_after_it_was_clear() -> None:
    life = Life(make_rule())
    life.step("a")
    life.resolve("a")
    assert life.step("a") == []
    assert life.step("a", after=600) == []
    assert life.step() == []
    assert life.step("a") == [(FIRED, "a")]


def test_what_is_unknown_stays_as_it_is() -> None:
    life = Life(make_rule())
    life.step("a")
    assert life.step(unknown=True) == []
    assert life.phase("a") is Phase.FIRING
    assert life.step() == [(RESOLVED, "a")]


def test_an_alert_from_before_the_start_is_held() -> None:
    life = Life(make_rule())
    life.step("a")
    assert life.step(hold=True) == []
    assert life.step() == [(RESOLVED, "a")]


def test_an_open_alert_shows_what_was_found_last() -> None:
    life = Life(make_rule())
    life.take(Outcome((Row({"name": "a"}, 1.0, "one", {"value": 1}),)), Moment(NOW))
    first = next(iter(life.instances.values())).alert
    life.take(Outcome((Row({"name": "a"}, 2.0, "two", {"value": 2}),)), Moment(NOW + SECOND))
    last = next(iter(life.instances.values())).alert
    assert first is not None
    assert last is not None
    assert (last.id, last.timestamp) == (first.id, NOW)
    assert (last.description, last.data) == ("two", {"value": 2})


@dataclass
class Known:
    """What the model remembers of a label set: plain history instead of phases."""

    holding: list[int] = field(default_factory=list)
    """Moments since the condition was last clear."""
    last_true: int | None = None
    raised: list[int] = field(default_factory=list)
    open: bool = False
    dismissed: bool = False


class LifeAgainstModel(RuleBasedStateMachine):
    """Random lives, with people interfering; the model knows only histories and the sentences of the docs."""

    names = ("a", "b")

    @initialize(for_=st.integers(0, 4), keep=st.integers(0, 4), cooldown=st.integers(0, 12))
    def begin(self, for_: int, keep: int, cooldown: int) -> None:
        self.life = Life(make_rule(for_=for_, keep_firing_for=keep, cooldown=cooldown))
        self.for_, self.keep, self.cooldown = for_, keep, cooldown
        self.model = {name: Known() for name in self.names}
        self.now = 0

    @rule(holding=st.sets(st.sampled_from(names)), after=st.integers(1, 3), unknown=st.booleans())
    def evaluate(self, holding: set[str], after: int, *, unknown: bool) -> None:
        self.now += after
        found = self.life.step(*sorted(holding), after=after, unknown=unknown)
        expected = [
            change for name in self.names for change in self.expect(name, holds=name in holding, unknown=unknown)
        ]
        assert sorted(found) == sorted(expected)

    def expect(self, name: str, *, holds: bool, unknown: bool) -> list[tuple[ChangeKind, str]]:
        known = self.model[name]
        if not holds and unknown:
            return []
        if not holds:
            known.holding.clear()
            known.dismissed = False
            if known.open and (known.last_true is None or self.now - known.last_true >= self.keep):
                known.open = False
                return [(RESOLVED, name)]
            return []
        known.holding.append(self.now)
        known.last_true = self.now
        held_long_enough = self.now - known.holding[0] >= self.for_
        cool = not known.raised or self.now - known.raised[-1] >= self.cooldown
        if known.open or known.dismissed or not held_long_enough or not cool:
            return []
        known.open = True
        known.raised.append(self.now)
        return [(FIRED, name)]

    @rule(name=st.sampled_from(names))
    def a_person_resolves(self, name: str) -> None:
        known = self.model[name]
        if known.open:
            known.open, known.dismissed = False, True
            self.life.resolve(name)

    @invariant()
    def open_alerts_are_those_of_the_model(self) -> None:
        firing = {
            instance.labels["name"] for instance in self.life.instances.values() if instance.phase is Phase.FIRING
        }
        assert firing == {name for name, known in self.model.items() if known.open}

    @invariant()
    def nothing_is_remembered_without_need(self) -> None:
        for instance in self.life.instances.values():
            waiting = instance.phase in {Phase.PENDING, Phase.COOLDOWN, Phase.FIRING}
            cooling = instance.last_fired_at is not None
            assert waiting or cooling or instance.dismissed


TestLifeAgainstModel = LifeAgainstModel.TestCase
