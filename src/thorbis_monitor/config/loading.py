"""The whole configuration: flag before environment before file before default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from thorbis_monitor.config.document import field_name, read_file
from thorbis_monitor.config.environment import Override, read_environment, read_flags
from thorbis_monitor.config.memory_limit import detect_memory_limit
from thorbis_monitor.config.mistakes import ConfigError, Mistake
from thorbis_monitor.config.nodes import Items, Leaf, Mark, Node, Table, plain
from thorbis_monitor.config.settings import SECTIONS, ServerSettings, Settings
from thorbis_monitor.config.validation import Steps, describe_error, did_you_mean, mistake_at

RAW_KEYS = ("rules", "rule_files", "receivers")
"""Keys beside the sections; what they hold is understood by other parts."""

MAX_RULE_FILES = 200
_MAX_KEY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class RuleList:
    """A list of rules in a file, and where in the file it stands."""

    node: Node
    path: Steps


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings, and the marked values that other parts read: rules, changes to default rules, receivers."""

    settings: Settings
    rules: tuple[RuleList, ...] = ()
    default_rules: Node | None = None
    receivers: Node | None = None

    @property
    def api_key(self) -> SecretStr | None:
        """The key that clients have to present, if any."""
        return self.settings.server.api_key

    def memory_limit_bytes(self) -> int:
        """What 100 % of memory is: as configured, else as detected."""
        configured = self.settings.alerts.memory_limit_bytes
        return detect_memory_limit() if configured is None else int(configured)


def load_configuration(file: Path | None, flags: Mapping[str, object], environ: Mapping[str, str]) -> Configuration:
    """Read the configuration; without a file there are the defaults. ``flags`` are named ``section.name``.

    Raises:
        ConfigError: something is wrong; every mistake is named.
    """
    configuration, mistakes = read_configuration(file, flags, environ)
    if mistakes or configuration is None:
        raise ConfigError(mistakes)
    return configuration


