"""What search and reconciliation start from, as a file of the snapshot: changes when they start from something else.

The build reads the corpus and finds the stem of each of its words; that is most of the work.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from policing_goals.finding.corpus import FACETS, Corpus, Text, Thing
from policing_goals.finding.words import Words


def dump_index(corpus: Corpus) -> str:
    """A corpus with the stems of its words as JSON, the same text for the same corpus."""
    words = Words()
    for text in corpus.texts:
        words.learn(text.text, text.language)
    kept = {
        "things": {iri: _plain(thing) for iri, thing in corpus.things.items()},
        "texts": [[text.iri, text.language, text.field, text.text] for text in corpus.texts],
        "stems": words.known(),
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) + "\n"


def load_index(content: bytes) -> tuple[Corpus, Words]:
    """The corpus that was dumped, and words that know its stems."""
    kept = json.loads(content)
    things = {iri: _thing(fields) for iri, fields in kept["things"].items()}
    return Corpus(things, tuple(Text(*fields) for fields in kept["texts"])), Words(kept["stems"])


def _plain(thing: Thing) -> dict[str, Any]:
    return {**asdict(thing), "facets": {facet: sorted(thing.facets[facet]) for facet in FACETS if thing.facets[facet]}}


def _thing(fields: Mapping[str, Any]) -> Thing:
    facets = {facet: frozenset(fields["facets"].get(facet, ())) for facet in FACETS}
    return Thing(fields["kind"], fields["labels"], fields["definitions"], facets)
