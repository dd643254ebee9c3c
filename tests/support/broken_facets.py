"""Ways to break facets, crosswalks and the organisation, and what the refusal of each must say."""

from tests.support.broken_sources import BrokenSource, replaced, substituted

FACETS = "data/facets.readings.tsv"
UNBIS = "data/links/unbis.sssom.tsv"
GEMET = "data/links/gemet.sssom.tsv"
ICCS = "data/links/iccs.tsv"
BRIBERY = "gpg:mapping-area-corruption-unbis-1000693\tgpg:area-corruption\tCorruption\tskos:narrowMatch\tunbis:1000693"
BROKEN_FACETS = {
    "words that the sentence does not have": BrokenSource(
        FACETS,
        replaced("\ttoutes les formes de terrorisme\t", "\ttous les terrorismes\t"),
        (f"{FACETS}:8", "gpg:objective-1.1 does not say 'tous les terrorismes'", "word for word"),
    ),
    "an element that does not exist": BrokenSource(
        FACETS,
        replaced("gpg:objective-1.1\tgpg:area-terrorism", "gpg:objective-1.7\tgpg:area-terrorism"),
        (f"{FACETS}:8", "gpg:objective-1.7 does not exist", "Name a goal"),
    ),
    "a concept of no facet": BrokenSource(
        FACETS,
        replaced("gpg:objective-1.1\tgpg:area-terrorism", "gpg:objective-1.1\tgpg:area-terorism"),
        (f"{FACETS}:8", "gpg:area-terorism is in no facet", "add it there first"),
    ),
    "an assignment twice": BrokenSource(
        FACETS,
        substituted(r"^(gpg:objective-1.1\tgpg:area-terrorism[^\n]*\n)", r"\1\1"),
        (f"{FACETS}:9", "gpg:area-terrorism is there twice for gpg:objective-1.1", "Merge"),
    ),
    "an outcome that is neither yes nor no": BrokenSource(
        FACETS,
        substituted(r"^(gpg:objective-1.1\tgpg:area-terrorism\t[^\n]*)yes\t$", r"\1maybe\t"),
        (f"{FACETS}:8", "yes, yes, maybe", "Write yes or no"),
    ),
    "a facet with no use": BrokenSource(
        FACETS,
        substituted(r"^[^\n]*\tgpg:capability-i-24-7\t([^\n]*)\tyes\t$", r""),
        (
            "data/capabilities.ttl:",
            "gpg:capability-i-24-7",
            "No sentence is indexed with it",
            "Remove it",
            "shape:facet-used",
        ),
    ),
    "a facet without a definition": BrokenSource(
        "data/labels/en.ttl",
        substituted(r'^(gpg:area-corruption .*?) ;\n    skos:definition "[^"]*"@en', r"\1"),
        ("gpg:area-corruption", "It has skos:definition, but not in en", "shape:four-languages"),
    ),
    "a duplicated label": BrokenSource(
        "data/labels/fr.ttl",
        substituted(r'^(gpg:area-identity-fraud skos:prefLabel )"[^"]*"', r'\1"Fraude documentaire"'),
        (
            "data/labels/fr.ttl:",
            "gpg:area-identity-fraud",
            "gpg:area-document-fraud",
            "same label",
            "shape:label-unique",
        ),
    ),
    "an IRI outside the declared namespaces": BrokenSource(
        UNBIS,
        replaced("\tunbis:1000693\t", "\thttp://metadata.un.org/thesaurus/1000693\t"),
        (f"{UNBIS}:", "'http://metadata.un.org/thesaurus/1000693' in the column object_id", "Write unbis:"),
    ),
    "an IRI of another vocabulary": BrokenSource(
        UNBIS,
        replaced("\tunbis:1000693\t", "\teurovoc:1000693\t"),
        (f"{UNBIS}:", "not in the namespace of this table", "<http://metadata.un.org/thesaurus/>"),
    ),
    "a namespace declared otherwise": BrokenSource(
        UNBIS,
        replaced("#  unbis: http://metadata.un.org/thesaurus/", "#  unbis: https://metadata.un.org/thesaurus/"),
        (f"{UNBIS}:1", "the prefix table has http://metadata.un.org/thesaurus/", "Make them agree"),
    ),
    "an unknown match type": BrokenSource(
        UNBIS,
        replaced(BRIBERY, BRIBERY.replace("narrowMatch", "narrowerMatch")),
        (f"{UNBIS}:", "skos:narrowerMatch is not a match type", "skos:narrowMatch"),
    ),
    "two exact matches in one vocabulary": BrokenSource(
        GEMET,
        substituted(r"skos:closeMatch\tgemet:14967", "skos:exactMatch\tgemet:14967"),
        (f"{GEMET}:", "two exact matches", "gemet:2797 and gemet:14967", "skos:closeMatch at most"),
    ),
    "a goal mapped as if it were a concept": BrokenSource(
        UNBIS,
        replaced(
            BRIBERY,
            BRIBERY.replace("area-corruption", "goal-5").replace(
                "\tCorruption\t", "\tTackling corruption and financial crime\t"
            ),
        ),
        (f"{UNBIS}:", "never mapped", "shape:mapping-concept"),
    ),
    "a mapping without the label seen at the source": BrokenSource(
        UNBIS, replaced("\tunbis:1000693\tBRIBERY\t", "\tunbis:1000693\t\t"), (f"{UNBIS}:", "object_label is empty")
    ),
    "a code that ICCS has not": BrokenSource(
        ICCS, replaced("\t0703\t", "\t703\t"), (f"{ICCS}:", "'703' is not a code of ICCS", "such as 0204")
    ),
    "a changed sentence": BrokenSource(
        "data/organisation.ttl",
        replaced("ses 195 pays membres", "ses 196 pays membres"),
        ("data/organisation.ttl", "quotation-member-countries", "not quoted exactly", "word for word"),
    ),
    "a number without a date": BrokenSource(
        "data/organisation.ttl",
        substituted(r'    schema:observationDate "[^"]*"\^\^xsd:gYearMonth ;\n', ""),
        ("data/organisation.ttl:", "gpg:observation-member-countries-2023", "Give the date of the value"),
    ),
    "a catalogue that disagrees with the data": BrokenSource(
        "data/catalogue.ttl",
        replaced("void:exampleResource gpg:goal-1", "void:triples 14817 ;\n    void:exampleResource gpg:goal-1"),
        ("data/catalogue.ttl", "void:triples", "14817", "gpg:dataset", "Remove it"),
    ),
    "a graph without a licence": BrokenSource(
        "data/sources.ttl",
        substituted(r"^(gpg:graph-facets a .*?)    dcterms:license <[^>]*> ;\n", r"\1"),
        ("data/", "gpg:graph-facets lacks a label, licence", "Describe it in data/sources.ttl"),
    ),
    "a concept above itself": BrokenSource(
        "data/crime-areas.ttl",
        replaced(
            "gpg:area-illicit-trade a gpgo:CrimeArea , skos:Concept ;\n    skos:topConceptOf gpg:scheme-crime-areas",
            "gpg:area-illicit-trade a gpgo:CrimeArea , skos:Concept ;\n    skos:broader gpg:area-drug-trafficking",
        ),
        ("data/crime-areas.ttl:", "gpg:area-illicit-trade", "broader than itself", "Remove one"),
    ),
}
