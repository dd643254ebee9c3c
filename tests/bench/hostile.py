"""Hostile clients and crowds: what they do to others, as a table."""

import os
import random
import signal
import socket
import statistics
import struct
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.bench.endpoints import Endpoint, ours
from tests.bench.figures import tree_memory
from tests.bench.hardship import RUNAWAY
from tests.support.processes import descendants

# A cross join whose size says how long it takes; the number makes each another query.
JOIN = (
    "SELECT (COUNT(*) AS ?n) {{ {{ SELECT * {{ ?a ?b ?c }} LIMIT {rows} }} {{ SELECT * {{ ?d ?e ?f }} LIMIT 1000 }} "
    "FILTER(?a != ?d && {number} > 0) }}"
)
LARGE = "SELECT * { ?a ?b ?c . ?d a ?e } LIMIT 6000"
ASK = "ASK {{ ?s ?p {number} }}"
BULLY, OTHERS = "127.0.0.2", [f"127.0.0.{number}" for number in range(3, 8)]
CROWD = "127.0.0.9"
LONG_TEXTS = {
    "CONSTRUCT": "CONSTRUCT" * 4000,
    "newlines": "\n" * 2**20,
    "percents": "%" * 2**19,
    "hyphens": "a-" * 2**19,
}
MIDDLE_SECONDS = 0.3
CHANGES = [bytes([number]) for number in range(256)] + [
    b"",
    b"%00",
    b"%C3%28",
    b"..",
    b"//",
    b"&",
    b"=",
    b"%7B",
    b"%22",
]
FUZZED, MIXED_SECONDS, RESETS = 10_000, 60, 0.2
SEEDS = (
    b"GET /sparql?query=ASK%%20%%7B%%20%%3Fs%%20%%3Fp%%20%d%%20%%7D HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 34\r\n\r\n"
    b"SELECT * { ?s ?p %-7d } LIMIT 1",
    b"GET /queries/objective-targets.csv?goal=%d&lang=en HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /en/search?q=drug+%d HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nCookie: language=fr\r\n\r\n",
    b'GET /goal-3.ttl?%d HTTP/1.1\r\nHost: x\r\nIf-None-Match: "a", W/"b"\r\nRange: bytes=0-9\r\n\r\n',
    b"GET /graph?graph=https%%3A%%2F%%2Fw3id.org%%2Fglobal-policing-goals%%2Fgraph-core&%d HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /sdg/16?%d HTTP/1.1\r\nHost: x\r\nAccept-Language: ar\r\nAccept-Encoding: gzip\r\n\r\n",
)


@dataclass(frozen=True)
class Reply:
    """The status of a reply, 0 if there is none, and the seconds that it took."""

    status: int
    seconds: float


def report_hostile(snapshot: Path, directory: Path) -> None:
    """Measure and print the table."""
    for name, measure in {
        "requests that are long to read": _long_requests,
        "12 runaways of one client beside 5 others": _bully,
        "40 people behind one address": _crowd,
        "1,000 clients with three ASKs each": _many,
        "1,030 sockets that read nothing": _deaf,
        "8 runaways, limit 2 s": _runaways,
        "50 swaps in 10 s": _swaps,
        f"{FUZZED:,} mutated requests": _fuzz,
        f"{MIXED_SECONDS} s of mixed load with resets": _mixed,
    }.items():
        options = ["--timeout", "2"] if "limit 2 s" in name else []
        with ours(snapshot, directory, *options, crowd=True) as endpoint:
            print(f"{name:<44}{measure(endpoint)}", flush=True)


def send(endpoint: Endpoint, query: str, source: str = "127.0.0.1", path: str = "") -> Reply:
    """Send a query, or get a path, from an address."""
    parts = urlsplit(endpoint.address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=120, source_address=(source, 0))
    begun = time.perf_counter()
    with closing(connection):
        try:
            connection.request("GET", path or f"{parts.path}?query={quote(query, safe='')}")
            response = connection.getresponse()
            response.read()
            status = response.status
        except (OSError, HTTPException):
            status = 0
    return Reply(status, time.perf_counter() - begun)


def _health(endpoint: Endpoint, until: Callable[[], bool]) -> list[float]:
    """Milliseconds of /health, asked in turn until something holds."""
    times = []
    while not until():
        reply = send(endpoint, "", path="/health")
        times.append(reply.seconds * 1000 if reply.status == 200 else float("inf"))
        time.sleep(0.01)
    return times


