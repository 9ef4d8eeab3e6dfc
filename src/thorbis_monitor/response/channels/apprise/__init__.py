"""Every service that Apprise can reach: mail, chat, SMS, push and more than a hundred others."""

from thorbis_monitor.response.channels.apprise.sender import AppriseSender, url_mistake
from thorbis_monitor.response.channels.apprise.settings import AppriseSettings
from thorbis_monitor.response.channels.channel import ChannelType


def _mistake(settings: AppriseSettings) -> str | None:
    return url_mistake(settings.url.get_secret_value()) if settings.url else None


CHANNEL = ChannelType("apprise", AppriseSettings, AppriseSender, AppriseSettings.target, _mistake)
