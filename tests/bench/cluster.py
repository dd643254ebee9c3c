"""What clients of several servers lose: `python -m tests.bench --cluster [--fuseki JAR]`.

Three servers stand behind nginx, and then behind HAProxy, with the printed configurations, under load for MINUTE
seconds: one is killed, another reads its snapshot again (SIGHUP), then all traffic goes to three servers with a newer
snapshot. With --fuseki, two Fusekis behind nginx are the back end of three servers behind nginx, and one of each is
killed. Prints the requests, those that failed, those that got an older version after a newer one, and milliseconds.
"""

import os
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from policing_goals.engine.publishing import publish
from policing_goals.model.snapshot_format import CURRENT
from policing_goals.model.snapshot_locks import hold_current, sole_writer
from tests.interop.cases import HERE
from tests.support.balancers import BALANCERS, Clients, nginx, serving
from tests.support.processes import free_port, wait_for
from tests.support.server import eventually
from tests.support.snapshots import write_another

MINUTE, SERVERS, CLIENTS = 60.0, 3, 8
HEAD = f"{'':<34}{'requests':>10}{'failed':>8}{'sent again':>12}{'back':>6}{'p50 ms':>9}{'p99 ms':>9}{'most ms':>9}"


def report_cluster(snapshot: Path, directory: Path, jar: Path | None) -> None:
    """Print the table. snapshot: a directory with one; directory: for files; jar: jena-fuseki-server."""
    older = (snapshot / CURRENT).readlink().name
    with sole_writer(snapshot) as writer:
        newer = write_another(writer, "newer")
    print(HEAD)
    for name in BALANCERS:
        _report_replicas(name, snapshot, directory / name, older, newer)
    if jar is not None:
        _report_back_ends(jar, snapshot, directory / "back-ends")
    else:
        print("Fuseki as the back end: left out, give --fuseki JAR")


def _report_replicas(name: str, snapshot: Path, place: Path, older: str, newer: str) -> None:
    place.mkdir()
    with ExitStack() as stack:
        groups = {
            group: [serving(stack, snapshot, place / f"{group}{number}", "--pin", sha) for number in range(SERVERS)]
            for group, sha in (("blue", older), ("green", newer))
        }
        ports = {group: [port for port, _ in servers] for group, servers in groups.items()}
        balancer = BALANCERS[name](stack, place, ports)
        pids = [pid for _, pid in groups["blue"]]
        with Clients(balancer.port, CLIENTS) as clients:
            _after(MINUTE / 4, lambda: os.killpg(pids[0], signal.SIGKILL))
            _after(MINUTE / 4, lambda: os.kill(pids[1], signal.SIGHUP))
            _after(MINUTE / 4, lambda: balancer.switch("green"))
            time.sleep(MINUTE / 4)
        _print_row(f"{name}: killed, read again, switched", clients, newer)


def _report_back_ends(jar: Path, snapshot: Path, place: Path) -> None:
    place.mkdir()
    with ExitStack() as stack:
        fusekis = [_fuseki(stack, jar, snapshot, place / f"fuseki{number}") for number in range(2)]
        # Only one of the two groups is in use.
        stores = [port for port, _ in fusekis]
        (place / "stores").mkdir()
        back_end = nginx(stack, place / "stores", {"blue": stores, "green": stores})
        pinned = (snapshot / CURRENT).readlink().name
        options = ["--backend", f"http://127.0.0.1:{back_end.port}/tdb2/query", "--pin", pinned]
        servers = [serving(stack, snapshot, place / f"server{number}", *options) for number in range(SERVERS)]
        ports = [port for port, _ in servers]
        balancer = nginx(stack, place, {"blue": ports, "green": ports})
        with Clients(balancer.port, CLIENTS) as clients:
            _after(MINUTE / 3, fusekis[0][1].kill)
            _after(MINUTE / 3, lambda: os.killpg(servers[0][1], signal.SIGKILL))
            time.sleep(MINUTE / 3)
        _print_row("Fuseki killed, server killed", clients, (snapshot / CURRENT).readlink().name)


def _fuseki(stack: ExitStack, jar: Path, snapshot: Path, place: Path) -> tuple[int, "subprocess.Popen[bytes]"]:
    """Fuseki with TDB2, the snapshot in it; its port and process."""
    place.mkdir()
    port = free_port()
    shutil.copyfile(HERE / "back_end/fuseki.ttl", place / "fuseki.ttl")
    command: list[str | Path] = ["java", "-Xmx1g", "-jar", jar, "--config", "fuseki.ttl", "--port", str(port)]
    environment = {**os.environ, "FUSEKI_BASE": str(place / "base")}
    process = subprocess.Popen(
        [*command, "--localhost"], cwd=place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    wait_for(port, process)
    with closing(hold_current(snapshot)) as held:
        publish(held, f"http://127.0.0.1:{port}/tdb2/data", None, lambda *_: None)
    return port, process


def _after(seconds: float, act: Callable[[], object]) -> None:
    time.sleep(seconds)
    act()


def _print_row(name: str, clients: Clients, newer: str) -> None:
    if not eventually(lambda: bool(clients.seconds)):
        raise RuntimeError("no request was answered")
    failed = sum(status != 200 for seen in clients.seen for status, _ in seen)
    back = sum(_went_back([version for _, version in seen], newer) for seen in clients.seen)
    cuts = statistics.quantiles(clients.seconds, n=100)
    figures = f"{cuts[49] * 1000:>9.1f}{cuts[98] * 1000:>9.1f}{max(clients.seconds) * 1000:>9.1f}"
    print(f"{name:<34}{clients.number():>10,}{failed:>8}{clients.closed:>12}{back:>6}{figures}", flush=True)


def _went_back(versions: list[str], newer: str) -> int:
    """How many replies of another version came after the first of the newer one."""
    first = versions.index(newer) if newer in versions else len(versions)
    return sum(version != newer for version in versions[first:])
