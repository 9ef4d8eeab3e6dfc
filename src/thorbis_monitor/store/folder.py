"""The data folder: one process owns it at a time."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO


class FolderInUseError(Exception):
    """Another process owns the data folder."""


class DataFolder:
    """A data folder that this process owns until it ends, however it ends: the kernel drops the lock."""

    def __init__(self, path: Path) -> None:
        """Create the folder and take the lock.

        Raises:
            FolderInUseError: another process has it.
        """
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._file: IO[str] = (path / "lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(self._who_has_it()) from None
        self.announce("")

    def announce(self, address: str) -> None:
        """Note the address of the server, to be told to whoever tries to open the folder as well."""
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), "address": address}))
        self._file.flush()

    @property
    def telemetry(self) -> Path:
        """The engine's folder."""
        return self.path / "telemetry"

    @property
    def spool(self) -> Path:
        """Acknowledged, not yet stored."""
        return self.path / "spool"

    @property
    def dead_letters(self) -> Path:
        """Refused by the engine."""
        return self.path / "dead-letters"

    @property
    def state_url(self) -> str:
        """The embedded state database."""
        return f"sqlite:///{self.path / 'state.sqlite'}"

    def release(self) -> None:
        """Give the folder free."""
        self._file.close()

    def _who_has_it(self) -> str:
        self._file.seek(0)
        try:
            owner = json.load(self._file)
            who = f"process {owner['pid']}" + (f" at {owner['address']}" if owner["address"] else "")
        except (ValueError, KeyError):
            who = "another process"
        return (
            f"the data folder {self.path} is in use by {who}. "
            "Use that server, stop it first, or choose another folder with --data DIR."
        )
