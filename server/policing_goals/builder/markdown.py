"""The documents in Markdown that the site shows, as HTML: the codebooks and the changelog (CommonMark, with tables)."""

import json
from collections import Counter
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from policing_goals.builder.sources import Sources

# The file of each, and how many levels of headings the page has above its own.
DOCUMENTS = {
    "links": ("data/links/README.md", 2),
    "facets": ("data/facets.codebook.md", 2),
    "changes": ("CHANGELOG.md", 1),
}
LOWEST_LEVEL = 6


def markdown_parser() -> MarkdownIt:
    """A parser of CommonMark with tables; HTML in a text stays text."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def rendered_documents(sources: Sources) -> str:
    """The documents as HTML, in a JSON object: links, facets, changes."""
    return json.dumps({name: _render(sources.read(file), above) for name, (file, above) in DOCUMENTS.items()})


def _render(text: str, above: int) -> str:
    parser, heading = markdown_parser(), ""
    tables: Counter[str] = Counter()
    tokens: list[Token] = []
    for token in parser.parse(text):
        if token.type == "inline" and tokens[-1].type == "heading_open":
            heading = token.content
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + above, LOWEST_LEVEL)}"
        # A wide table scrolls by itself, and can be reached by the keyboard for that.
        if token.type == "table_open":
            tables[heading] += 1
            label = f"{heading} ({tables[heading]})" if tables[heading] > 1 else heading
            opening = f'<section class="wide" tabindex="0" aria-label="{escape(label)}">'
            tokens.append(Token("html_block", "", 0, content=opening))
        tokens.append(token)
        if token.type == "table_close":
            tokens.append(Token("html_block", "", 0, content="</section>"))
    return str(parser.renderer.render(tokens, parser.options, {}))
