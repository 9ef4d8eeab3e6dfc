"""The lower bound: the product's own statement on files of 100,000 records, and nothing else.

``python -m benchmarks.ingest.bare_engine FOLDER FILES``: waits for a line on standard input, loads the files
FOLDER/*.pb, prints ``done`` and stays until standard input closes.
"""

import sys
from pathlib import Path

from thorbis_monitor.ingest.formats.registry import all_formats
from thorbis_monitor.ingest.loader import insert_statement
from thorbis_monitor.ingest.spool.segment import Segment
from thorbis_monitor.store.telemetry import Telemetry


def main() -> None:
    """Load when told to."""
    folder = Path(sys.argv[1])
    telemetry = Telemetry(folder / "telemetry")
    (statement,) = all_formats()["logs-otlp-protobuf"].statements
    print("ready", flush=True)
    sys.stdin.readline()
    for path in sorted(folder.glob("*.seg")):
        telemetry.execute(insert_statement(statement, Segment.of(path)))
    print("done", flush=True)
    sys.stdin.read()
    telemetry.close()


if __name__ == "__main__":
    main()
