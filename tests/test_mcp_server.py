"""The Model Context Protocol, spoken by the official client to `policing-goals mcp` in a process of its own."""

import json
import sys
from collections.abc import Awaitable, Callable
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

    assert (len(answer["rows"]), answer["total"], answer["complete"]) == (3, 163, False)


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
    ],
)
def test_a_wrong_call_is_refused_with_what_to_do(name: str, arguments: Json, says: str, dataset: Dataset) -> None:
    result = ask(dataset, name, arguments)

    assert result.is_error
    assert isinstance(result.content[0], TextContent)
    assert says in result.content[0].text


def test_every_tool_answers_with_its_defaults(dataset: Dataset) -> None:
    async def talk() -> None:
        async with Client(make_server(dataset)) as client:
            for query in dataset.queries:
                if not query.federates and query.name != "describe":
                    content(await client.call_tool(query.name, {}))

    anyio.run(talk)
