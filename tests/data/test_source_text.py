"""The quoted text: every heading and bullet of the source file is in the graph, in its place, to the byte.

Reads the source file by itself, without the module that the build uses.
"""

import hashlib
import re

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from policing_goals.builder.pipeline import Draft
from policing_goals.builder.quotations import check_quotations
from policing_goals.engine.dataset import Dataset
from policing_goals.errors import SourceError
from tests.conftest import ROOT
from tests.support.rows import rows

SOURCE = ROOT / "data/source/interpol-global-policing-goals-2023-fr.txt"
SHA256 = "e4a463733b28350dc7a06f440ec6bdc11dd73b80fc959169ceef7918d131188b"
SECTION = re.compile(r"\n\n\n+|\n(?=[IV]+\. )")
OBJECTIVES = [6, 5, 6, 4, 5, 6, 6]
COMMITMENTS = [7, 9, 7, 8, 4]


def sections() -> list[tuple[str, list[str]]]:
    """Heading and bullets of each part of the source text that has bullets, in order."""
    text = SOURCE.read_bytes().decode("utf-8")
    parts = [part.strip("\n \f").split("\n") for part in SECTION.split(text)]
    found = []
    for part in parts:
        bullets = [line.removeprefix("- ") for line in part if line.startswith("- ")]
        if bullets:
            heading = next(line for line in part if line.strip() and not line.startswith("- "))
            found.append((re.sub(r"^[IV]+\. ", "", heading), bullets))
    return found


def graph_texts(dataset: Dataset, parent: str, child: str) -> list[tuple[str, list[str]]]:
    query = f"""
        PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
        SELECT ?heading ?bullet WHERE {{
          ?parent a gpgo:{parent} ; gpgo:position ?p ; gpgo:officialText ?heading .
          ?child gpgo:is{child}Of ?parent ; gpgo:position ?c ; gpgo:officialText ?bullet .
        }} ORDER BY ?p ?c"""
    found: dict[str, list[str]] = {}
    for heading, bullet in rows(dataset, query):
        found.setdefault(heading, []).append(bullet)
    return list(found.items())


def test_the_source_file_is_the_one_that_was_quoted() -> None:
    assert hashlib.sha256(SOURCE.read_bytes()).hexdigest() == SHA256


def test_the_source_has_twelve_headings_and_73_bullets() -> None:
    assert [len(bullets) for _, bullets in sections()] == OBJECTIVES + COMMITMENTS


def test_every_heading_and_bullet_is_in_the_graph_in_its_place_and_order(dataset: Dataset) -> None:
    goals, themes = graph_texts(dataset, "Goal", "Objective"), graph_texts(dataset, "Theme", "Commitment")

    assert goals + themes == sections()
    assert sum(len(bullets) for _, bullets in goals + themes) == 73
    assert len(goals + themes) == 12


def test_the_files_quote_each_text_exactly_once() -> None:
    property_ = NamedNode("https://w3id.org/global-policing-goals/ontology#officialText")
    quoted = [
        quad.object.value
        for name in ("goals", "themes")
        for quad in parse(path=ROOT / f"data/{name}.ttl", format=RdfFormat.TURTLE)
        if quad.predicate == property_ and hasattr(quad.object, "value")
    ]

    assert sorted(quoted) == sorted(text for heading, bullets in sections() for text in (heading, *bullets))


def test_errors_of_the_source_are_preserved(dataset: Dataset) -> None:
    query = """
        PREFIX gpg: <https://w3id.org/global-policing-goals/>
        PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?text (COUNT(?note) AS ?notes) WHERE {
          VALUES ?element { gpg:objective-1.6 gpg:goal-7 }
          ?element gpgo:officialText ?text ; skos:editorialNote ?note
          FILTER (LANG(?note) IN ("en", "fr")) } GROUP BY ?text ORDER BY ?text"""
    garbled, misprinted = rows(dataset, query)

    assert garbled[0].endswith("contre la désinformation et à la désinformation.")
    assert "PRÉJUDICIALES" in misprinted[0]
    assert garbled[1] == misprinted[1] == "2"


def test_the_build_refuses_a_text_that_is_not_exact(draft: Draft) -> None:
    store = draft.store.__class__()
    store.extend(draft.store)
    store.update("""
        PREFIX gpg: <https://w3id.org/global-policing-goals/>
        PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
        DELETE WHERE { GRAPH ?g { gpg:goal-2 gpgo:officialText ?t } };
        INSERT DATA {
          GRAPH gpg:graph-core { gpg:goal-2 gpgo:officialText "FAVORISER LA SÉCURITÉ DES FRONTIERES"@fr }
        }""")

    with pytest.raises(SourceError, match=r"goals.ttl: gpg:goal-2 does not quote line 58 .* exactly.* FAVORISER LA"):
        check_quotations(draft.sources, store)
