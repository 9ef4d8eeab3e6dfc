"""Starting what is measured as a process, and reading the CPU time and memory that it used."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

_QUIET_CPU_SECONDS = 0.02


class Measured:
    """A process whose CPU time is read from the kernel."""

    def __init__(self, popen: "subprocess.Popen[Any]") -> None:
        """Measure a process that was started."""
        self.popen = popen
        self._process = psutil.Process(popen.pid)

    @classmethod
    def start(cls, arguments: Sequence[str]) -> "Measured":
        """Start ``python ARGUMENTS``."""
        return cls(subprocess.Popen([sys.executable, *arguments]))

    def cpu(self) -> float:
        """CPU seconds used so far, with those of its children."""
        times = self._process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)

    def merging(self) -> float:
        """CPU seconds of the engine's threads that merge parts in the background."""
        ticks = 0
        for task in Path(f"/proc/{self.popen.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # the thread ended meanwhile
                if (task / "comm").read_text().startswith("MergeMutate"):
                    user, system = (task / "stat").read_text().rpartition(")")[2].split()[11:13]
                    ticks += int(user) + int(system)
        return ticks / os.sysconf("SC_CLK_TCK")

    def rss(self) -> int:
        """Resident memory in bytes, with that of its children."""
        family = [self._process, *self._process.children(recursive=True)]
        return sum(int(member.memory_info().rss) for member in family)

    def wait_ready(self, url: str, seconds: float = 30) -> None:
        """Wait until a URL answers with 200."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def wait_quiet(self, seconds: float = 60) -> None:
        """Wait until it hardly uses the CPU any more: background merges belong to the price."""
        deadline = time.monotonic() + seconds
        before = self.cpu()
        while time.monotonic() < deadline:
            time.sleep(1)
            after = self.cpu()
            if after - before < _QUIET_CPU_SECONDS:
                return
            before = after

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self.popen.terminate()
        self.popen.wait(60)


def product_server(data: Path, port: int) -> Measured:
    """``thorbis-monitor serve``, ready."""
    command = ["-m", "thorbis_monitor.cli.main", "serve", "--data", str(data), "--port", str(port)]
    server = Measured.start(command)
    server.wait_ready(f"http://127.0.0.1:{port}/readyz")
    return server
