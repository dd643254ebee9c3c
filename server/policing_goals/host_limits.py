"""What the settings of a server need of the machine: descriptors, a place for large results, and aiohttp."""

import re
import resource
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from policing_goals.errors import HostError
from policing_goals.model.snapshot_format import Manifest
from policing_goals.settings import Settings

# Descriptors besides those of clients' connections, and connections that a server cannot do without.
OTHER_DESCRIPTORS, FEW_CONNECTIONS = 256, 64
# Measured with 30,000 statements and with 330,000: proportional memory of all processes, and what each statement adds.
SERVER_BYTES, STATEMENT_BYTES = 250_000_000, 1900
CONTROL_GROUP = Path("/sys/fs/cgroup")


def check_host(settings: Settings) -> list[str]:
    """What is too little for the settings, in sentences for the operator; raises HostError if no server can run."""
    _check_spool(settings.spool or Path(tempfile.gettempdir()))
    if settings.backend and find_spec("aiohttp") is None:
        raise HostError("aiohttp is missing, which asks a back end. Run: pip install aiohttp")
    files, others = _hard_limit(), _other_descriptors(settings)
    wanted, needed = others + settings.connections, others + min(FEW_CONNECTIONS, settings.connections)
    advice = f"Raise the limit to {wanted}: `ulimit -n {wanted}`, or LimitNOFILE={wanted} in a unit of systemd."
    if files is not None and files < needed:
        raise HostError(f"This process may open {files} files; a server needs {needed}. {advice}")
    if files is not None and files < wanted:
        allowed = f"This process may open {files} files, enough for {files - others} connections"
        return [f"{allowed}, not for the {settings.connections} of --connections. {advice}"]
    return []


def check_memory(manifest: Manifest) -> list[str]:
    """Whether the memory that is free is too little for a snapshot, in a sentence for the operator."""
    statements = manifest.triples if manifest.on_disk else sum(manifest.graphs.values())
    needed, free = SERVER_BYTES + STATEMENT_BYTES * statements, free_memory()
    if free is None or needed <= free:
        return []
    return [
        f"Serving {statements:,} statements takes about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are "
        "free. Give the server more, or remove imports (`policing-goals import --list`)."
    ]


def free_memory() -> int | None:
    """The bytes that this process and its children may still take: of the machine, or less by its control group."""
    machine = _first_number(Path("/proc/meminfo"), r"MemAvailable:\s+(\d+)")
    free = None if machine is None else machine * 1024
    limit, used = (_first_number(CONTROL_GROUP / name, r"^(\d+)$") for name in ("memory.max", "memory.current"))
    if limit is None or used is None:
        return free
    return limit - used if free is None else min(free, limit - used)


def _first_number(path: Path, pattern: str) -> int | None:
    with suppress(OSError):
        found = re.search(pattern, path.read_text("ascii"), re.MULTILINE)
        return int(found[1]) if found else None
    return None


def possible_connections(settings: Settings) -> int:
    """The connections that the settings ask for, or as many as the hard limit of descriptors leaves (at least 1)."""
    files = _hard_limit()
    if files is None:
        return settings.connections
    return max(1, min(settings.connections, files - _other_descriptors(settings)))


def _other_descriptors(settings: Settings) -> int:
    # Each query at a back end may have a connection and a file for its reply.
    return OTHER_DESCRIPTORS + (2 * settings.backend_connections if settings.backend else 0)


def _hard_limit() -> int | None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else hard


def _check_spool(directory: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"x")
    except OSError as error:
        problem = f"Large results cannot be written to {directory}: {error.strerror}."
        raise HostError(f"{problem} Free some space, or name another directory with --spool.") from error
