"""Receivers as the configuration file has them, checked with the place of every mistake."""

from thorbis_monitor.config.mistakes import Mistake
from thorbis_monitor.config.nodes import Items, Node, Table
from thorbis_monitor.config.validation import Steps, did_you_mean, mistake_at, validate
from thorbis_monitor.response.channels.discovery import channel_types
from thorbis_monitor.response.receivers import Receiver, ReceiverSettings


def validate_receivers(node: Node, path: Steps = ("receivers",)) -> tuple[list[Receiver], list[Mistake]]:
    """Check the list of receivers; ``path`` is where it stands in the file.

    Returns the receivers that are right, and every mistake. Looks also whether Apprise knows the services.
    """
    if not isinstance(node, Items):
        return [], [mistake_at(node, path, (), "this has to be a list", "Begin each receiver with `- name:`")]
    receivers: dict[str, Receiver] = {}
    mistakes: list[Mistake] = []
    for position, item in enumerate(node):
        receiver, wrong = _receiver(item, (*path, position))
        mistakes += wrong
        if receiver is None:
            continue
        if receiver.name in receivers:
            message = f"there is already a receiver with the name {receiver.name}"
            mistakes.append(mistake_at(item, (*path, position), ("name",), message, "Give it another name"))
        receivers.setdefault(receiver.name, receiver)
    return list(receivers.values()), mistakes


def _receiver(node: Node, path: Steps) -> tuple[Receiver | None, list[Mistake]]:
    types = channel_types()
    if not isinstance(node, Table):
        example = "Write `- name: ops` and below it a channel, for example `webhook:`"
        return None, [mistake_at(node, path, (), "a receiver has a name and a channel", example)]
    chosen = [key for key in node.entries if key in types]
    own = {key: entry for key, entry in node.entries.items() if key in ReceiverSettings.model_fields}
    mistakes = _unknown_keys(node, path, {*chosen, *own})
    settings, wrong = validate(Table(node.mark, own, node.keys), ReceiverSettings, path)
    mistakes += wrong
    if len(chosen) != 1:
        advice = f"Add one of: {', '.join(sorted(types))}" if not chosen else "Make a receiver of each"
        message = "a receiver has exactly one channel"
        return None, [*mistakes, mistake_at(node, path, (), message, advice)]
    channel, below = types[chosen[0]], node.entries[chosen[0]]
    channel_settings, wrong = validate(below, channel.settings, (*path, channel.name))
    mistakes += wrong
    if channel_settings is not None and (text := channel.mistake(channel_settings)):
        message, _, advice = text.partition("; ")
        mistakes.append(mistake_at(below, (*path, channel.name), (), message, advice))
    if settings is None or channel_settings is None or mistakes:
        return None, mistakes
    return Receiver(settings, channel, channel_settings), []


def _unknown_keys(node: Table, path: Steps, known_here: set[str]) -> list[Mistake]:
    possible = sorted({*ReceiverSettings.model_fields, *channel_types()})
    return [
        Mistake(
            node.keys[key].file,
            node.keys[key].line,
            node.keys[key].column,
            mistake_at(node, path, (key,), "").field,
            "this setting is not known",
            did_you_mean(key, possible),
        )
        for key in node.entries
        if key not in known_here
    ]
