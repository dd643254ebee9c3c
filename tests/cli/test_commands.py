"""The commands, run as a person runs them."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from policing_goals.__main__ import main
from policing_goals.builder.progress import STEPS
from policing_goals.model.snapshot_format import CURRENT, MANIFEST
from tests.conftest import ROOT
from tests.support.processes import ask_count, descendants, free_port, running, running_processes
from tests.support.server import eventually


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of the checkout, without a snapshot, whose sources a test may spoil."""
    for folder in ("ontology", "data", "docs", "shapes", "queries", "server", "tests/bad"):
        shutil.copytree(ROOT / folder, tmp_path / "checkout" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "CHANGELOG.md", tmp_path / "checkout")
    return tmp_path / "checkout"


@pytest.fixture
def checkout(bare: Path, snapshot: Path) -> Path:
    """The same with a snapshot of its sources."""
    shutil.copytree(snapshot, bare / ".snapshot", symlinks=True)
    return bare


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the package in a directory."""
    command = [sys.executable, "-m", "policing_goals", *arguments]
    return subprocess.run(command, cwd=directory / "server", capture_output=True, text=True, check=False)


def serving_process(directory: Path, *options: str) -> AbstractContextManager[tuple[str, "subprocess.Popen[bytes]"]]:
    """A server with the package in a directory; gives its address and its first process."""
    return running([sys.executable, "-m", "policing_goals", "serve", *options], directory / "server", free_port())


@contextmanager
def serving(directory: Path, *options: str) -> Iterator[str]:
    """The same; gives its address."""
    with serving_process(directory, *options) as (address, _):
        yield address


def spoil(checkout: Path) -> None:
    goals = checkout / "data/goals.ttl"
    goals.write_text(goals.read_text("utf-8") + "broken", "utf-8")


def test_build_prints_the_sha256_that_every_build_of_these_sources_has(
    bare: Path, snapshot: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    command = [sys.executable, "-m", "policing_goals", "build"]
    environment = {**os.environ, "POLICING_GOALS_SNAPSHOT": str(there)}
    built = subprocess.run(command, cwd=bare / "server", env=environment, capture_output=True, text=True, check=True)

    # Made from the same files by another process, in another place.
    sha256 = built.stdout.split()[-1]
    assert (there / CURRENT).resolve().name == sha256 == (snapshot / CURRENT).resolve().name
    assert not (bare / ".snapshot").exists()
    assert built.stderr.splitlines() == [f"{step} …" for step in STEPS]


STEPPING = """
from policing_goals.builder.progress import STEPS
from policing_goals.cli.progress import shown_progress

with shown_progress() as progress:
    for step in STEPS:
        progress.step(step)
