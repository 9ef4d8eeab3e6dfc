"""The page in a real browser, over real stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import delete

from tests.fixtures.needs import Requirements
from tests.web.harness import Site, serve_page
from thorbis_monitor.dashboard.document import IngestSection
from thorbis_monitor.store.state import State
from thorbis_monitor.store.state.tables import metadata
from thorbis_monitor.store.telemetry import Telemetry

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def served_site(engine: Telemetry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The one server with pages of this test process."""
    folder: Path = tmp_path_factory.mktemp("site")
    state = State(f"sqlite:///{folder / 'state.sqlite'}")
    with serve_page(Site(engine, state)) as site:
        yield site
    state.close()


@pytest.fixture
def site(served_site: Site, telemetry: Telemetry) -> Site:
    """The served page over empty stores."""
    with served_site.state.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    served_site.ingest = IngestSection()
    served_site.changes.clear()
    served_site.dashboard.forget_all()
    return served_site


@pytest.fixture(scope="module")
def browser(requirements: Requirements) -> Iterator[Browser]:
    """Chromium without a window. While it is open its driver runs an event loop in this thread, so it is closed
    before tests of other modules run theirs.
    """
    executable = requirements.path("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that knows nothing yet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab."""
    return context.new_page()
