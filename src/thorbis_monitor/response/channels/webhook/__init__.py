"""Webhooks in the form of Alertmanager's, version 4."""

from thorbis_monitor.response.channels.channel import ChannelType
from thorbis_monitor.response.channels.webhook.sender import WebhookSender
from thorbis_monitor.response.channels.webhook.settings import WebhookSettings

CHANNEL = ChannelType("webhook", WebhookSettings, WebhookSender, WebhookSettings.target)