def _long_requests(endpoint: Endpoint) -> str:
    parts, figures = urlsplit(endpoint.address), []
    for name, text in LONG_TEXTS.items():
        form = f"query={text}".encode()[: 2**20]
        head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        with socket.create_connection((parts.hostname, parts.port)) as client, ThreadPoolExecutor(1) as threads:
            client.sendall(f"{head}Content-Length: {len(form)}\r\n\r\n".encode() + form)
            replied = threads.submit(client.recv, 100)
            figures.append(f"{name} {max(_health(endpoint, replied.done)):.0f}")
    return f"longest /health in ms: {', '.join(figures)}"


def _rows(endpoint: Endpoint) -> int:
    """The size of a join that takes MIDDLE_SECONDS alone."""
    send(endpoint, JOIN.format(rows=100, number=1))
    taken = min(send(endpoint, JOIN.format(rows=1000, number=number)).seconds for number in range(2, 5))
    return max(1, round(1000 * MIDDLE_SECONDS / taken))


def _bully(endpoint: Endpoint) -> str:
    rows = _rows(endpoint)
    alone = statistics.median(send(endpoint, JOIN.format(rows=rows, number=number)).seconds for number in range(10, 15))
    with ThreadPoolExecutor(17) as threads:
        runaways = [threads.submit(send, endpoint, RUNAWAY % number, BULLY) for number in range(12)]
        time.sleep(2)

        def ask(client: int) -> list[Reply]:
            source, first = OTHERS[client], 1000 * (client + 1)
            return [send(endpoint, JOIN.format(rows=rows, number=first + turn), source) for turn in range(8)]

        replies = [reply for asked in [threads.submit(ask, client) for client in range(5)] for reply in asked.result()]
        statuses = Counter(each.result().status for each in runaways)
    worst, middle = max(each.seconds for each in replies), statistics.median(each.seconds for each in replies)
    failed = sum(each.status != 200 for each in replies)
    return (
        f"alone {alone:.2f} s; beside them {middle / alone:.1f} times at the median, {worst / alone:.1f} at most, "
        f"{failed} of {len(replies)} failed; the runaways {dict(statuses)}"
    )


def _crowd(endpoint: Endpoint) -> str:
    rows, end = _rows(endpoint), time.perf_counter() + 20

    def person(number: int) -> list[Reply]:
        chance, replies = random.Random(number), []  # no secret
        while time.perf_counter() < end:
            replies.append(send(endpoint, "", CROWD, f"/en/goal-{chance.randrange(1, 8)}.html?{chance.random()}"))
            part = chance.uniform(1 / 3, 1)
            replies.append(send(endpoint, JOIN.format(rows=round(rows * part), number=chance.randrange(10**9)), CROWD))
            time.sleep(chance.uniform(1, 2))
        return replies

    with ThreadPoolExecutor(40) as threads:
        replies = [reply for found in threads.map(person, range(40)) for reply in found]
    return f"{shares(replies)}; median {statistics.median(each.seconds for each in replies):.2f} s"


def _many(endpoint: Endpoint) -> str:
    def client(number: int) -> list[Reply]:
        source = f"127.1.{number // 250}.{number % 250 + 1}"
        return [send(endpoint, ASK.format(number=number * 3 + turn), source) for turn in range(3)]

    with ThreadPoolExecutor(1000) as threads:
        replies = [reply for found in threads.map(client, range(1000)) for reply in found]
    return shares(replies)


def _deaf(endpoint: Endpoint) -> str:
    parts, before = urlsplit(endpoint.address), tree_memory(endpoint.pid)
    clients = []
    for number in range(1030):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with suppress(OSError):
            client.bind((BULLY, 0))
            client.connect((parts.hostname, parts.port))
            target = f"/sparql?query={quote(LARGE.replace('6000', str(6000 + number)))}"
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        clients.append(client)
    end = time.perf_counter() + 15
    times, most = [], 0.0
    while time.perf_counter() < end:
        tick = time.perf_counter() + 1
        times += _health(endpoint, lambda tick=tick: time.perf_counter() > tick)  # type: ignore[misc]
        most = max(most, tree_memory(endpoint.pid))
    for client in clients:
        client.close()
    return f"/health p99 {statistics.quantiles(times, n=100)[-1]:.0f} ms; memory up by {most - before:.0f} MB"


