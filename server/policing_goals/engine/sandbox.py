"""Forbid a worker to open files or sockets (RLIMIT_NOFILE = 0).

A process that may open no descriptor can make no connection, whatever a query says.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


def confine() -> None:
    """Forbid this process to open files and sockets from now on; those that are open stay open."""
    _limit_descriptors(0)


@contextmanager
def sandbox_lifted() -> Iterator[None]:
    """Allow it within the context."""
    _limit_descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    try:
        yield
    finally:
        _limit_descriptors(0)


def _limit_descriptors(number: int) -> None:
    # The hard limit stays, so that this can be undone.
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
