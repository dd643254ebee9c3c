"""The documents in Markdown that the site shows, as HTML: the codebooks and the changelog (CommonMark, with tables)."""

import json
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from policing_goals.builder.sources import Sources

# The file of each, and how many levels of headings the page has above its own.
DOCUMENTS = {
    "links": ("data/links/README.md", 2),
    "facets": ("data/facets.codebook.md", 2),
    "changes": ("CHANGELOG.md", 1),
}
DOCS = "docs/*.md"
LOWEST_LEVEL = 6


def markdown_parser() -> MarkdownIt:
    """A parser of CommonMark with tables; HTML in a text stays text."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def rendered_documents(sources: Sources, model: str) -> str:
    """The documents as HTML, in a JSON object: links, facets, changes; docs: title and content of each page by name.

    model: the diagram of the model, as SVG, which is among them.
    """
    documents: dict[str, object] = {
        name: _render(sources.read(file), above) for name, (file, above) in DOCUMENTS.items()
    }
    documents["docs"] = {Path(file).stem: _page(sources.read(file)) for file in sources.names(DOCS)}
    return json.dumps({**documents, "model": model}, sort_keys=True)


def _page(text: str) -> dict[str, str]:
    # The title is the heading of the page that shows it.
    title, _, rest = text.partition("\n")
    return {"title": title.removeprefix("# "), "html": _render(rest, 0)}


def _render(text: str, above: int) -> str:
    parser, heading = markdown_parser(), ""
    blocks: Counter[str] = Counter()
    tokens: list[Token] = []
    for token in parser.parse(text):
        if token.type == "inline" and tokens[-1].type == "heading_open":
            heading = token.content
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + above, LOWEST_LEVEL)}"
        if token.children:
            token.children = list(_with_site_links(token.children))
        # A wide table or text scrolls by itself, and can be reached by the keyboard for that.
        if token.type in ("table_open", "fence"):
            blocks[heading] += 1
            label = f"{heading} ({blocks[heading]})" if blocks[heading] > 1 else heading
            opening = f'<section class="wide" tabindex="0" aria-label="{escape(label)}">'
            tokens.append(Token("html_block", "", 0, content=opening))
        tokens.append(token)
        if token.type in ("table_close", "fence"):
            tokens.append(Token("html_block", "", 0, content="</section>"))
    return str(parser.renderer.render(tokens, parser.options, {}))


def _with_site_links(tokens: list[Token]) -> Iterator[Token]:
    """The tokens of a line, in which links to other files of docs/ lead to their pages; other files have no page."""
    is_open = True
    for token in tokens:
        target = str(token.attrGet("href") or "")
        if token.type == "link_open":
            is_open = "://" in target or "/" not in target
            token.attrSet("href", target.removesuffix(".md"))
        if is_open or token.type not in ("link_open", "link_close"):
            yield token