"""


def test_a_build_shows_a_bar_on_a_terminal() -> None:
    reader, writer = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    done = subprocess.Popen([sys.executable, "-c", STEPPING], env=environment, stderr=writer)
    os.close(writer)
    shown = b""
    # Linux ends the terminal with an error once nobody can write to it.
    with suppress(OSError):
        while piece := os.read(reader, 4096):
            shown += piece
    os.close(reader)
    assert done.wait() == 0

    assert b"%" in shown
    assert all(step.encode() in shown for step in STEPS)


def test_a_snapshot_of_an_older_version_is_built_again_and_the_user_told(checkout: Path) -> None:
    manifest = (checkout / ".snapshot" / CURRENT).resolve() / MANIFEST
    fields = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps({**fields, "format": fields["format"] - 1}), "utf-8")
    result = run(checkout, "query", "goals")

    assert result.returncode == 0
    first, *steps, warning = result.stderr.splitlines()
    assert re.fullmatch(r"The snapshot is out of date: building the graph \(about \d+ s\) …", first)
    assert steps == [f"{step} …" for step in STEPS]
    assert "no imports were carried over" in warning
    assert "gpg:goal-7" in result.stdout
    assert run(checkout, "query", "goals").stderr == ""


def test_validate_exits_with_0_and_prints_what_remains_and_how_much_there_is(checkout: Path) -> None:
    result = run(checkout, "validate", "--hints", "--summary")
    lines = [line.split() for line in result.stdout.splitlines() if line]
    head, goals = (next(line for line in lines if line[0] == name) for name in ("scheme", "gpg:scheme-goals"))
    told = next(line for line in result.stdout.splitlines() if line.startswith("0 violations, 0 warnings, "))

    assert result.returncode == 0
    assert result.stdout.count(": Info: ") == int(told.split()[-2]) > 0
    assert set(dict(zip(head[1:], goals[1:], strict=True)).values()) == {"45"}
    assert sum(line[0].startswith("gpg:scheme-") and len(line) == len(head) for line in lines) == 10
    # The checks that a build leaves out.
    checks = [line for line in result.stdout.splitlines() if line.startswith((" 1  ", "44  "))]
    assert [line[4:8] for line in checks] == ["pass", "pass"]


@pytest.mark.parametrize("command", ["build", "validate"])
def test_a_refusal_exits_with_1_in_words_and_without_a_traceback(command: str, checkout: Path) -> None:
    spoil(checkout)
    result = run(checkout, command)

    assert result.returncode == 1
    assert "data/goals.ttl:" in result.stderr
    assert "broken Turtle" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_a_violation_exits_with_1_and_names_file_node_and_rule(checkout: Path) -> None:
    labels = checkout / "data/labels/fr.ttl"
    labels.write_text(labels.read_text("utf-8").replace('"Protection des groupes vulnérables"@fr', '"x"@es'), "utf-8")
    result = run(checkout, "validate")

    assert result.returncode == 1
    assert "gpg:goal-3: It has skos:prefLabel, but not in fr." in result.stderr
    assert "data/labels/" in result.stderr


def test_serve_builds_first(bare: Path) -> None:
    with serving(bare) as address:
        assert ask_count(address) == "n\r\n38\r\n"
        log = bare / "server/serve.log"
        assert eventually(lambda: "Ready: " in log.read_text())
        first, *rest = log.read_text().splitlines()
        port = address.rpartition(":")[2]

    assert (bare / ".snapshot" / CURRENT).exists()
    assert re.fullmatch(r"Building the graph \(about \d+ s\) …", first)
    assert f"Ready: http://localhost:{port} (Ctrl+C stops it)" in rest


def test_serve_keeps_the_last_good_snapshot_in_service(checkout: Path) -> None:
    spoil(checkout)

    with serving(checkout) as address:
        assert ask_count(address) == "n\r\n38\r\n"

    log = (checkout / "server/serve.log").read_text()
    assert "broken Turtle" in log
    assert "last valid snapshot is used" in log


def test_a_running_server_is_not_disturbed_by_a_failed_build(checkout: Path) -> None:
    with serving(checkout) as address:
        spoil(checkout)
        assert run(checkout, "build").returncode == 1
        assert ask_count(address) == "n\r\n38\r\n"


def test_serve_without_any_good_snapshot_stops_with_the_reason(bare: Path) -> None:
    spoil(bare)
    result = run(bare, "serve", "--port", str(free_port()))

    assert result.returncode == 1
    assert "broken Turtle" in result.stderr
    assert "no earlier snapshot" in result.stderr
    assert "Traceback" not in result.stderr


def test_serve_on_a_taken_port_says_so(checkout: Path) -> None:
    with serving(checkout) as address:
        result = run(checkout, "serve", "--port", address.rpartition(":")[2])

    assert result.returncode == 1
    assert "Address already in use" in result.stderr
    assert "--port" in result.stderr
    assert "Traceback" not in result.stderr


def test_query_lists_and_runs_the_saved_queries_in_every_format(checkout: Path) -> None:
    listed = run(checkout, "query").stdout.splitlines()
    table = run(checkout, "query", "goals", "--param", "lang=fr").stdout
    answers = json.loads(run(checkout, "query", "element-counts", "--format", "json").stdout)

    assert len(listed) == 55
    assert next(line.split() for line in listed if line.startswith("goals ")) == [
        "goals",
        "The",
        "seven",
        "goals",
        "[lang=en]",
    ]
    assert table.splitlines()[3].split("  ")[0] == "gpg:goal-3"
    assert "Protection des groupes vulnérables  " in table
    assert [row["children"]["value"] for row in answers["results"]["bindings"]][:7] == list("6564566")
    assert run(checkout, "query", "goals", "--format", "csv").stdout.startswith("goal,code,label,lang\n")
    assert run(checkout, "query", "goal-tree", "--format", "jsonld").stdout.startswith('{\n "@context"')
    assert "@prefix gpgo:" in run(checkout, "query", "goal-tree").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nonsense",), "There is no saved query 'nonsense'"),
        (("goals", "-p", "lang"), "is not NAME=VALUE"),
        (("goals", "-p", "lang=fr", "-p", "lang=en"), "lang is given twice"),
        (("goals", "-p", "goal=gpg:goal-1"), "has no parameter 'goal'"),
        (("goals", "--format", "ttl"), "choose from json, xml, csv, tsv"),
        (("goal-tree", "--format", "csv"), "choose from ttl, trig, nt, nq, rdf, jsonld"),
    ],
)
def test_a_wrong_argument_of_query_is_refused_with_a_message(
    arguments: tuple[str, ...], says: str, checkout: Path
) -> None:
    result = run(checkout, "query", *arguments)

    assert result.returncode in (1, 2)
    assert says in result.stderr
    assert "Traceback" not in result.stderr


RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def test_a_query_that_takes_too_long_gets_504_and_no_csv(checkout: Path) -> None:
    with serving(checkout, "--timeout", "1") as address:
        asked = Request(f"{address}/sparql?query={quote(RUNAWAY)}", headers={"Accept": "text/csv"})
        with pytest.raises(HTTPError) as refusal:
            urlopen(asked)
        with refusal.value as response:
            problem = json.loads(response.read())

        assert refusal.value.code == problem["status"] == 504
        assert refusal.value.headers["Content-Type"] == "application/problem+json"
        assert "longer than 1 seconds" in problem["detail"]
        assert ask_count(address) == "n\r\n38\r\n"


def test_a_worker_that_is_busy_ends_when_the_processes_above_it_are_killed(checkout: Path) -> None:
    with serving_process(checkout) as (address, process), ThreadPoolExecutor(1) as threads:
        asked = threads.submit(urlopen, f"{address}/sparql?query={quote(RUNAWAY)}")
        assert eventually(lambda: bool(busy_workers(process.pid)))
        worker = busy_workers(process.pid)[0]
        family = {process.pid, *descendants(process.pid)}
        try:
            for pid in family - {worker}:
                os.kill(pid, signal.SIGKILL)
            process.wait()
            assert eventually(lambda: not family & running_processes())
        finally:
            for pid in family & running_processes():
                os.kill(pid, signal.SIGKILL)
        assert isinstance(asked.exception(), OSError)


def busy_workers(pid: int) -> list[int]:
    """The descendants of a server's first process in the third generation, its workers, that have used CPU time."""
    workers = [child for child, generation in descendants(pid).items() if generation == 3]
    return [child for child in workers if cpu_ticks(child) > 20]