def _runaways(endpoint: Endpoint) -> str:
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda number: send(endpoint, RUNAWAY % number), range(8)))
    return f"{shares(replies)}; the last after {max(each.seconds for each in replies):.2f} s"


def _swaps(endpoint: Endpoint) -> str:
    done, sizes = False, []

    def client(number: int) -> list[Reply]:
        replies: list[Reply] = []
        while not done:
            replies.append(send(endpoint, ASK.format(number=number * 10**6 + len(replies))))
        return replies

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(client, number) for number in range(4)]
        for swap in range(50):
            os.kill(endpoint.pid, signal.SIGHUP)
            time.sleep(0.2)
            if swap == 4:
                time.sleep(3)
                sizes.append(tree_memory(endpoint.pid))
        time.sleep(5)
        sizes.append(tree_memory(endpoint.pid))
        done = True
        replies = [reply for each in asked for reply in each.result()]
    return f"{shares(replies)}; {sizes[0]:.0f} MB after 5, {sizes[1]:.0f} MB after 50"


def _fuzz(endpoint: Endpoint) -> str:
    """Requests with some bytes changed; a status of 500 or more that says nothing is a fault."""
    parts = urlsplit(endpoint.address)

    def reply(number: int) -> bytes:
        chance = random.Random(number)  # no secret
        raw = bytearray(chance.choice(SEEDS) % number)
        for _ in range(chance.randrange(1, 4)):
            # Most often in the target, as a change elsewhere is soon refused.
            at = chance.randrange(len(raw) if chance.random() < 1 / 3 else len(raw) // 2)
            raw[at : at + chance.randrange(3)] = chance.choice(CHANGES)
        with socket.create_connection((parts.hostname, parts.port), timeout=0.5) as client:
            client.sendall(raw)
            with suppress(TimeoutError):
                return client.recv(65536)
            # The server waits for the rest of the request.
            client.shutdown(socket.SHUT_WR)
            client.settimeout(60)
            return client.recv(65536)

    with ThreadPoolExecutor(16) as threads:
        replies = list(threads.map(reply, range(FUZZED)))
    counts = Counter(int(each[9:12]) if each.startswith(b"HTTP/1.1 ") else 0 for each in replies)
    unexplained = sum(each.startswith(b"HTTP/1.1 5") and b'"detail"' not in each for each in replies)
    return f"{dict(sorted(counts.items()))}; {unexplained} without an explanation"


def _mixed(endpoint: Endpoint) -> str:
    """Queries, pages and large results, of which a fifth is cut off by a reset; processes and descriptors after it."""
    parts = urlsplit(endpoint.address)
    end = time.perf_counter() + MIXED_SECONDS

    def client(number: int) -> list[Reply]:
        chance, replies = random.Random(number), []  # no secret
        while time.perf_counter() < end:
            query = chance.choice([ASK, LARGE.replace("{", "{{").replace("}", "}}") + " # {number}", JOIN])
            text = query.format(number=chance.randrange(10**9), rows=200)
            if chance.random() < RESETS:
                with socket.create_connection((parts.hostname, parts.port)) as cut:
                    cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    cut.sendall(f"GET {parts.path}?query={quote(text)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                    time.sleep(chance.random() / 20)
            else:
                replies.append(send(endpoint, text, f"127.0.1.{number + 1}"))
        return replies

    send(endpoint, ASK.format(number=1))
    before = resources(endpoint)
    with ThreadPoolExecutor(8) as threads:
        replies = [reply for found in threads.map(client, range(8)) for reply in found]
    time.sleep(3)
    (processes, descriptors, memory), after = before, resources(endpoint)
    return (
        f"{shares(replies)}; processes {processes} then {after[0]}, descriptors {descriptors} then {after[1]}, "
        f"{memory:.0f} MB then {after[2]:.0f}"
    )


def resources(endpoint: Endpoint) -> tuple[int, int, float]:
    """The processes of the server, their descriptors, and MB."""
    family = [endpoint.pid, *descendants(endpoint.pid)]
    return len(family), sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in family), tree_memory(endpoint.pid)


def shares(replies: list[Reply]) -> str:
    counts = Counter(each.status for each in replies)
    shares = ", ".join(
        f"{status or 'no reply'}: {count / len(replies):.1%}" for status, count in sorted(counts.items())
    )
    return f"{len(replies)} requests ({shares})"
