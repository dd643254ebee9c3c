"""The readings of the text by facet: each rests on words of its own sentence, and every concept has a use."""

import csv
from collections import Counter

import pytest

from server.engine.store import Dataset
from tests.conftest import ROOT
from tests.rows import pairs, rows

READINGS = list(
    csv.DictReader(
        (ROOT / "data/facets.readings.tsv").read_text("utf-8").splitlines(),
        delimiter="\t",
        quotechar=None,
        quoting=csv.QUOTE_NONE,
    )
)
GPG = "https://w3id.org/global-policing-goals/"
PREFIXES = f"PREFIX gpg: <{GPG}> PREFIX gpgo: <{GPG}ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
SCHEMES = {"area": "crime-areas", "action": "action-types", "actor": "actors", "capability": "capabilities"}


def iri(name: str) -> str:
    return name.replace("gpg:", GPG, 1)


def test_every_reading_quotes_the_sentence_that_it_reads(dataset: Dataset) -> None:
    texts = pairs(dataset, PREFIXES + "SELECT ?element ?text { ?element gpgo:officialText ?text }")

    assert len(READINGS) > 200
    assert [each for each in READINGS if each["words"] not in texts[iri(each["element"])]] == []


def test_every_reading_is_decided_and_made_once() -> None:
    made_of = Counter((each["element"], each["concept"]) for each in READINGS)

    assert made_of.most_common(1)[0][1] == 1
    for each in READINGS:
        made = {each["first_reading"], each["second_reading"]}
        assert made <= {"yes", "no"}
        assert "yes" in made
        assert each["settled"] in ("yes", "no")
        assert made != {"yes"} or each["settled"] == "yes"


@pytest.mark.parametrize("kind", SCHEMES)
def test_every_concept_is_used_or_has_a_narrower_one_that_is(kind: str, dataset: Dataset) -> None:
    query = PREFIXES + f"SELECT ?c {{ ?c skos:inScheme gpg:scheme-{SCHEMES[kind]} }}"
    concepts = {concept for (concept,) in rows(dataset, query)}
    used = {iri(each["concept"]) for each in READINGS if each["settled"] == "yes"}
    broader = rows(
        dataset, PREFIXES + f"SELECT ?n ?b {{ ?n skos:broader+ ?b ; skos:inScheme gpg:scheme-{SCHEMES[kind]} }}"
    )
    reached = used | {above for below, above in broader if below in used}

    assert concepts
    assert concepts <= reached
    assert {each for each in used if each.startswith(f"{GPG}{kind}-")} <= concepts
