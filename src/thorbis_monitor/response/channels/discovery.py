"""Which channels there are, and receivers made of documents that were checked before."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Any

from thorbis_monitor.response import channels
from thorbis_monitor.response.channels.channel import ChannelType
from thorbis_monitor.response.receivers import Receiver, ReceiverSettings

_ENTRY_POINTS = "thorbis_monitor.channels"


@cache
def channel_types() -> dict[str, ChannelType[Any]]:
    """All channels by name: the folders beside this file, then those of installed packages.

    Raises:
        TypeError: an installed package's entry point is no channel, or takes a name that is in use.
    """
    found: dict[str, ChannelType[Any]] = {}
    for module in iter_modules(channels.__path__, f"{channels.__name__}."):
        if module.ispkg:
            channel = import_module(module.name).CHANNEL
            found[channel.name] = channel
    for point in sorted(entry_points(group=_ENTRY_POINTS), key=lambda point: point.name):
        channel = point.load()
        if not isinstance(channel, ChannelType):
            raise TypeError(f"the entry point {point.value} of {_ENTRY_POINTS} is not a ChannelType")
        if channel.name in found:
            raise TypeError(f"the entry point {point.value} adds the channel {channel.name}, which exists")
        found[channel.name] = channel
    return found


def receiver_from(document: Mapping[str, Any]) -> Receiver:
    """Read what ``Receiver.document`` wrote.

    Raises:
        ValueError: it is not such a document.
    """
    types = channel_types()
    named = [key for key in document if key in types]
    if len(named) != 1:
        raise ValueError("a receiver has one channel")
    channel = types[named[0]]
    rest = {key: value for key, value in document.items() if key != channel.name}
    settings = channel.settings.model_validate(document[channel.name])
    return Receiver(ReceiverSettings.model_validate(rest), channel, settings)
