"""``Monitor`` puts the parts together; it works with and without HTTP."""

from sqlalchemy import Connection

from thorbis_monitor import __version__
from thorbis_monitor.alerts.book import AlertBook
from thorbis_monitor.alerts.engine import AlertEngine
from thorbis_monitor.alerts.ticker import Ticker
from thorbis_monitor.config.memory_limit import detect_memory_limit
from thorbis_monitor.dashboard.dashboard import Dashboard
from thorbis_monitor.dashboard.document import IngestSection
from thorbis_monitor.ingest.dead_letters import DeadLetters
from thorbis_monitor.ingest.formats.registry import all_formats
from thorbis_monitor.ingest.loader import MEMORY_BYTES, Loader
from thorbis_monitor.ingest.spool import Spool
from thorbis_monitor.ingest.spool.spool import SpoolLimits
from thorbis_monitor.model.alert import AlertChange
from thorbis_monitor.model.clock import Clock, NewId, new_id, utc_now
from thorbis_monitor.model.counters import Counters
from thorbis_monitor.plan import Plan
from thorbis_monitor.response.outbox import Outbox
from thorbis_monitor.response.supervisor import CourierSupervisor
from thorbis_monitor.store.folder import DataFolder
from thorbis_monitor.store.state import State, after_commit
from thorbis_monitor.store.telemetry import Telemetry
from thorbis_monitor.store.telemetry.schema import Retention

_COUNTERS = {
    "thorbis_ingest_records_total": "Records and samples acknowledged, by kind.",
    "thorbis_ingest_refused_total": "Requests refused, by path and status.",
    "thorbis_ingest_repeated_requests_total": "Requests sent again after a crash that were stored before it.",
    "thorbis_ingest_segments_loaded_total": "Spool segments loaded into the store.",
    "thorbis_ingest_segments_simplified_total": "Segments in which nested values were rewritten as JSON text.",
    "thorbis_ingest_dead_letters_total": "Requests that the store refused, by kind.",
    "thorbis_ingest_dead_letters_dropped_total": "Refused requests that went for lack of room.",
    "thorbis_ingest_load_retries_total": "Rounds of loading that have to be tried again.",
}
_COURIER_SECONDS = 10.0


class Monitor:
    """Everything that one server is made of. ``start`` and ``stop`` begin and end the work in the background."""

    def __init__(
        self,
        plan: Plan,
        folder: DataFolder,
        *,
        page_url: str,
        clock: Clock = utc_now,
        ids: NewId = new_id,
    ) -> None:
        """Open the stores in a data folder; nothing runs before ``start``. Messages link to ``page_url``."""
        self.settings = settings = plan.settings
        self.folder = folder
        self.clock = clock
        self.counters = Counters()
        for name, text in _COUNTERS.items():
            self.counters.describe(name, text)
        self.formats = all_formats()
        self.state = State(folder.state_url)
        self.telemetry = Telemetry(
            folder.telemetry,
            retention=Retention(
                settings.retention.logs_days, settings.retention.metrics_days, settings.retention.traces_days
            ),
        )
        self._build_ingest()
        self.outbox = Outbox(plan.receivers, clock, ids, page_url)
        self.courier = CourierSupervisor(self.state, plan.receivers, clock, self.counters)
        self.alerts = AlertBook(self.state, self._announce, clock, ids)
        self.rules = AlertEngine(
            plan.rules,
            self.telemetry,
            self.state,
            self._announce,
            clock,
            ids,
            self.counters,
            startup_grace=settings.alerts.startup_grace,
        )
        self._ticker = Ticker(self.rules.tick, settings.alerts.evaluation_interval, self.counters)
        self.dashboard = Dashboard(self.telemetry, self.alerts, self._ingest_section, clock, __version__)

    def start(self) -> None:
        """Begin to load, evaluate and deliver."""
        self.loader.start()
        self._ticker.start()
        self.courier.start()

    async def stop(self) -> None:
        """End cleanly: what was acknowledged is loaded or stays in the spool, what was announced in the outbox."""
        self._ticker.stop()
        self.loader.stop()
        await self.spool.close()
        self.courier.stop(_COURIER_SECONDS)
        self.telemetry.close()
        self.state.close()
        self.folder.release()

    def problems(self) -> list[str]:
        """What keeps the server from taking and storing data; empty when all is well."""
        problems = []
        if self.loader.last_error:
            problems.append(f"telemetry cannot be stored: {self.loader.last_error}")
        if self.spool.size > self.settings.ingest.spool_max_bytes * 0.9:
            problems.append("the spool is almost full")
        return problems

    def _build_ingest(self) -> None:
        limits = self.settings.ingest
        self.spool = Spool(
            self.folder.spool,
            {kind: item.framing for kind, item in self.formats.items()},
            SpoolLimits(total_bytes=limits.spool_max_bytes),
        )
        self.dead_letters = DeadLetters(self.folder.dead_letters)
        self.loader = Loader(
            self.spool,
            self.formats,
            self.telemetry,
            self.dead_letters,
            self.counters,
            interval=limits.load_interval.total_seconds(),
            memory_bytes=min(MEMORY_BYTES, detect_memory_limit() // 2),
        )
        self.counters.gauge(
            "thorbis_ingest_spool_bytes", "Acknowledged bytes that wait for the store.", lambda: self.spool.size
        )
        self.counters.gauge(
            "thorbis_ingest_recovered_requests",
            "Requests found in unfinished segments at the start.",
            lambda: self.spool.recovered_frames,
        )
        self.counters.gauge(
            "thorbis_ingest_cut_bytes",
            "Bytes of torn, never acknowledged requests cut at the start.",
            lambda: self.spool.cut_bytes,
        )
        self.counters.gauge("thorbis_ingest_dead_letters", "Refused requests kept for replay.", self.dead_letters.count)

    def _announce(self, connection: Connection, change: AlertChange) -> None:
        self.outbox.announce(connection, change)
        after_commit(connection, self.courier.wake)

    def _ingest_section(self) -> IngestSection:
        total = self.counters.total
        return IngestSection(
            received=int(total("thorbis_ingest_records_total")),
            refused=int(total("thorbis_ingest_refused_total")),
            dropped=int(total("thorbis_ingest_dead_letters_dropped_total")),
            dead_letters=self.dead_letters.count(),
            waiting_bytes=self.spool.size,
            last_error=self.loader.last_error,
        )
