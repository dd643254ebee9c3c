"""Where files are, and the settings of a server."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent
# Where ontology/, data/, shapes/ and queries/ are beside the source folder server/.
CHECKOUT = PACKAGE.parents[1]


def sources_directory() -> Path:
    """The directory that has ontology/, data/, shapes/ and queries/: in a wheel files/, else the checkout."""
    packaged = PACKAGE / "files"
    return packaged if packaged.is_dir() else CHECKOUT


def snapshot_directory() -> Path:
    """The default directory of the snapshot.

    In a checkout `.snapshot/`; else `policing-goals/` in the user's cache directory (XDG Base Directory
    Specification: `$XDG_CACHE_HOME` or `~/.cache`).
    """
    if not (PACKAGE / "files").is_dir():
        return CHECKOUT / ".snapshot"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "policing-goals"


def _option(help_: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # whatever the command line needs
    # For the command line: the help, the least value, what to write, and a text to show instead of the default.
    return {"help": help_, **more}


@dataclass(frozen=True)
class Settings:
    """The settings of a server; those with a help text are options of `policing-goals serve`.

    snapshot: the directory of the snapshot to serve; services: the IRIs of the endpoints that a SERVICE clause may
    query.
    """

    snapshot: Path
    services: frozenset[str] = frozenset()
    pin: str = field(
        default="",
        metadata=_option("Serve the snapshot whose SHA-256 begins with this.", shown="the newest", metavar="SHA256"),
    )
    backend: str = field(
        default="",
        metadata=_option(
            "A SPARQL 1.1 endpoint with the same snapshot, to evaluate the queries.", shown="none", metavar="URL"
        ),
    )
    backend_authorization: Path | None = field(
        default=None,
        metadata=_option("File with the value of the field Authorization for the back end.", shown="none", file=True),
    )
    backend_connections: int = field(
        default=64,
        metadata=_option("Queries that the back end is asked at once; one client gets at most a quarter.", least=1),
    )
    workers: int = field(
        default=2 * (os.cpu_count() or 1),
        metadata=_option("Processes that run queries.", least=1, shown="two per core"),
    )
    waiting: int = field(
        default=4096, metadata=_option("Queries that may wait for a worker; the next is refused.", least=0)
    )
    timeout: float = field(default=30.0, metadata=_option("Seconds for one query, from its arrival.", least=0.1))
    query_memory: int = field(default=256, metadata=_option("MiB for one query.", least=16))
    max_result: int = field(default=256, metadata=_option("MiB for one result.", least=1))
    spool: Path | None = field(
        default=None, metadata=_option("Directory for large results.", shown="the system's temporary directory")
    )
    cache: int = field(default=64, metadata=_option("MiB of results to cache.", least=0))
    head_timeout: float = field(
        default=10.0, metadata=_option("Seconds for the head of a request to arrive.", least=0.1)
    )
    body_timeout: float = field(
        default=10.0, metadata=_option("Seconds for the body of a request to arrive.", least=0.1)
    )
    write_timeout: float = field(
        default=20.0, metadata=_option("Seconds in which a client must read some of its response.", least=0.1)
    )
    idle_timeout: float = field(
        default=60.0, metadata=_option("Seconds that a connection may be without a request.", least=0.1)
    )
    connections: int = field(
        default=8192, metadata=_option("Open connections; the one that has waited longest makes room.", least=1)
    )
    connections_per_address: int = field(
        default=4096, metadata=_option("Open connections of one address; 0 for no limit.", least=0)
    )
    per_client: int = field(
        default=64, metadata=_option("Queries, and pages, of one client that may wait; 0 for no limit.", least=0)
    )
    base_url: str = field(
        default="",
        metadata=_option("Public URL of the site, with its path.", shown="taken from the Host header", metavar="URL"),
    )
    contact: str = field(
        default="",
        metadata=_option("Mail address or URL for questions and corrections.", shown="none", metavar="ADDRESS"),
    )
    allow_frames: bool = field(default=False, metadata=_option("Let other sites show the charts in a frame."))
    trust_proxy: bool = field(default=False, metadata=_option("Trust X-Forwarded-* headers from a reverse proxy."))
    log_queries: bool = field(default=False, metadata=_option("Log query strings."))
