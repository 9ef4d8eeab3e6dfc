"""The whole way in a real browser: records go in over HTTP, a rule fires, a person acts, the alert ends."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.servers import Server

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

WITHIN = 20_000
CONFIGURATION = """
alerts:
  evaluation_interval: 500ms
  startup_grace: 0s
rules:
  - id: checkout
    name: Checkout fails
    category: business
    severity: critical
    condition:
      log_count: {window: 10s, above: 2, level: error, component: checkout}
"""
LINE = b'{"level": "error", "component": "checkout", "message": "the basket <b>vanished</b>"}'


def test_records_become_an_alert_that_a_person_acknowledges_and_that_ends_by_itself(
    page: Page, new_server: Callable[..., Server], tmp_path: Path
) -> None:
    config = tmp_path / "monitor.yaml"
    config.write_text(CONFIGURATION)
    server = new_server("--config", str(config)).start()
    page.goto(server.url)
    expect(page.locator(".status-word")).to_have_text("Healthy", timeout=WITHIN)
    page.wait_for_function("window.did_handshake === true")
    for _ in range(2):
        assert server.post("/ingest/logs", LINE)[0] == 200
    expect(page.get_by_text("the basket <b>vanished</b>").first).to_be_visible(timeout=WITHIN)
    expect(page.locator(".status-word")).to_have_text("Healthy")

    assert server.post("/ingest/logs", LINE)[0] == 200
    card = page.locator("[data-alert]")
    expect(card).to_contain_text("Checkout fails", timeout=WITHIN)
    expect(page.locator(".status-word")).to_have_text("Critical")

    card.get_by_role("button", name="Acknowledge").click()
    expect(card).to_contain_text("Acknowledged by operator", timeout=WITHIN)
    (alert,) = server.get("/api/alerts?state=firing")["items"]
    assert (alert["source"], alert["acknowledged_by"]) == ("checkout", "operator")

    expect(card).to_be_hidden(timeout=WITHIN)
    expect(page.locator(".status-word")).to_have_text("Healthy")
    assert server.get(f"/api/alerts/{alert['id']}")["state"] == "resolved"
