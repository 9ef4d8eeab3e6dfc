from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.web.harness import Site, fill
from thorbis_monitor.dashboard.document import IngestSection
from thorbis_monitor.model.clock import utc_now
from thorbis_monitor.model.severity import Severity

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

WITHIN = 15_000


def open_page(page: Page, site: Site) -> None:
    page.goto(site.address)
    expect(page.locator(".headline")).to_be_visible(timeout=WITHIN)
    page.wait_for_function("window.did_handshake === true")


def test_an_alert_appears_is_acknowledged_and_is_seen_to_end_without_a_reload(page: Page, site: Site) -> None:
    open_page(page, site)
    page.evaluate("window.sameDocument = true")
    expect(page.locator(".status-word")).to_have_text("Healthy")
    expect(page.get_by_text("No alert is open. Rules")).to_be_visible()

    alert = site.raise_alert("Payments fail", Severity.CRITICAL, description="23 errors in 5 minutes")
    card = page.locator(f"[data-alert='{alert.id}']")
    expect(card).to_contain_text("23 errors in 5 minutes", timeout=WITHIN)
    expect(page.locator(".status-word")).to_have_text("Critical")
    expect(page).to_have_title("(1) Critical · Thorbis Monitor")

    page.get_by_label("Acting as").fill("maria")
    page.get_by_label("Acting as").press("Tab")
    card.get_by_role("button", name="Acknowledge").click()
    expect(card).to_contain_text("Acknowledged by maria", timeout=WITHIN)
    expect(card.get_by_role("button", name="Acknowledge")).to_be_hidden()
    assert site.book.get(alert.id).acknowledged_by == "maria"

    site.book.resolve(alert.id, "thorbis-monitor")
    expect(card).to_be_hidden(timeout=WITHIN)
    expect(page.locator(".resolved")).to_contain_text("Payments fail")
    expect(page.locator(".resolved")).to_contain_text("condition cleared")
    expect(page.locator(".status-word")).to_have_text("Healthy")
    assert page.evaluate("window.sameDocument") is True


def test_a_click_on_resolve_closes_the_alert_and_announces_it_once(page: Page, site: Site) -> None:
    alert = site.raise_alert("Slow responses")
    open_page(page, site)
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(f"[data-alert='{alert.id}']")).to_be_hidden(timeout=WITHIN)
    resolved = site.book.get(alert.id)
    assert resolved.resolved_by == "operator"
    assert [change.alert.id for change in site.changes] == [alert.id]


def test_an_act_that_comes_too_late_says_so(page: Page, site: Site) -> None:
    open_page(page, site)
    for _ in range(5):  # the page may notice first that the alert is over
        alert = site.raise_alert("Slow responses")
        button = page.locator(f"[data-alert='{alert.id}']").get_by_role("button", name="Resolve")
        expect(button).to_be_visible(timeout=WITHIN)
        site.book.resolve(alert.id, "luis")
        button.dispatch_event("click")
        notification = page.locator(".q-notification")
        if "luis" in (notification.first.text_content(timeout=WITHIN) or ""):
            return
    pytest.fail("no notification said that luis had resolved the alert")


def test_details_show_values_messages_and_comments_and_take_a_comment(page: Page, site: Site) -> None:
    alert = site.raise_alert(
        "Payments fail",
        data={"errors": 1234, "examples": ["declined", "timeout"]},
        annotations={"runbook_url": "https://wiki.example.test/pay", "evil": "javascript:alert(1)"},
    )
    site.fail_delivery(alert, "HTTP 410 Gone", utc_now())
    open_page(page, site)
    card = page.locator(f"[data-alert='{alert.id}']")
    card.get_by_role("button", name="Details").click()
    for text in ("1,234", "declined", "pager", "failed", "HTTP 410 Gone"):
        expect(card).to_contain_text(text, timeout=WITHIN)
    assert card.get_by_role("link", name="Runbook").get_attribute("href") == "https://wiki.example.test/pay"
    assert page.locator("a[href^='javascript']").count() == 0
    card.get_by_label("Comment").fill("looking into it")
    card.get_by_role("button", name="Comment").click()
    expect(card.locator(".comment-text")).to_have_text("looking into it", timeout=WITHIN)
    assert [comment.author for comment in site.book.comments(alert.id)] == ["operator"]


def test_text_from_outside_stays_text(page: Page, site: Site) -> None:
    evil = "</script><img src=x onerror='window.owned=1'><b>${window.owned=1}</b>`{{ 7*7 }}"
    site.raise_alert(evil, description=evil, tags={evil: evil}, source=evil, annotations={"note": evil})
    site.log(evil, 17, evil)
    open_page(page, site)
    page.get_by_role("button", name="Details").click()
    expect(page.locator(".alert-title")).to_have_text(evil)
    expect(page.locator(".log-message").first).to_have_text(evil)
    expect(page.locator(".values dd")).to_have_text(evil, timeout=WITHIN)
    site.raise_alert(f"later {evil}")
    expect(page.locator(".alert-title").first).to_have_text(f"later {evil}", timeout=WITHIN)
    assert page.evaluate("window.owned") is None
    assert page.locator("main img, .page img, .page b").count() == 0


