"""A slow rule comes last, pauses, and returns to the others when it is quick again."""

from datetime import timedelta

from tests.alerts.bench import FIGURES, NOW
from thorbis_monitor.alerts.pace import Pace
from thorbis_monitor.alerts.rules import CompiledRule, default_rule_set

SECOND = timedelta(seconds=1)
FIRST, SECOND_RULE, THIRD = default_rule_set(FIGURES)[:3]
RULES = (FIRST, SECOND_RULE, THIRD)


def ids(*rules: CompiledRule) -> list[str]:
    return [compiled.rule.id for compiled in rules]


def test_quick_rules_have_their_turn_together_every_time() -> None:
    pace = Pace(SECOND)
    for rule_id in ids(*RULES):
        pace.note(rule_id, NOW, SECOND)
    assert pace.turns(RULES, NOW) == [list(RULES)]


def test_a_slow_rule_pauses_nine_times_as_long_as_it_took_and_then_comes_last() -> None:
    pace = Pace(SECOND)
    pace.note(FIRST.rule.id, NOW, 2 * SECOND)
    assert pace.turns(RULES, NOW + 19 * SECOND) == [[SECOND_RULE, THIRD]]
    assert pace.turns(RULES, NOW + 20 * SECOND) == [[SECOND_RULE, THIRD], [FIRST]]


def test_slow_rules_have_turns_of_their_own() -> None:
    pace = Pace(SECOND)
    for rule_id in ids(*RULES):
        pace.note(rule_id, NOW, 2 * SECOND)
    assert pace.turns(RULES, NOW + 20 * SECOND) == [[FIRST], [SECOND_RULE], [THIRD]]


def test_a_rule_that_is_quick_again_returns_to_the_others() -> None:
    pace = Pace(SECOND)
    pace.note(FIRST.rule.id, NOW, 2 * SECOND)
    pace.note(FIRST.rule.id, NOW + 20 * SECOND, SECOND)
    assert pace.turns(RULES, NOW + 21 * SECOND) == [list(RULES)]
