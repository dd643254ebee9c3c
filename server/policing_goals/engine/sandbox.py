"""What keeps a worker from the network: changes when the system offers something better.

A process that may open no descriptor can make no connection, whatever a query says.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


def confine() -> None:
    """Let this process open no files and no sockets from now on; those that are open stay so."""
    _limit_descriptors(0)


@contextmanager
def sandbox_lifted() -> Iterator[None]:
    """Let it open some meanwhile."""
    _limit_descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    try:
        yield
    finally:
        _limit_descriptors(0)


def _limit_descriptors(number: int) -> None:
    # The hard limit stays, or this could not be taken back.
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
