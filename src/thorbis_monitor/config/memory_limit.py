"""How much memory this process may use: the limit of its cgroup, else the memory of the host."""

from pathlib import Path, PurePosixPath

import psutil

_CGROUP = "proc/self/cgroup"
_V2_MOUNT = "sys/fs/cgroup"
_V1_MOUNT = "sys/fs/cgroup/memory"
_UNLIMITED_ABOVE = 1 << 60
"""cgroup v1 writes "no limit" as a number close to 2**63."""


def detect_memory_limit(root: Path = Path("/")) -> int:
    """The limit in bytes; ``root`` is where the file system of the host begins."""
    host = psutil.virtual_memory().total
    limits = [limit for limit in (_v2_limit(root), _v1_limit(root)) if limit is not None]
    return min([host, *limits])


def _v2_limit(root: Path) -> int | None:
    """The least ``memory.max`` from the cgroup of this process up to the top."""
    return _least(root / _V2_MOUNT, _group(root, ""), "memory.max")


def _v1_limit(root: Path) -> int | None:
    return _least(root / _V1_MOUNT, _group(root, "memory"), "memory.limit_in_bytes")


def _least(mount: Path, group: PurePosixPath, name: str) -> int | None:
    limits = []
    for part in (group, *group.parents):
        limit = _read(mount / str(part).lstrip("/") / name)
        if limit is not None:
            limits.append(limit)
    return min(limits, default=None)


def _group(root: Path, controller: str) -> PurePosixPath:
    """The cgroup of this process; version 2 has the empty name of a controller."""
    try:
        lines = (root / _CGROUP).read_text().splitlines()
    except OSError:
        return PurePosixPath("/")
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controller in controllers.split(",") and ".." not in path:
            return PurePosixPath(path)
    return PurePosixPath("/")


def _read(file: Path) -> int | None:
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    if not text.isdecimal() or int(text) > _UNLIMITED_ABOVE:
        return None
    return int(text)
