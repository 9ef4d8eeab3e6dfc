"""Receivers as they stand in the configuration, and their mistakes."""

from pathlib import Path

import pytest

from thorbis_monitor.config.document import read_text
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.response.channels.discovery import channel_types, receiver_from
from thorbis_monitor.response.channels.registry import validate_receivers
from thorbis_monitor.response.receivers import Receiver

DOCS = Path(__file__).parent.parent.parent / "docs" / "notifications.md"


def read(text: str) -> tuple[list[Receiver], list[str]]:
    table, _ = read_text(text, "monitor.yaml", {"TOKEN": "t0ken"})
    receivers, mistakes = validate_receivers(table.entries["receivers"])
    return receivers, [str(mistake) for mistake in sorted(mistakes)]


def test_receivers_are_read_with_their_filters() -> None:
    receivers, mistakes = read(
        """
receivers:
  - name: ops
    webhook:
      url: https://example.org/hook?token=${TOKEN}
      headers: {Authorization: "Bearer ${TOKEN}"}
      timeout: 20s
    categories: [business]
  - name: mail
    apprise: {url: "mailto://user:${TOKEN}@example.org"}
    min_severity: high
    send_resolved: false
"""
    )
    assert mistakes == []
    assert [(one.name, one.target) for one in receivers] == [
        ("ops", "webhook to https://example.org/…"),
        ("mail", "apprise to mailto://…"),
    ]
    assert receivers[0].settings.categories == [Category.BUSINESS]
    assert receivers[1].settings.min_severity is Severity.HIGH
    assert not receivers[1].settings.send_resolved
    assert [receiver_from(one.document()) for one in receivers] == receivers
    assert "t0ken" not in repr(receivers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "receivers: {name: ops}",
            "monitor.yaml:1:12: receivers: this has to be a list. Begin each receiver with `- name:`",
        ),
        (
            "receivers: [ops]",
            (
                "monitor.yaml:1:13: receivers[0]: a receiver has a name and a channel."
                " Write `- name: ops` and below it a channel, for example `webhook:`"
            ),
        ),
        (
            "receivers:\n  - name: me",
            ("monitor.yaml:2:5: receivers[0]: a receiver has exactly one channel. Add one of: apprise, webhook"),
        ),
        (
            "receivers:\n  - name: ops\n    webhook: {url: https://x}\n    sevrities: [low]",
            "monitor.yaml:4:5: receivers[0].sevrities: this setting is not known. Did you mean `severities`?",
        ),
        (
            "receivers:\n  - webhook: {url: https://x}",
            "monitor.yaml:2:5: receivers[0].name: this setting is missing. Add `name: ...`",
        ),
        (
            "receivers:\n  - name: ops\n    webhook: {url: ftp://s3cret}",
            "monitor.yaml:3:20: receivers[0].webhook.url: write an address such as https://example.org/hook",
        ),
        (
            "receivers:\n  - name: ops\n    webhook: {}",
            "monitor.yaml:3:14: receivers[0].webhook: give either url or url_file",
        ),
        (
            "receivers:\n  - name: ops\n    webhook: {url: https://x, timeout: 1h}",
            "monitor.yaml:3:40: receivers[0].webhook.timeout: a timeout is between 1s and 5m",
        ),
        (
            "receivers:\n  - name: ops\n    apprise: {url: nosuch://s3cret}",
            (
                "monitor.yaml:3:14: receivers[0].apprise: Apprise does not understand this URL."
                " https://appriseit.com/services/ shows how each is written"
            ),
        ),
        (
            "receivers:\n  - name: ops\n    webhook: {url: https://x}\n  - name: ops\n    webhook: {url: https://y}",
            (
                "monitor.yaml:4:11: receivers[1].name: there is already a receiver with the name ops."
                " Give it another name"
            ),
        ),
        (
            "receivers:\n  - name: ops\n    webhook: {url: https://x, headers: {Host: x}}",
            "monitor.yaml:3:40: receivers[0].webhook.headers: the header Host is set by Thorbis Monitor",
        ),
    ],
)
def test_mistakes_are_told_with_place_and_advice_and_without_secrets(text: str, expected: str) -> None:
    _, mistakes = read(text)
    assert mistakes == [expected]
    assert "s3cret" not in "".join(mistakes)


def test_all_mistakes_are_told_at_once() -> None:
    text = "receivers:\n  - name: ''\n    min_severity: worst\n    webhook: {url: x, hedders: {}}\n  - 3"
    receivers, mistakes = read(text)
    assert receivers == []
    assert len(mistakes) == 5


def test_the_examples_of_the_documentation_are_right() -> None:
    examples = [part.split("```")[0] for part in DOCS.read_text().split("```yaml\n")[1:]]
    assert len(examples) >= 2
    for example in examples:
        receivers, mistakes = read(example)
        assert mistakes == []
        assert receivers


def test_channels_are_found_in_their_folders_and_in_installed_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(channel_types()) == {"apprise", "webhook"}
    information = tmp_path / "pager-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: pager\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[thorbis_monitor.channels]\npager = pager_channel:CHANNEL\n")
    (tmp_path / "pager_channel.py").write_text(
        "from thorbis_monitor.response.channels.channel import ChannelType\n"
        "from thorbis_monitor.response.channels.settings import ChannelSettings\n"
        "CHANNEL = ChannelType('pager', ChannelSettings, lambda _: None, lambda _: 'a pager')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    channel_types.cache_clear()
    try:
        assert set(channel_types()) == {"apprise", "pager", "webhook"}
        (one,), mistakes = read("receivers: [{name: me, pager: {}}]")
        assert (one.target, mistakes) == ("pager to a pager", [])
    finally:
        channel_types.cache_clear()
