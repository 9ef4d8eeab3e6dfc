"""Hands sealed segments to the engine: one INSERT per table, once, whatever happens in between."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from thorbis_monitor.ingest.dead_letters import DeadLetters
from thorbis_monitor.ingest.formats.base import BEYOND_COLUMNS, IngestFormat, LoadStatement
from thorbis_monitor.ingest.spool.segment import Segment
from thorbis_monitor.ingest.spool.spool import Spool
from thorbis_monitor.model.counters import Counters
from thorbis_monitor.store.telemetry import Telemetry, TelemetryError
from thorbis_monitor.store.telemetry.sql import literal

_log = logging.getLogger(__name__)

_SINGLE_BLOCK_ROWS = 1 << 30
"""One block per INSERT: it is stored whole or not at all, and a token means the same rows every time."""

_SETTINGS: Mapping[str, str | int] = {
    "deduplicate_insert_select": "force_enable",
    "max_insert_threads": 1,
    "max_threads": 1,
    "input_format_parallel_parsing": 0,
    "min_insert_block_size_rows": _SINGLE_BLOCK_ROWS,
    "min_insert_block_size_bytes": 0,
    "max_partitions_per_insert_block": 2000,
}
_TRANSIENT_CODES = frozenset(
    {74, 75, 76, 77, 88, 172, 204, 243, 294, 586, 641, 734}  # the disk: full, or failing
    | {159, 209, 210, 236, 252, 394, 735, 1019}  # time: timeouts, aborts, parts that wait to be merged
    | {173, 411, 777, 778, 1020}  # memory and threads of the machine
    | {499, 1000, 1001, 1002}  # whatever the engine's libraries threw
)
"""Errors (``system.errors``) that pass and do not blame the data: the segment is tried again."""

_MOST_FAILURES = 3
"""After this many segments failed in a row a round ends: the trouble is not theirs."""

MEMORY_BYTES = 4 << 30
"""What one INSERT may take; a full segment of ordinary records takes a tenth of it."""

_MEMORY_LIMIT = 241
_MEMORY_TRIES = 3
"""Memory may be short for a moment; a segment that needs too much again and again is blamed."""

_TOO_MANY_PARTITIONS = "Too many partitions"
_RETRY_SECONDS = 2.0
_SIMPLIFY_FIRST_SEGMENTS = 20


class Loader:
    """A thread that loads the spool into the store."""

    def __init__(
        self,
        spool: Spool,
        formats: Mapping[str, IngestFormat],
        telemetry: Telemetry,
        dead_letters: DeadLetters,
        counters: Counters,
        *,
        interval: float = 1.0,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        """Load every ``interval`` seconds, sooner when a segment is full; an INSERT gets ``memory_bytes``."""
        self._spool = spool
        self._formats = formats
        self._telemetry = telemetry
        self._dead_letters = dead_letters
        self._counters = counters
        self._interval = interval
        self._memory_bytes = memory_bytes
        self._simplify_first: dict[str, int] = {}
        self._memory_failures: Counter[str] = Counter()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loader", daemon=True)
        self.last_error: str | None = None
        """Why the last round did not load everything; None when it did."""

    def start(self) -> None:
        """Begin loading in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Load what is left and end; what cannot be loaded now stays in the spool for the next start."""
        self._stopping.set()
        self._spool.full_segment.set()
        if self._thread.is_alive():
            self._thread.join()

    def load_all(self) -> None:
        """Load everything that was acknowledged before this call, now.

        Raises:
            TelemetryError: something could not be loaded for now; it stays in the spool.
        """
        failures: list[TelemetryError] = []
        for segment in self._spool.seal():
            try:
                self._load(segment)
            except TelemetryError as error:
                failures.append(error)
                if len(failures) == _MOST_FAILURES:
                    break
        if failures:
            raise failures[0]

    def _run(self) -> None:
        while not self._stopping.is_set():
            started = time.monotonic()
            if self._spool.pending():
                self._round()
            wait = _RETRY_SECONDS if self.last_error else self._interval - (time.monotonic() - started)
            self._spool.full_segment.wait(max(wait, 0.05))
        if self._spool.pending():
            self._round()

    def _round(self) -> None:
        try:
            self.load_all()
            self.last_error = None
        except Exception as error:  # noqa: BLE001  whatever it is, the next round may do better; without it none does
            _log.warning("telemetry could not be stored, trying again: %s", error)
            self.last_error = str(error)
            self._counters.add("thorbis_ingest_load_retries_total")
            self._spool.full_segment.clear()

    def _load(self, segment: Segment, *, may_simplify: bool = True) -> None:
        ingest_format = self._formats[segment.kind]
        if may_simplify and self._simplify_first.get(segment.kind, 0) > 0:
            self._simplify_first[segment.kind] -= 1
            segment = self._simplified(segment, segment.first_statement)
        statement_index = segment.first_statement
        try:
            for statement_index in range(segment.first_statement, len(ingest_format.statements)):
                statement = ingest_format.statements[statement_index]
                self._telemetry.execute(insert_statement(statement, segment, self._memory_bytes))
        except TelemetryError as error:
            if self._may_pass(segment, error):
                raise
            self._memory_failures.pop(segment.id, None)
            self._refused(segment, statement_index, str(error))
            return
        self._memory_failures.pop(segment.id, None)
        self._spool.remove(segment)
        self._counters.add("thorbis_ingest_segments_loaded_total")

    def _may_pass(self, segment: Segment, error: TelemetryError) -> bool:
        if error.code == _MEMORY_LIMIT:
            self._memory_failures[segment.id] += 1
            return self._memory_failures[segment.id] < _MEMORY_TRIES
        return error.code in _TRANSIENT_CODES and _TOO_MANY_PARTITIONS not in str(error)

    def _simplified(self, segment: Segment, first_statement: int) -> Segment:
        """Rewrite the requests that the engine cannot express; the same segment when there are none."""
        simplify = self._formats[segment.kind].simplify
        before = self._spool.payloads(segment)
        after = [simplify(payload) for payload in before]
        if after == before:
            return segment
        self._simplify_first[segment.kind] = _SIMPLIFY_FIRST_SEGMENTS
        self._counters.add("thorbis_ingest_segments_simplified_total")
        return self._spool.split(segment, [after], first_statement)[0]

    def _refused(self, segment: Segment, statement_index: int, reason: str) -> None:
        """The engine cannot take this segment: rewrite it, else halve it until the bad request is alone."""
        if BEYOND_COLUMNS in reason:
            simplified = self._simplified(segment, statement_index)
            if simplified is not segment:
                self._load(simplified, may_simplify=False)
                return
        payloads = self._spool.payloads(segment)
        if len(payloads) > 1:
            middle = len(payloads) // 2
            for half in self._spool.split(segment, [payloads[:middle], payloads[middle:]], statement_index):
                self._load(half, may_simplify=False)
            return
        dropped = self._dead_letters.keep(segment, payloads, reason)
        self._counters.add("thorbis_ingest_dead_letters_dropped_total", dropped)
        self._spool.remove(segment)
        self._counters.add("thorbis_ingest_dead_letters_total", kind=segment.kind)


def insert_statement(statement: LoadStatement, segment: Segment, memory_bytes: int = MEMORY_BYTES) -> str:
    """The whole INSERT of one statement for one segment."""
    token = f"{segment.id}:{statement.table}"
    settings = {
        **_SETTINGS,
        **statement.settings,
        "insert_deduplication_token": token,
        "max_memory_usage": memory_bytes,
    }
    source = f"file({literal(str(segment.path))}, {literal(statement.input_format)}, {literal(statement.structure)})"
    arrival = f"fromUnixTimestamp64Nano(toInt64({segment.created_at_ms}) * 1000000, 'UTC')"
    select = statement.select.replace("{source}", source).replace("{arrival}", arrival)
    return (
        f"INSERT INTO {statement.table} ({_names(statement.columns)})\n"
        f"SETTINGS {', '.join(f'{name} = {literal(value)}' for name, value in settings.items())}\n{select}"
    )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)
