"""Model Context Protocol server.

The tools are the saved queries, a search, and the description of an entity, with the types and errors that they have
over HTTP. It needs the extra `mcp` (the protocol's official SDK).
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

from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.descriptions import Descriptions
from policing_goals.errors import NotFound, ParameterError, PolicingGoalsError
from policing_goals.languages import LANGUAGES, lookup
from policing_goals.model.saved_query import Json, Parameter, SavedQuery, any_iri, schema
from policing_goals.rdf.formats import BY_NAME
from policing_goals.rdf.json_ld import write_json_ld
from policing_goals.rdf.serialization import to_python
from policing_goals.search.corpus import KINDS, load_index
from policing_goals.search.full_text import Index

INSTRUCTIONS = (
    "INTERPOL's seven Global Policing Goals of October 2023 with their objectives, themes and commitments, and their "
    "links to the UN Sustainable Development Goals. Quoted French text is INTERPOL's; labels, translations and most "
    "links are an independent project's analysis, with confidence and evidence: say so when you use them. Begin with "
    "search, or with the query full-text."
)
# The default fits a conversation; a result says how many rows there are in all.
DEFAULT_ROWS, MAX_ROWS, MAX_MATCHES = 50, 1000, 50
# Of one argument.
MAX_CHARACTERS = 10_000
LIMIT: Json = {
    "type": "integer",
    "minimum": 1,
    "maximum": MAX_ROWS,
    "default": DEFAULT_ROWS,
    "description": "The maximum number of rows; `total` is the number that there are.",
}
READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
# The tool of this name describes any entity, where the saved query describes concepts alone.
DESCRIBE = "describe"
ENTITY = Parameter("thing", "iri", "Any goal, concept, link, SDG or target.", None, "gpg:objective-6.2")


@dataclass(frozen=True)
class McpTool:
    """A tool, and the function that it calls with its arguments, which returns a JSON object."""

    tool: Tool
    run: Callable[[dict[str, Any]], Json]


def serve(dataset: Dataset) -> None:
    """Serve on standard input and output until the client leaves."""

    async def run() -> None:
        server = make_server(dataset)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(run)


def make_server(dataset: Dataset) -> Server[Any]:
    """A server over a dataset, for any transport."""
    tools = {each.tool.name: each for each in _tools(dataset)}

    async def list_tools(_: object, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[each.tool for each in tools.values()])

    async def call_tool(_: object, request: CallToolRequestParams) -> CallToolResult:
        # In a thread, so that other requests are not blocked.
        return await anyio.to_thread.run_sync(_call, tools, request.name, request.arguments or {})

    return Server(
        "policing-goals",
        version=dataset.manifest.version,
        title="Global Policing Goals",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _call(tools: dict[str, McpTool], name: str, arguments: dict[str, Any]) -> CallToolResult:
    try:
        if name not in tools:
            raise NotFound(f"There is no tool {name[:80]}. Choose from {', '.join(tools)}.")
        _check_values(arguments)
        result = tools[name].run(arguments)
    except PolicingGoalsError as error:
        return CallToolResult(content=[TextContent(text=str(error))], is_error=True)
    return CallToolResult(content=[TextContent(text=json.dumps(result, ensure_ascii=False))], structured_content=result)


def _tools(dataset: Dataset) -> Iterable[McpTool]:
    yield _search(dataset)
    yield _describe(dataset)
    for query in dataset.queries:
        if query.name != DESCRIBE and not query.federates:
            yield _saved(dataset, query)


def _tool(name: str, title: str, description: str, properties: Json, required: tuple[str, ...] = ()) -> Tool:
    input_schema: Json = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return Tool(name=name, title=title, description=description, input_schema=input_schema, annotations=READ_ONLY)


def _saved(dataset: Dataset, query: SavedQuery) -> McpTool:
    properties: Json = {
        parameter.name: {**schema(parameter), "description": parameter.meaning} for parameter in query.parameters
    }
    columns = "; ".join(f"{column.name}: {column.meaning}" for column in query.columns)
    description = f"{query.description['en']}{f' Columns: {columns}.' if columns else ''}"
    tool = _tool(
        query.name, query.summary["en"], description, {**properties, "limit": LIMIT} if columns else properties
    )

    def run(arguments: dict[str, Any]) -> Json:
        limit = _limit(arguments.pop("limit", DEFAULT_ROWS), MAX_ROWS) if columns else 0
        result = saved_queries.run(dataset, query, {name: str(value) for name, value in arguments.items()})
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
        "lang": {
            "type": "string",
            "description": f"Search in one language only: {', '.join(LANGUAGES)}, or a variant such as fr-CA.",
        },
        "kind": {"type": "string", "enum": [*KINDS], "description": "Find entities of one kind only."},
        "limit": {**LIMIT, "maximum": MAX_MATCHES, "default": 10},
    }
    description = (
        "Find goals, objectives, themes, commitments, concepts, SDGs and targets by words; the best match is first."
    )

    def run(arguments: dict[str, Any]) -> Json:
        _check_names("search", arguments, properties)
        words, given = str(arguments.get("q", "")).strip(), str(arguments.get("lang", ""))
        if not words:
            raise ParameterError('search needs q: words to search for, or a code, such as {"q": "human trafficking"}.')
        language, kind = lookup(given) if given else "", str(arguments.get("kind", ""))
        if language is None or kind not in ("", *KINDS):
            raise ParameterError(f"lang is one of {', '.join(LANGUAGES)}; kind is one of {', '.join(KINDS)}.")
        limit = _limit(arguments.get("limit", 10), MAX_MATCHES)
        found = index.search(words, language, [kind] if kind else [], limit=limit)
        shorten = dataset.prefixes.shorten
        return {"matches": [{"thing": shorten(each.iri), "kind": each.kind, "labels": each.labels} for each in found]}

    return McpTool(_tool("search", "Search", description, properties, ("q",)), run)


def _describe(dataset: Dataset) -> McpTool:
    descriptions = Descriptions(dataset.store, dataset.prefixes)
    properties: Json = {
        ENTITY.name: {"type": "string", "description": f"{ENTITY.meaning} CURIE or IRI: {ENTITY.example}."}
    }
    description = "An entity with all its properties and the statements about it with their evidence, as JSON-LD."

    def run(arguments: dict[str, Any]) -> Json:
        _check_names(DESCRIBE, arguments, properties)
        node = any_iri(ENTITY, str(arguments.get(ENTITY.name, "")), dataset.prefixes)
        if not descriptions.has(node):
            raise NotFound(f"There is no entity {node.value[:200]}. Use search to find one.")
        document: Json = json.loads(write_json_ld(descriptions.triples(node), dataset.prefixes, node))
        return document

    return McpTool(_tool(DESCRIBE, "Describe an entity", description, properties, (ENTITY.name,)), run)


def _check_values(arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        if not isinstance(value, (str, int, float)):
            raise ParameterError(f"{name[:80]} is neither text nor a number. Write it as the schema of the tool says.")
        if isinstance(value, str) and len(value) > MAX_CHARACTERS:
            raise ParameterError(f"{name[:80]} is longer than {MAX_CHARACTERS} characters. Send a shorter one.")


def _check_names(tool: str, arguments: dict[str, Any], known: Json) -> None:
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        raise ParameterError(f"{tool} has no parameter {unknown[0][:80]!r}; its parameters: {', '.join(known)}.")


def _limit(given: object, greatest: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= greatest:
        raise ParameterError(f"limit is {str(given)[:40]}; write a whole number from 1 to {greatest}.")
    return given
