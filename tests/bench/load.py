"""Load made by wrk, an independent program, and what it measured."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.bench.endpoints import ACCEPT, Endpoint

# One thread sends the queries in turn; where the marker stands, a number that never repeats makes each of them new.
MARKER = "31415926535"
SCRIPT = """
local paths, fresh, n = {%s}, %s, 0
request = function()
  n = n + 1
  local path = paths[n %% #paths + 1]
  if fresh then path = string.gsub(path, "%s", fresh .. string.format("%%07d", n), 1) end
  return wrk.format("GET", path, {["Accept"] = "%s"})
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\nRESULT {"rate": %%.1f, "p50": %%.3f, "p99": %%.3f, "errors": %%d}\\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """Requests a second, milliseconds at the median and the 99th percentile, and requests that failed."""

    rate: float
    p50: float
    p99: float
    errors: int


def put_load(endpoint: Endpoint, queries: list[str], clients: int, seconds: float, fresh: str | None) -> Load:
    """Send queries in turn from so many clients at once. fresh: digits before those that stand for the marker."""
    path = urlsplit(endpoint.address).path
    return put_load_on(
        endpoint, [f"{path}?query={quote(query, safe='')}" for query in queries], clients, seconds, fresh
    )


def put_load_on(endpoint: Endpoint, paths: list[str], clients: int, seconds: float, fresh: str | None) -> Load:
    """Request paths in turn, as put_load does queries."""
    listed = ", ".join(json.dumps(path) for path in paths)
    script = SCRIPT % (listed, json.dumps(fresh) if fresh else "nil", MARKER, ACCEPT)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        return _run(endpoint, Path(file.name), clients, seconds)


def _run(endpoint: Endpoint, script: Path, clients: int, seconds: float) -> Load:
    command: list[str | Path] = [
        "wrk",
        "-t1",
        f"-c{clients}",
        f"-d{seconds:g}",
        "--timeout",
        "60s",
        "-s",
        script,
        endpoint.address,
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = next(line for line in printed.splitlines() if line.startswith("RESULT "))
    return Load(**json.loads(line.removeprefix("RESULT ")))
