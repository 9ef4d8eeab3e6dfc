"""From what is written to rules that can be evaluated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from thorbis_monitor.alerts.condition import Condition, Figures
from thorbis_monitor.alerts.defaults import FILE, default_rules_text
from thorbis_monitor.alerts.registry import condition_kinds
from thorbis_monitor.alerts.rule_form import DefaultRuleForm, RuleForm
from thorbis_monitor.config.document import read_text
from thorbis_monitor.config.mistakes import ConfigError, Mistake
from thorbis_monitor.config.nodes import Items, Leaf, Mark, Node, Table
from thorbis_monitor.config.validation import Steps, did_you_mean, mistake_at, validate
from thorbis_monitor.model.rule import Rule

MAX_RULES = 1000

_NOWHERE = Mark("")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its condition, ready to be evaluated."""

    rule: Rule
    condition: Condition
    mark: Mark = _NOWHERE
    """Where the rule stands."""


@dataclass(frozen=True, slots=True)
class RuleSource:
    """A list of rules in a file, and where in the file it stands."""

    node: Node
    path: Steps = ("rules",)


@dataclass(frozen=True, slots=True)
class Compilation:
    """Rules that can be evaluated, and everything that is wrong with the others."""

    rules: tuple[CompiledRule, ...]
    mistakes: tuple[Mistake, ...]


def compile_rules(sources: Iterable[RuleSource], figures: Figures, default_rules: Node | None = None) -> Compilation:
    """Read all rules: the default ones with the changes of ``alerts.default_rules``, and those of users."""
    rules, mistakes = _default_rules(figures, default_rules)
    reserved = {compiled.rule.id for compiled in default_rule_set(figures)}
    seen: dict[str, str] = {}
    for source in sources:
        for path, item in _items(source, mistakes):
            compiled, found = compile_rule(item, figures, path)
            mistakes += found
            if compiled is None:
                continue
            rule_id = compiled.rule.id
            if rule_id in reserved:
                advice = f"Change it under alerts.default_rules.{rule_id}, or choose another id"
                mistakes.append(mistake_at(item, path, ("id",), f"{rule_id!r} is a default rule", advice))
            elif rule_id in seen:
                advice = "Give each rule an id of its own"
                message = f"the id {rule_id!r} is taken by the rule at {seen[rule_id]}"
                mistakes.append(mistake_at(item, path, ("id",), message, advice))
            else:
                seen[rule_id] = f"{item.mark.file}:{item.mark.line}"
                rules.append(compiled)
    return Compilation(tuple(rules), tuple(mistakes))


@cache
def default_rule_set(figures: Figures) -> tuple[CompiledRule, ...]:
    """The default rules as they come."""
    rules, mistakes = _default_rules(figures, None)
    if mistakes:
        raise ConfigError(mistakes)
    return tuple(rules)


def compile_rule(node: Node, figures: Figures, path: Steps) -> tuple[CompiledRule | None, list[Mistake]]:
    """Read one rule; None if there is anything wrong with it."""
    form, mistakes = validate(node, RuleForm, path)
    condition = node.get("condition") if isinstance(node, Table) else None
    if not isinstance(condition, Table):
        return None, mistakes
    compiled, found = _compile_condition(condition, figures, (*path, "condition"))
    mistakes += found
    if form is None or compiled is None:
        return None, mistakes
    return CompiledRule(form.rule(compiled.words()), compiled, node.mark), mistakes


def _compile_condition(node: Table, figures: Figures, path: Steps) -> tuple[Condition | None, list[Mistake]]:
    kinds = condition_kinds()
    if len(node.entries) != 1:
        message = f"a condition has exactly one kind, found {len(node.entries)}"
        return None, [mistake_at(node, path, (), message, f"Write one of: {', '.join(sorted(kinds))}")]
    name, value = next(iter(node.entries.items()))
    kind = kinds.get(name)
    if kind is None:
        mark = node.keys[name]
        advice = did_you_mean(name, sorted(kinds))
        wrong = mistake_at(Leaf(mark, None), path, (), f"there is no condition `{name}`", advice)
        return None, [wrong]
    form, mistakes = validate(value, kind.form, (*path, name))
    return (None if form is None else kind.build(form, figures)), mistakes


