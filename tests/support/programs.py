"""Programs that some tests need and the README does not ask for.

A test names what it needs with `pytest.mark.needs("npm")`, or calls `need` in a fixture. Where the program is missing,
the test is skipped, and the last lines of the run say how many were not tried and how to install it. With
POLICING_GOALS_TEST=everything in the environment, as in continuous integration, a missing program is a failure.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

EVERYTHING = "everything"
REASON = re.compile(r"needs ([\w-]+)$")


@dataclass(frozen=True)
class Program:
    """A program: the names or paths to look for, the tests that need it, and the command that installs it."""

    names: tuple[str, ...]
    tests: str
    install: str


PROGRAMS = {
    "apache": Program(
        ("apache2", "/usr/sbin/apache2"),
        "tests of the redirects",
        "apt-get install --no-install-recommends apache2-bin",
    ),
    "chromium": Program(
        ("chromium", "chromium-browser", "google-chrome"),
        "browser tests",
        "apt-get install --no-install-recommends chromium fonts-noto-core",
    ),
    "haproxy": Program(
        ("haproxy", "/usr/sbin/haproxy"), "tests of replicas", "apt-get install --no-install-recommends haproxy"
    ),
    "nginx": Program(
        ("nginx", "/usr/sbin/nginx"), "tests of replicas", "apt-get install --no-install-recommends nginx-light"
    ),
    "npm": Program(("npm",), "tests of the bundle", "apt-get install --no-install-recommends nodejs npm"),
    "systemd-analyze": Program(("systemd-analyze",), "tests of the systemd unit", "apt-get install systemd"),
}


def find(name: str) -> str | None:
    """The path of a program of PROGRAMS, None where it is missing."""
    return next((path for each in PROGRAMS[name].names if (path := shutil.which(each))), None)


def need(name: str) -> str:
    """The path of a program of PROGRAMS; without it, skip the test, or fail it where everything is tested."""
    path = find(name)
    if path is None:
        reason = f"needs {name}"
        if os.environ.get("POLICING_GOALS_TEST") == EVERYTHING:
            pytest.fail(f"{reason}: {PROGRAMS[name].install}")
        pytest.skip(reason)
    return path


def not_tried(reasons: Iterable[str]) -> Iterator[str]:
    """A line for each missing program: how many tests were skipped for it, and how to install it.

    reasons: of the skipped tests.
    """
    missing = Counter(match[1] for reason in reasons if (match := REASON.search(reason)))
    for name, number in sorted(missing.items()):
        program = PROGRAMS[name]
        yield f"NOT TRIED: {number} {program.tests}, need {name}: {program.install}"
