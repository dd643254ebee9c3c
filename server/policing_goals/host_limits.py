"""What the settings of a server need of the machine: descriptors, and a place for large results."""

import resource
import tempfile
from pathlib import Path

from policing_goals.errors import HostError
from policing_goals.settings import Settings

# Descriptors besides those of clients' connections, and connections that a server cannot do without.
OTHER_DESCRIPTORS, FEW_CONNECTIONS = 256, 64


def check_host(settings: Settings) -> list[str]:
    """What is too little for the settings, in sentences for the operator; raises HostError if no server can run."""
    _check_spool(settings.spool or Path(tempfile.gettempdir()))
    files, wanted = _hard_limit(), settings.connections + OTHER_DESCRIPTORS
    needed = OTHER_DESCRIPTORS + min(FEW_CONNECTIONS, settings.connections)
    advice = f"Raise the limit to {wanted}: `ulimit -n {wanted}`, or LimitNOFILE={wanted} in a unit of systemd."
    if files is not None and files < needed:
        raise HostError(f"This process may open {files} files; a server needs {needed}. {advice}")
    if files is not None and files < wanted:
        allowed = f"This process may open {files} files, enough for {files - OTHER_DESCRIPTORS} connections"
        return [f"{allowed}, not for the {settings.connections} of --connections. {advice}"]
    return []


def possible_connections(settings: Settings) -> int:
    """The connections that the settings ask for, or as many as the hard limit of descriptors leaves (at least 1)."""
    files = _hard_limit()
    return settings.connections if files is None else max(1, min(settings.connections, files - OTHER_DESCRIPTORS))


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