def _items(source: RuleSource, mistakes: list[Mistake]) -> Sequence[tuple[Steps, Node]]:
    node = source.node
    if isinstance(node, Leaf) and node.value is None:
        return ()
    if not isinstance(node, Items):
        mistakes.append(mistake_at(node, source.path, (), "rules have to be a list", "Begin each with `- id:`"))
        return ()
    if len(node.items) > MAX_RULES:
        mistakes.append(mistake_at(node, source.path, (), f"more than {MAX_RULES:,} rules", "Remove some"))
        return ()
    return [((*source.path, index), item) for index, item in enumerate(node.items)]


def _default_rules(figures: Figures, changes: Node | None) -> tuple[list[CompiledRule], list[Mistake]]:
    if isinstance(changes, Leaf) and changes.value is False:
        return [], []
    nodes = _default_rule_nodes()
    wanted: Mapping[str, Node] = changes.entries if isinstance(changes, Table) else {}
    mistakes = _unknown_defaults(changes, sorted(nodes))
    rules = []
    for rule_id, node in nodes.items():
        changed = node
        if rule_id in wanted:
            path = ("alerts", "default_rules", rule_id)
            form, found = validate(wanted[rule_id], DefaultRuleForm, path)
            mistakes += found
            if form is None or not isinstance(wanted[rule_id], Table):
                continue
            changed = _changed(node, wanted[rule_id])
        compiled, found = compile_rule(changed, figures, ("rules", rule_id))
        mistakes += found
        if compiled is not None:
            rules.append(compiled)
    return rules, mistakes


@cache
def _default_rule_nodes() -> dict[str, Table]:
    root, mistakes = read_text(default_rules_text(), FILE, {})
    if mistakes:
        raise ConfigError(mistakes)
    items = root.entries["rules"]
    nodes = [item for item in items if isinstance(item, Table)] if isinstance(items, Items) else []
    return {str(node.entries["id"].value): node for node in nodes if isinstance(node.entries["id"], Leaf)}


def _unknown_defaults(changes: Node | None, known: list[str]) -> list[Mistake]:
    path: Steps = ("alerts", "default_rules")
    if changes is None or (isinstance(changes, Leaf) and changes.value in {None, True}):
        return []
    if not isinstance(changes, Table):
        advice = "Write `false` to turn them off, or a group for each rule to change"
        return [mistake_at(changes, path, (), "this has to be false or a group of rules", advice)]
    return [
        mistake_at(
            Leaf(changes.keys[rule_id], None),
            path,
            (),
            f"there is no default rule `{rule_id}`",
            did_you_mean(rule_id, known),
        )
        for rule_id in changes.entries
        if rule_id not in known
    ]


def _changed(rule: Table, change: Node) -> Table:
    """A default rule with a user's changes; ``threshold`` and ``window`` belong to its condition."""
    entries, keys = dict(rule.entries), dict(rule.keys)
    if not isinstance(change, Table):
        return rule
    for name, value in change.entries.items():
        if name in {"threshold", "window"}:
            entries["condition"] = _changed_condition(entries["condition"], name, value)
        else:
            entries[name], keys[name] = value, change.keys[name]
    return replace(rule, entries=entries, keys=keys)


def _changed_condition(condition: Node, name: str, value: Node) -> Node:
    if not isinstance(condition, Table):
        return condition
    kind, form = next(iter(condition.entries.items()))
    if not isinstance(form, Table):
        return condition
    key = "above" if name == "threshold" else name
    changed = replace(form, entries={**form.entries, key: value})
    return replace(condition, entries={kind: changed})
