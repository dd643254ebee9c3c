"""Where things are and how the server is set up: changes when an operator gets a new choice."""

import os
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# Where ontology/, data/, shapes/ and queries/ are beside the source folder server/.
CHECKOUT = PACKAGE.parents[1]


def sources_directory() -> Path:
    """The directory that holds ontology/, data/, shapes/ and queries/.

    An installed wheel carries them as package files; a checkout has them beside the package.
    """
    packaged = PACKAGE / "files"
    return packaged if packaged.is_dir() else CHECKOUT


def snapshot_directory() -> Path:
    """Where the snapshot goes unless the operator says otherwise.

    In a checkout `.snapshot/`; otherwise `policing-goals/` in the user's cache
    directory (XDG Base Directory Specification: `$XDG_CACHE_HOME` or `~/.cache`).
    """
    if not (PACKAGE / "files").is_dir():
        return CHECKOUT / ".snapshot"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "policing-goals"


@dataclass(frozen=True)
class Settings:
    """What one server needs to know.

    snapshot: the directory of the snapshot that it serves; services: the IRIs of the
    endpoints that a SERVICE clause may ask; workers: processes that run queries;
    waiting: queries that may wait for one; timeout: seconds for a query from its
    arrival; query_memory and max_result: MiB for one query and for its answer; spool:
    the directory for large answers, the system's for temporary files if None; cache:
    MiB of answers to keep; body_timeout: seconds for the body of a request to arrive;
    per_client: queries of one client at once, 0 for no limit; log_queries: whether the
    access log tells query strings; base_url: of the site as its clients see it, empty if it is
    what they say it is; trust_proxy: whether a proxy in front says who they are and what they
    see (X-Forwarded-For, -Proto, -Host and -Prefix).
    """

    snapshot: Path
    services: frozenset[str] = frozenset()
    workers: int = 2 * (os.cpu_count() or 1)
    waiting: int = 64
    timeout: float = 30.0
    query_memory: int = 256
    max_result: int = 256
    spool: Path | None = None
    cache: int = 64
    body_timeout: float = 10.0
    per_client: int = 16
    log_queries: bool = False
    base_url: str = ""
    trust_proxy: bool = False