def cpu_ticks(pid: int) -> int:
    """The CPU time that a process has used, in hundredths of a second; 0 if it has ended."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    return 0


@pytest.mark.parametrize("contact", ["nonsense", "a b@example.org", "ftp://example.org/", "@example.org"])
def test_a_contact_that_is_no_address_is_refused(contact: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--contact", contact])

    assert result.exit_code == 2
    assert contact in result.output


@pytest.mark.parametrize("option", ["--base-url", "--backend"])
@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "example.org/goals", "http://", "http://a:99999/", "http://a:b/"]
)
def test_what_is_no_web_address_is_refused(option: str, url: str) -> None:
    result = CliRunner().invoke(main, ["serve", option, url])

    assert result.exit_code == 2
    assert "is not a valid URL. Write one such as https://example.org/goals/." in " ".join(result.output.split())


def test_a_wrong_name_gets_those_most_like_it(snapshot: Path) -> None:
    command = CliRunner().invoke(main, ["qurey"])
    saved = CliRunner().invoke(main, ["query", "golas", "--snapshot", str(snapshot)])
    option = CliRunner().invoke(main, ["query", "--formt", "csv"])

    assert (command.exit_code, saved.exit_code, option.exit_code) == (2, 1, 2)
    assert "No such command 'qurey'. Did you mean query?" in command.output
    assert "There is no saved query 'golas'. Did you mean goals?" in saved.output
    assert "--format" in option.output
    assert "There are: build, " in CliRunner().invoke(main, ["xyzzy"]).output


def test_a_query_of_what_is_not_imported_says_so_on_standard_error(snapshot: Path) -> None:
    arguments = ["--snapshot", str(snapshot), "--format", "csv"]
    aware, unaware = (CliRunner().invoke(main, ["query", name, *arguments]) for name in ("goal-indicators", "goals"))

    assert "which is not imported" in aware.stderr
    assert "not imported: see" not in aware.stdout
    assert unaware.stderr == ""


def test_texts_have_their_language_only_where_they_differ_in_it(snapshot: Path) -> None:
    arguments = ["--snapshot", str(snapshot)]
    listed = CliRunner().invoke(main, ["query", *arguments]).output
    found = CliRunner().invoke(main, ["query", "goals", "--param", "lang=es", *arguments]).output

    assert "@es" not in found
    assert "=any]" in listed
    assert "None" not in listed


def test_an_interrupted_command_ends_with_130(checkout: Path) -> None:
    command = [sys.executable, "-m", "policing_goals", "build", "--snapshot", str(checkout / "other")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()

    assert process.returncode == 130
    assert said.endswith("Interrupted; nothing was changed.\n")
    assert not (checkout / "other" / CURRENT).exists()


def test_names_are_completed_in_a_shell(checkout: Path) -> None:
    def completed(words: str, number: int) -> list[str]:
        environment = {**os.environ, "_POLICING_GOALS_COMPLETE": "bash_complete", "COMP_WORDS": words}
        environment |= {"COMP_CWORD": str(number), "PYTHONPATH": str(checkout / "server")}
        code = "from policing_goals.__main__ import main; main(prog_name='policing-goals')"
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout.split()

    assert completed("policing-goals que", 1) == ["plain,query"]
    assert "plain,goal-sdgs" in completed("policing-goals query goal-s", 2)
