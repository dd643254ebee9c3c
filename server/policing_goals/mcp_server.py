"""The graph for language models, by the Model Context Protocol: changes when a tool does.

The tools are the saved queries, a search and a description of one thing, with the types and refusals that they
have over HTTP. Needs the extra `mcp` (the protocol's official SDK).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import anyio
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.descriptions import Descriptions
from policing_goals.errors import NotFound, ParameterError, PolicingGoalsError
from policing_goals.model.saved_query import Json, Parameter, SavedQuery, any_iri, schema
from policing_goals.rdf.formats import BY_NAME
from policing_goals.rdf.json_ld import write_json_ld
from policing_goals.rdf.serialization import to_python
from policing_goals.search.corpus import KINDS, load_index
from policing_goals.search.index import Index
from policing_goals.vocabulary import LANGUAGES

INSTRUCTIONS = (
    "INTERPOL's seven Global Policing Goals of October 2023 with their objectives, themes and commitments, and their "
    "links to the UN Sustainable Development Goals. Quoted French text is INTERPOL's; labels, translations and most "
    "links are an independent project's analysis, with confidence and evidence: say so when you use them. Begin with "
    "search, or with the query full-text."
)
# What fits a conversation, unless more is asked for; an answer says how many rows there are in all.
USUAL_ROWS, MOST_ROWS, MOST_FOUND = 50, 1000, 50
LIMIT: Json = {
    "type": "integer",
    "minimum": 1,
    "maximum": MOST_ROWS,
    "default": USUAL_ROWS,
    "description": "The most rows to give; `total` tells how many there are.",
}
READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
# The tool of this name describes anything, not concepts alone.
DESCRIBE = "describe"
ENTITY = Parameter("thing", "iri", "Any goal, concept, link, SDG or target.", None, "gpg:objective-6.2")


@dataclass(frozen=True)
class McpTool:
    """A tool and what it does with its arguments; the answer is a JSON object."""

    tool: Tool
    run: Callable[[dict[str, Any]], Json]


def serve(dataset: Dataset) -> None:
    """Answer on standard input and output until the client leaves."""

    async def talk() -> None:
        server = make_server(dataset)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(talk)


def make_server(dataset: Dataset) -> Server[Any]:
    """A server over a dataset, for any transport."""
    jobs = {job.tool.name: job for job in _tools(dataset)}

    async def tools(_: object, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[job.tool for job in jobs.values()])

    async def call(_: object, asked: CallToolRequestParams) -> CallToolResult:
        # In a thread, so that the client is answered meanwhile.
        return await anyio.to_thread.run_sync(_called, jobs, asked.name, asked.arguments or {})

    return Server(
        "policing-goals",
        version=dataset.manifest.version,
        title="Global Policing Goals",
        instructions=INSTRUCTIONS,
        on_list_tools=tools,
        on_call_tool=call,
    )


def _called(jobs: dict[str, McpTool], name: str, arguments: dict[str, Any]) -> CallToolResult:
    try:
        if name not in jobs:
            raise NotFound(f"There is no tool {name[:80]}. There are: {', '.join(jobs)}.")
        answer = jobs[name].run(arguments)
    except PolicingGoalsError as error:
        return CallToolResult(content=[TextContent(text=str(error))], is_error=True)
    return CallToolResult(content=[TextContent(text=json.dumps(answer, ensure_ascii=False))], structured_content=answer)


def _tools(dataset: Dataset) -> Iterable[McpTool]:
    yield _search(dataset)
    yield _describe(dataset)
    for query in dataset.queries:
        if query.name != DESCRIBE and not query.federates:
            yield _saved(dataset, query)


def _tool(name: str, title: str, says: str, properties: Json, required: tuple[str, ...] = ()) -> Tool:
    told: Json = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
    return Tool(name=name, title=title, description=says, input_schema=told, annotations=READ_ONLY)


def _saved(dataset: Dataset, query: SavedQuery) -> McpTool:
    properties: Json = {
        parameter.name: {**schema(parameter), "description": parameter.meaning} for parameter in query.parameters
    }
    columns = "; ".join(f"{column.name}: {column.meaning}" for column in query.columns)
    says = f"{query.description['en']}{f' Columns: {columns}.' if columns else ''}"
    tool = _tool(query.name, query.summary["en"], says, {**properties, "limit": LIMIT} if columns else properties)

    def run(arguments: dict[str, Any]) -> Json:
        limit = _limit(arguments.pop("limit", USUAL_ROWS), MOST_ROWS) if columns else 0
        bindings = query.bindings({name: str(value) for name, value in arguments.items()}, dataset.prefixes)
        result = dataset.ask(query.text, bindings)
        if isinstance(result, QueryBoolean):
            return {"answer": bool(result)}
        if isinstance(result, QuerySolutions):
            return _rows(result, limit, dataset)
        return {"turtle": dataset.write(result, BY_NAME["ttl"]).decode()}

    return McpTool(tool, run)


def _rows(result: QuerySolutions, limit: int, dataset: Dataset) -> Json:
    names = [variable.value for variable in result.variables]
    rows = [{name: _plain(row[name], dataset) for name in names if row[name] is not None} for row in result]
    return {"columns": names, "rows": rows[:limit], "total": len(rows), "complete": len(rows) <= limit}


def _plain(term: object, dataset: Dataset) -> str | int | float:
    if isinstance(term, NamedNode):
        return dataset.prefixes.shorten(term.value)
    return to_python(term)


def _search(dataset: Dataset) -> McpTool:
    index = Index(*load_index(dataset.index))
    properties: Json = {
        "q": {"type": "string", "description": "Words in any of four languages, or a code such as G3.2 or 16.4."},
        "lang": {"type": "string", "enum": [*LANGUAGES], "description": "Search in one language alone."},
        "kind": {"type": "string", "enum": [*KINDS], "description": "Find things of one kind alone."},
        "limit": {**LIMIT, "maximum": MOST_FOUND, "default": 10},
    }
    says = "Find goals, objectives, themes, commitments, concepts, SDGs and targets by words; the best match is first."

    def run(arguments: dict[str, Any]) -> Json:
        _refuse_unknown("search", arguments, properties)
        language, kind = str(arguments.get("lang", "")), str(arguments.get("kind", ""))
        if language not in ("", *LANGUAGES) or kind not in ("", *KINDS):
            raise ParameterError(f"lang is one of {', '.join(LANGUAGES)}; kind is one of {', '.join(KINDS)}.")
        limit = _limit(arguments.get("limit", 10), MOST_FOUND)
        found = index.search(str(arguments.get("q", "")), language, [kind] if kind else [], limit=limit)
        shorten = dataset.prefixes.shorten
        return {"matches": [{"thing": shorten(each.iri), "kind": each.kind, "labels": each.labels} for each in found]}

    return McpTool(_tool("search", "Search", says, properties, ("q",)), run)


def _describe(dataset: Dataset) -> McpTool:
    documents = Descriptions(dataset.store, dataset.prefixes)
    properties: Json = {
        ENTITY.name: {"type": "string", "description": f"{ENTITY.meaning} CURIE or IRI: {ENTITY.example}."}
    }
    says = "Everything said of one thing, with what is stated about it and its evidence, as JSON-LD."

    def run(arguments: dict[str, Any]) -> Json:
        _refuse_unknown(DESCRIBE, arguments, properties)
        node = any_iri(ENTITY, str(arguments.get(ENTITY.name, "")), dataset.prefixes)
        if not documents.has(node):
            raise NotFound(f"Nothing is said of {node.value[:200]}. Use search to find what there is.")
        document: Json = json.loads(write_json_ld(documents.triples(node), dataset.prefixes, node))
        return document

    return McpTool(_tool(DESCRIBE, "Describe one thing", says, properties, (ENTITY.name,)), run)


def _refuse_unknown(tool: str, arguments: dict[str, Any], known: Json) -> None:
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        raise ParameterError(f"{tool} has no parameter {unknown[0]!r}; its parameters: {', '.join(known)}.")


def _limit(given: object, most: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= most:
        raise ParameterError(f"limit is {str(given)[:40]}; write a whole number from 1 to {most}.")
    return given