def read_configuration(
    file: Path | None, flags: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[Configuration | None, list[Mistake]]:
    """Like ``load_configuration``, but returns the mistakes; settings with mistakes have their defaults.

    None instead of a configuration if the file could not be read at all.
    """
    try:
        root, form_mistakes = (Table(Mark("defaults")), []) if file is None else read_file(file, environ)
    except ConfigError as error:
        return None, list(error.mistakes)
    mistakes = form_mistakes + _unknown_keys(root)
    settings, found = _settings(root, [*read_environment(environ), *read_flags(flags)])
    mistakes += found
    rules, found = _rule_lists(root, file, environ)
    mistakes += found
    alerts = root.get("alerts")
    default_rules = alerts.get("default_rules") if isinstance(alerts, Table) else None
    return Configuration(settings, rules, default_rules, root.get("receivers")), mistakes


def _unknown_keys(root: Table) -> list[Mistake]:
    known = [*SECTIONS, *RAW_KEYS]
    return [
        mistake_at(Leaf(root.keys[key], None), (key,), (), "this setting is not known", did_you_mean(key, known))
        for key in root.entries
        if key not in known
    ]


def _settings(root: Table, overrides: Sequence[Override]) -> tuple[Settings, list[Mistake]]:
    values: dict[str, object] = {}
    mistakes: list[Mistake] = []
    for section in SECTIONS:
        form, found = _section(root, section, [each for each in overrides if each.section == section])
        mistakes += found
        values[section] = form
    settings = Settings.model_validate({name: form for name, form in values.items() if form is not None})
    server, found = _with_key(settings.server, root)
    return settings.model_copy(update={"server": server}), mistakes + found


def _section(root: Table, section: str, overrides: Sequence[Override]) -> tuple[object | None, list[Mistake]]:
    node = root.get(section) or Table(root.mark)
    if isinstance(node, Leaf) and node.value is None:
        node = Table(node.mark)
    if section == "alerts" and isinstance(node, Table):
        # What is written under `default_rules` are changes to rules, which part `alerts` understands.
        entries = {key: value for key, value in node.entries.items() if key != "default_rules"}
        node = Table(node.mark, entries, node.keys)
    values: Any = plain(node)
    origins: dict[str, str] = {}
    if isinstance(values, dict):
        for override in overrides:
            values[override.name] = override.value
            origins[override.name] = override.origin
    form = SECTIONS[section]
    try:
        return form.model_validate(values), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    mistakes = []
    for detail in details:
        origin = origins.get(str(detail["loc"][0])) if detail["loc"] else None
        told = describe_error(Table(node.mark) if origin else node, form, (section,), detail)
        if told is not None:
            mistakes.append(Mistake(origin, 0, 0, "", told.message, told.advice) if origin else told)
    return None, mistakes


def _with_key(server: ServerSettings, root: Table) -> tuple[ServerSettings, list[Mistake]]:
    """The settings with the key out of its file."""
    if server.api_key_file is None or server.api_key is not None:
        return server, []
    path = server.api_key_file
    try:
        with path.open("rb") as stream:
            key = stream.read(_MAX_KEY_BYTES + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        message = f"the key cannot be read from {str(path)!r}: {reason}"
        return server, [mistake_at(root, (), ("server", "api_key_file"), message, "Check the path and its permissions")]
    if not key or len(key) > _MAX_KEY_BYTES:
        message = f"the file {str(path)!r} holds no key"
        return server, [mistake_at(root, (), ("server", "api_key_file"), message, "Write the key on its first line")]
    return server.model_copy(update={"api_key": SecretStr(key)}), []


def _rule_lists(
    root: Table, file: Path | None, environ: Mapping[str, str]
) -> tuple[tuple[RuleList, ...], list[Mistake]]:
    lists: list[RuleList] = []
    mistakes: list[Mistake] = []
    rules = root.get("rules")
    if rules is not None:
        lists.append(RuleList(rules, ("rules",)))
    patterns = root.get("rule_files")
    if patterns is None or file is None:
        return tuple(lists), mistakes
    for path, pattern in _patterns(patterns, mistakes):
        for found in _matching(file.parent, pattern, path, patterns, mistakes):
            node, wrong = _rule_file(found, environ)
            mistakes += wrong
            if node is not None:
                lists.append(RuleList(node, ("rules",)))
    return tuple(lists), mistakes


def _patterns(node: Node, mistakes: list[Mistake]) -> list[tuple[Steps, str]]:
    items = node.items if isinstance(node, Items) else (node,)
    patterns: list[tuple[Steps, str]] = []
    for index, item in enumerate(items):
        path: Steps = ("rule_files", index) if isinstance(node, Items) else ("rule_files",)
        if isinstance(item, Leaf) and isinstance(item.value, str) and item.value:
            patterns.append((path, item.value))
        elif not (isinstance(item, Leaf) and item.value is None):
            advice = "Write for example rules/*.yaml"
            mistakes.append(mistake_at(item, path, (), "this has to be a path", advice))
    return patterns


def _matching(folder: Path, pattern: str, path: Steps, node: Node, mistakes: list[Mistake]) -> list[Path]:
    """The files of a pattern, relative to the folder of the configuration."""
    wanted = Path(pattern).expanduser()
    base, relative = (
        (Path(wanted.anchor), wanted.relative_to(wanted.anchor)) if wanted.is_absolute() else (folder, wanted)
    )
    if not has_magic(pattern):
        return [base / relative]
    try:
        found = sorted(each for each in base.glob(str(relative)) if each.is_file())
    except (ValueError, NotImplementedError, OSError) as error:
        mistakes.append(mistake_at(node, ("rule_files",), path[1:], f"{pattern!r} is not a pattern: {error}"))
        return []
    if len(found) > MAX_RULE_FILES:
        message = f"{pattern!r} names more than {MAX_RULE_FILES} files"
        mistakes.append(mistake_at(node, ("rule_files",), path[1:], message, "Put rules together in fewer files"))
        return []
    return found


def _rule_file(file: Path, environ: Mapping[str, str]) -> tuple[Node | None, list[Mistake]]:
    try:
        root, mistakes = read_file(file, environ)
    except ConfigError as error:
        return None, list(error.mistakes)
    mistakes += [
        mistake_at(
            Leaf(root.keys[key], None),
            (key,),
            (),
            "this setting is not known",
            "A rule file has only `rules`",
        )
        for key in root.entries
        if key != "rules"
    ]
    if not mistakes and "rules" not in root.entries:
        mistakes.append(
            Mistake(str(file), 1, 1, field_name(("rules",)), "there are no rules in this file", "Add `rules:`")
        )
    return root.get("rules"), mistakes
