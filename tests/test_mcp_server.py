"""The Model Context Protocol, spoken by the official client to `policing-goals mcp` in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent

from policing_goals.engine.dataset import Dataset
from policing_goals.mcp_server import make_server

Json = dict[str, Any]


def content(result: CallToolResult) -> Json:
    assert isinstance(result.content[0], TextContent)
    assert not result.is_error, result.content[0].text
    answer: Json = result.structured_content
    assert json.loads(result.content[0].text) == answer
    return answer


def test_a_client_lists_the_tools_and_calls_them_over_stdio(snapshot: Path, dataset: Dataset, tmp_path: Path) -> None:
    command = ["-m", "policing_goals", "mcp", "--snapshot", str(snapshot)]
    server = StdioServerParameters(command=sys.executable, args=command)

    async def talk() -> None:
        async with Client(server) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            own = {query.name for query in dataset.queries if not query.federates}
            assert set(tools) == own | {"search", "describe"}
            assert tools["goal-objectives"].input_schema["properties"]["goal"]["enum"][0] == "gpg:goal-1"
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())

            found = content(await client.call_tool("search", {"q": "terorism", "kind": "crime-area"}))
            assert found["matches"][0]["thing"] == "gpg:area-terrorism"
            described = content(await client.call_tool("describe", {"thing": "gpg:objective-6.2"}))
            assert "drogues" in json.dumps(described, ensure_ascii=False)
            rows = content(await client.call_tool("goal-objectives", {"goal": "gpg:goal-6", "lang": "es"}))
            assert rows["total"] == len(rows["rows"]) == 6
            assert rows["complete"] is True
            assert content(await client.call_tool("is-complete", {})) == {"answer": True}

    anyio.run(talk)


def ask(dataset: Dataset, name: str, arguments: Json) -> CallToolResult:
    async def talk() -> CallToolResult:
        async with Client(make_server(dataset)) as client:
            return await client.call_tool(name, arguments)

    run: Callable[[Callable[[], Awaitable[CallToolResult]]], CallToolResult] = anyio.run
    return run(talk)


def test_an_answer_that_is_not_whole_says_so(dataset: Dataset) -> None:
    answer = content(ask(dataset, "sdg-links", {"limit": 3}))

    assert (len(answer["rows"]), answer["total"], answer["complete"]) == (3, 125, False)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("goal-objectives", {"goal": "gpg:goal-8"}, "an example: goal=gpg:goal-5"),
        ("goal-objectives", {"gaol": "gpg:goal-1"}, "its parameters: goal, lang"),
        ("sdg-links", {"limit": 0}, "a whole number from 1"),
        ("search", {"q": "x", "kind": "dog"}, "kind is one of"),
        ("search", {"q": "x", "where": "here"}, "its parameters: q, lang, kind, limit"),
        ("describe", {"thing": "gpg:nothing"}, "Use search"),
        ("describe", {"thing": '"} DROP ALL'}, "is not an IRI"),
        ("wikidata-labels", {}, "There is no tool"),
        ("weakest-links", {"below": "low"}, "not a number"),
        ("search", {"q": ["drugs"]}, "q is neither text nor a number"),
        ("search", {"q": {"a": 1}}, "q is neither text nor a number"),
        ("search", {"q": None}, "q is neither text nor a number"),
        ("search", {"q": "x" * 5_000_000}, "q is longer than 10000 characters"),
        ("search", {"q": "x", "limit": "9" * 5000}, "a whole number from 1"),
        ("search", {"q": "x", "limit": True}, "a whole number from 1"),
        ("search", {"q": "x", "lang": "fr" * 500}, "lang is one of"),
        ("search", {"x" * 5000: "x"}, "has no parameter 'xxxx"),
        ("goal-objectives", {"goal": "gpg:goal-1> } ; DROP ALL #"}, "goal"),
        ("goal-objectives", {"goal": "gpg:goal-1", "lang": "en') } #"}, "lang"),
        ("x" * 100_000, {}, "There is no tool"),
    ],
)
def test_a_wrong_call_is_refused_with_what_to_do(name: str, arguments: Json, says: str, dataset: Dataset) -> None:
    result = ask(dataset, name, arguments)

    assert result.is_error
    assert isinstance(result.content[0], TextContent)
    assert says in result.content[0].text
    assert len(result.content[0].text) < 5000


def test_every_tool_answers_with_its_defaults(dataset: Dataset) -> None:
    async def talk() -> None:
        async with Client(make_server(dataset)) as client:
            for query in dataset.queries:
                if not query.federates and query.name != "describe":
                    content(await client.call_tool(query.name, {}))

    anyio.run(talk)


class RawClient:
    """Speaks to `policing-goals mcp` by lines of its own making."""

    def __init__(self, snapshot: Path) -> None:
        command = [sys.executable, "-m", "policing_goals", "mcp", "--snapshot", str(snapshot)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        version = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        self.send("initialize", version, 0)
        self.receive()
        self.line('{"jsonrpc": "2.0", "method": "notifications/initialized"}')

    def line(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def send(self, method: str, params: object, number: int) -> None:
        self.line(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))

    def search(self, words: str, number: int) -> None:
        self.send("tools/call", {"name": "search", "arguments": {"q": words}}, number)

    def receive(self) -> Json:
        assert self.process.stdout
        received: Json = json.loads(self.process.stdout.readline())
        return received


@pytest.fixture
def raw(snapshot: Path) -> Iterator[RawClient]:
    client = RawClient(snapshot)
    yield client
    client.process.kill()
    client.process.wait()
    for stream in (client.process.stdin, client.process.stdout):
        with suppress(OSError):
            assert stream
            stream.close()


@pytest.mark.parametrize(
    "line",
    [
        "garbage",
        "",
        '{"jsonrpc": "2.0"',
        "[]",
        '{"jsonrpc": "2.0", "id": 5, "method": "no/such"}',
        '{"jsonrpc": "2.0", "id": 6, "method": "tools/call", "params": {"name": "search", "arguments": []}}',
        '{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "search", "arguments": '
        '{"q": "\\ud800"}}}',
        '{"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": ' + "[" * 50_000 + "]" * 50_000 + "}",
        '{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 4711}}',
    ],
)
def test_after_a_line_that_is_no_request_the_next_one_is_answered(line: str, raw: RawClient) -> None:
    raw.line(line)
    raw.search("terrorism", 99)
    received = raw.receive()
    while received.get("id") != 99:
        assert "error" in received
        received = raw.receive()

    assert "gpg:area-terrorism" in received["result"]["content"][0]["text"]


def test_a_cancelled_call_is_not_answered_and_the_next_one_is(raw: RawClient) -> None:
    raw.send("tools/call", {"name": "sdg-links", "arguments": {}}, 1)
    raw.send("notifications/cancelled", {"requestId": 1}, 2)
    raw.line('{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}')
    raw.search("drugs", 3)

    received: list[object] = []
    while 3 not in received:
        received.append(raw.receive().get("id"))
    # The first call may have been answered before it was cancelled.
    assert received.count(3) == 1
    assert len(received) <= 3


def test_a_thousand_calls_at_once_are_all_answered(raw: RawClient) -> None:
    for number in range(1000):
        raw.search("terrorism", number + 1)

    assert {raw.receive()["id"] for _ in range(1000)} == set(range(1, 1001))


def test_a_client_that_leaves_ends_the_server(raw: RawClient) -> None:
    raw.search("terrorism", 1)
    assert raw.process.stdin
    raw.process.stdin.close()

    assert raw.process.wait(timeout=30) == 0
