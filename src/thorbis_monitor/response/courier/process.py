"""A running courier, seen from the server."""

import contextlib
import json
import os
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable
from pathlib import Path

import thorbis_monitor
from thorbis_monitor.response.courier.settings import CourierSettings

_MODULE = "thorbis_monitor.response.courier"


class CourierProcess:
    """Starts a courier, passes on what it reports, and knows when it has ended."""

    def __init__(
        self,
        settings: CourierSettings,
        report: Callable[[str, str], None],
        ended: Callable[["CourierProcess"], None],
    ) -> None:
        """Start it. ``report`` gets (receiver, outcome); ``ended`` is called from a thread of this object."""
        self.id = settings.courier
        self._report = report
        self._ended = ended
        # A session of its own, so that Ctrl-C in the server's terminal does not reach it in the middle of a
        # hand-over. -P: what lies in the working directory is not imported.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env=_environment(),
        )
        self._writing = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name=f"courier-{self.pid}", daemon=True)
        self._watcher.start()
        self._write(settings.to_line(), blocking=True)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.returncode

    def wake(self) -> None:
        """There may be something to deliver."""
        self._write(b"\n", blocking=False)

    def close(self) -> None:
        """Tell it to take nothing more and to end."""
        with self._writing, contextlib.suppress(OSError):
            if self._process.stdin and not self._process.stdin.closed:
                self._process.stdin.close()

    def wait(self, timeout: float) -> bool:
        """Wait for its end; whether it has ended."""
        self._watcher.join(timeout)
        return not self._watcher.is_alive()

    def _write(self, data: bytes, *, blocking: bool) -> None:
        stdin = self._process.stdin
        with self._writing, contextlib.suppress(OSError):  # it has ended, or has enough to read
            if stdin and not stdin.closed:
                descriptor = stdin.fileno()
                os.set_blocking(descriptor, blocking)
                while data:
                    data = data[os.write(descriptor, data) :]

    def _watch(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe
        with self._process.stdout as lines:
            for line in lines:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    told = json.loads(line)
                    self._report(told["receiver"], told["outcome"])
        self._process.wait()
        self.close()
        self._ended(self)


def _environment() -> dict[str, str]:
    """Where the package is not installed (run from a checkout), the courier is told where it lies."""
    root = Path(thorbis_monitor.__file__).parent.parent
    installed = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    if root in installed:
        return dict(os.environ)
    paths = [path for path in (os.environ.get("PYTHONPATH"), str(root)) if path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