def test_new_log_lines_appear_and_leave_the_reader_where_they_read(page: Page, site: Site) -> None:
    for number in range(60):
        site.log(f"line {number:02}")
    open_page(page, site)
    lines = page.locator(".log-lines")
    expect(lines.locator("li")).to_have_count(60)
    expect(lines.locator("li").first).to_contain_text("line 59")
    anchor = "[...document.querySelectorAll('.log-line')].find(line => line.textContent.includes('line 30'))"
    lines.evaluate("list => list.scrollTop = 400")
    before = page.evaluate(f"{anchor}.getBoundingClientRect().top")
    site.log("a new line", 13, "mail", count=3)
    expect(lines.locator("li").first).to_contain_text("a new line", timeout=WITHIN)
    expect(lines.locator("li").first).to_have_class("log-line level-warn")
    assert page.evaluate(f"{anchor}.getBoundingClientRect().top") == pytest.approx(before, abs=2)


def test_the_name_is_remembered_by_the_browser(page: Page, site: Site) -> None:
    open_page(page, site)
    page.get_by_label("Acting as").fill("maria")
    page.get_by_label("Acting as").press("Enter")
    page.reload()
    expect(page.get_by_label("Acting as")).to_have_value("maria", timeout=WITHIN)


def test_charts_show_series_and_before_that_what_to_send(page: Page, site: Site) -> None:
    open_page(page, site)
    for title in ("No response times yet", "No requests yet", "No log records yet"):
        expect(page.get_by_text(title)).to_be_visible()
    expect(page.locator(".chart:visible")).to_have_count(0)
    site.telemetry.execute(
        "INSERT INTO otel_metrics_gauge (MetricName, TimeUnix, Value)"
        " SELECT 'api.response_time', now64(9) - number * 60, 1900 FROM numbers(20)"
    )
    expect(page.locator(".chart:visible svg")).to_have_count(1, timeout=WITHIN)
    expect(page.get_by_text("No response times yet")).to_be_hidden()
    expect(page.locator(".chart:visible svg")).to_contain_text("alert above 2,000 ms")
    expect(page.locator(".figure").first).to_contain_text("1,900 ms")


def test_what_was_lost_is_always_a_number_on_the_page(page: Page, site: Site) -> None:
    open_page(page, site)
    expect(page.locator(".ingest")).to_contain_text("0 dropped")
    site.ingest = IngestSection(received=1_000_000, refused=3, dropped=2, dead_letters=1, waiting_bytes=2048)
    for text in ("1,000,000 received", "3 refused", "2 dropped", "1 set aside", "2.0 KiB waiting"):
        expect(page.locator(".ingest")).to_contain_text(text, timeout=WITHIN)
    expect(page.locator(".is-loss")).to_have_count(3)


def test_a_store_that_does_not_answer_is_said_and_the_page_recovers(page: Page, site: Site) -> None:
    open_page(page, site)
    site.telemetry.execute("RENAME TABLE otel_logs TO otel_logs_away")
    try:
        expect(page.locator(".trouble")).to_be_visible(timeout=WITHIN)
        site.dashboard.forget_all()
        response = page.request.get(site.address)
        assert (response.status, response.headers["refresh"]) == (503, "5")
        assert "The store did not answer" in response.text()
    finally:
        site.telemetry.execute("RENAME TABLE otel_logs_away TO otel_logs")
    expect(page.locator(".trouble")).to_be_hidden(timeout=WITHIN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 800, 1440])
def test_nothing_is_cut_or_fetched_from_elsewhere(page: Page, site: Site, scheme: str, width: int) -> None:
    fill(site)
    site.raise_alert("long " + "x" * 400, Severity.LOW, tags={"y" * 300: "z" * 300}, at=utc_now() - timedelta(days=40))
    site.log("w" * 3000, 17, "v" * 200)
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, site)
    expect(page.locator(".chart:visible svg")).to_have_count(2, timeout=WITHIN)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    assert [url for url in requested if not url.startswith((site.address, "data:", "blob:"))] == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(15, 21, 27)" if scheme == "dark" else "rgb(244, 246, 248)")


def test_every_text_reaches_the_contrast_that_eyes_need(page: Page, site: Site) -> None:
    fill(site)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        open_page(page, site)
        page.get_by_role("button", name="Details").first.click()
        expect(page.locator(".detail")).to_be_visible(timeout=WITHIN)
        poor = page.evaluate(CONTRAST)
        assert poor == [], f"{scheme}: {poor}"


CONTRAST = """() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const opacity = element => {
    let value = 1;
    for (let e = element; e; e = e.parentElement) value *= Number(getComputedStyle(e).opacity);
    return value;
  };
  const poor = [];
  for (const element of document.querySelectorAll(".page *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("svg")) continue;
    const behind = ground(element), see = opacity(element);
    const front = parse(getComputedStyle(element).color).slice(0, 3)
      .map((v, i) => v * see + behind[i] * (1 - see));
    const [light, dark] = [luminance(front), luminance(behind)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5)
      poor.push(`${element.className}: ${element.textContent.slice(0, 9)} ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)];
}"""
