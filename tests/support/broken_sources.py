"""Ways to break a source, and what the refusal of each must say."""

import re
from collections.abc import Callable
from dataclasses import dataclass

LINKS = "data/links/sdg.sssom.tsv"
READINGS = "data/links/sdg.readings.tsv"


def replaced(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def substituted(pattern: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert re.search(pattern, text, flags=re.MULTILINE | re.DOTALL)
        return re.sub(pattern, new, text, count=1, flags=re.MULTILINE | re.DOTALL)

    return edit


@dataclass(frozen=True)
class BrokenSource:
    """One way to break a file, and what the refusal must say: where, the fault, and the fix."""

    file: str
    edit: Callable[[str], str]
    says: tuple[str, ...]


LINK = r"^(gpg:link-objective-6.3-sdg-16.4\t.*?)"
GOAL_LINK = r"^gpg:link-goal-6-sdg-16.4\t(.*?)\tsdg:16.4\t"
NAMED_LINK = r"^gpg:link-objective-6.3-sdg-16.4\t(.*?)\tsdg:16.4\t"
BROKEN_SOURCES = {
    "broken Turtle": BrokenSource(
        "data/goals.ttl",
        replaced('skos:notation "G1.2"^^gpgo:Code ;', 'skos:notation "G1.2"^^gpgo:Code'),
        ("data/goals.ttl:41", "broken Turtle", "Fix the statement"),
    ),
    "an unknown prefix": BrokenSource(
        "data/goals.ttl",
        replaced("@prefix gpg: <https://w3id.org/global-policing-goals/>", "@prefix gpg: <http://example.org/>"),
        ("data/goals.ttl:2", "prefix gpg: <http://example.org/>", "Make them agree"),
    ),
    "a blank node": BrokenSource(
        "data/sources.ttl",
        replaced("spdx:checksum gpg:source-2023-fr-checksum", 'spdx:checksum [ rdfs:label "none"@en ]'),
        ("data/sources.ttl", "blank node", "Give it an IRI"),
    ),
    "a missing tab": BrokenSource(
        LINKS,
        substituted(LINK + r"\tgpgo:supports\t", r"\1 gpgo:supports\t"),
        (f"{LINKS}:", "24 cells, but there are 25 columns", "missing or an extra tab"),
    ),
    "a wrong confidence": BrokenSource(
        LINKS,
        substituted(LINK + r"\t0\.95\tgpg:project", r"\1\t1.4\tgpg:project"),
        (f"{LINKS}:", "confidence 1.4 is not from 0.5 to 1", "Correct it"),
    ),
    "a confidence in words": BrokenSource(
        LINKS,
        substituted(LINK + r"\t0\.95\tgpg:project", r"\1\thigh\tgpg:project"),
        (f"{LINKS}:", "'high' is not a number", "from 0.5 to 1"),
    ),
    "a weak link": BrokenSource(
        LINKS,
        substituted(LINK + r"\t0\.95\tgpg:project", r"\1\t0.45\tgpg:project"),
        (f"{LINKS}:", "confidence 0.45", "a weaker link is not published"),
    ),
    "a target that does not exist": BrokenSource(
        LINKS,
        substituted(NAMED_LINK, r"gpg:link-objective-6.3-sdg-17.20\t\1\tsdg:17.20\t"),
        (f"{LINKS}:", "sdg:17.20 in the column object_id does not exist", "data/sdg-index.ttl"),
    ),
    "https for http": BrokenSource(
        LINKS,
        replaced("#  sdg: http://metadata.un.org/sdg/", "#  sdg: https://metadata.un.org/sdg/"),
        (f"{LINKS}:1", "https://metadata.un.org/sdg/", "Make them agree"),
    ),
    "an https target": BrokenSource(
        LINKS,
        substituted(LINK + r"\tsdg:16.4\t", r"\1\thttps://metadata.un.org/sdg/16.4\t"),
        (f"{LINKS}:", "'https://metadata.un.org/sdg/16.4'", "Write a CURIE"),
    ),
    "a link to an indicator": BrokenSource(
        LINKS,
        substituted(GOAL_LINK, r"gpg:link-goal-6-sdg-C160401\t\1\tsdg:C160401\t"),
        (f"{LINKS}:", "does not say which words make a link to C160401", "Add a row"),
    ),
    "a confidence that is no number": BrokenSource(
        LINKS,
        substituted(LINK + r"\t0\.95\tgpg:project", r"\1\tNaN\tgpg:project"),
        (f"{LINKS}:", "confidence NaN is not from 0.5 to 1"),
    ),
    "a label that the link table does not follow": BrokenSource(
        "data/labels/en.ttl",
        replaced(
            'gpg:goal-2 skos:prefLabel "Promoting border security worldwide"',
            'gpg:goal-2 skos:prefLabel "Secure borders"',
        ),
        (
            f"{LINKS}:",
            "'Promoting border security worldwide', but the English label of gpg:goal-2 is 'Secure borders'",
            "Replace it",
        ),
    ),
    "words that the text does not have": BrokenSource(
        LINKS,
        replaced("(“groupes criminels organisés”) name", "(“groupes criminels organisés”, “groupes inventés”) name"),
        (f"{LINKS}:", "quotes 'groupes inventés', which gpg:objective-6.3 do not say", "Quote the text exactly"),
    ),
    "a rationale without words": BrokenSource(
        LINKS,
        replaced("“organized criminal groups” (“groupes criminels organisés”) name", "of the sentence name"),
        (f"{LINKS}:", "the comment quotes no words of gpg:objective-6.3", "“…” in English"),
    ),
    "evidence that is not quoted": BrokenSource(
        LINKS,
        substituted(LINK + r"\tgpg:objective-6\.3\t\t", r"\1\tgpg:objective-6.3|gpg:objective-6.1\t\t"),
        (f"{LINKS}:", "the comment quotes no words of gpg:objective-6.1", "Quote the French words"),
    ),
    "a strength that the codebook does not give this confidence": BrokenSource(
        LINKS,
        substituted(LINK + r"\tgpg:strength-direct\t", r"\1\tgpg:strength-indirect\t"),
        (f"{LINKS}:", "the link is indirect with a confidence of 0.95", "indirect 0.7"),
    ),
    "a figure that no words of the codebook earn": BrokenSource(
        LINKS,
        substituted(LINK + r"\t0\.95\tgpg:project", r"\1\t0.9\tgpg:project"),
        (f"{LINKS}:", "the link is direct with a confidence of 0.9,", "Choose from direct 0.95"),
    ),
    "a target that the codebook does not have": BrokenSource(
        LINKS,
        substituted(
            NAMED_LINK + r"[^\t]*", r"gpg:link-objective-6.3-sdg-2.1\t\1\tsdg:2.1\tSafe and sufficient food for all"
        ),
        (f"{LINKS}:", "does not say which words make a link to 2.1", "Add a row"),
    ),
    "a target whose words earn another figure": BrokenSource(
        "data/links/README.md",
        substituted(r"^(\| 8\.7 \|[^|]*\|) human trafficking ", r"\1 "),
        (f"{LINKS}:", "no words make a link to 8.7 with 0.95"),
    ),
    "a codebook without its table": BrokenSource(
        "data/links/README.md",
        replaced("| Target |", "| Goal |"),
        ("data/links/README.md", "no table whose first column is Target", "Restore it"),
    ),
    "a reading of a strength that there is not": BrokenSource(
        READINGS, replaced("\tdirect\t0.95", "\tstrong\t0.95"), (f"{READINGS}:3", "'strong'", "direct or indirect")
    ),
    "a reading that the link does not follow": BrokenSource(
        READINGS,
        substituted(r"^(gpg:objective-6\.3\tsdg:16\.4\t.*?)\tdirect\t$", r"\1\tindirect\t"),
        (f"{READINGS}:", "were settled as indirect, but the link table has direct", "agree"),
    ),
    "a difference without a reason": BrokenSource(
        READINGS, substituted(r"\tDocument and identity[^\n]*", r"\t"), (f"{READINGS}:", "none for a difference")
    ),
    "a link that nobody settled": BrokenSource(
        READINGS,
        substituted(r"^gpg:objective-6\.3\tsdg:16\.4\t[^\n]*\n", ""),
        (f"{LINKS}:", "does not say how it was settled", "Add the pair"),
    ),
    "a link named otherwise": BrokenSource(
        LINKS,
        replaced("gpg:link-objective-6.3-sdg-16.4\t", "gpg:link-objective-6.3-16.4\t"),
        (f"{LINKS}:", "It should be gpg:link-objective-6.3-sdg-16.4"),
    ),
    "a link twice": BrokenSource(
        LINKS,
        substituted(r"^(gpg:link-objective-6.3-sdg-16.4\t[^\n]*\n)", r"\1\1"),
        (f"{LINKS}:", "is there twice", "Merge the rows"),
    ),
    "a missing column": BrokenSource(
        LINKS, replaced("\text_basis\t", "\tbasis\t"), (f"{LINKS}:", "the column ext_basis is missing", "Expected:")
    ),
    "a broken metadata block": BrokenSource(
        LINKS, replaced("#curie_map:", "#curie_map: ["), (f"{LINKS}:", "broken YAML", "Fix it")
    ),
    "no licence": BrokenSource(LINKS, substituted(r"^#license:[^\n]*\n", ""), (f"{LINKS}:1", "no license", "Add it")),
    "a deleted bullet": BrokenSource(
        "data/goals.ttl",
        substituted(r"^gpg:objective-7\.6 a .*?scheme-goals \.\n", ""),
        ("data/goals.ttl", "37 instances of gpgo:Objective, but the source has 38", "Restore", "shape:element-totals"),
    ),
    "a doubled position": BrokenSource(
        "data/goals.ttl",
        substituted(r"(^gpg:objective-1\.6 a .*?gpgo:position )6", r"\g<1>5"),
        ("data/goals.ttl:70", "gpg:objective-1.6", "The position is 5, but the IRI requires 6", "may not share"),
    ),
    "an unlabelled concept": BrokenSource(
        "data/labels/en.ttl",
        substituted(r'^gpg:goal-3 skos:prefLabel "[^"]*"@en ;\n +', "gpg:goal-3 "),
        (
            "gpg:goal-3",
            "It has skos:prefLabel, but not in en. Give it in en, fr, es and ar.",
            "shape:four-languages",
        ),
    ),
    "a changed quotation": BrokenSource(
        "data/themes.ttl",
        replaced("Faciliter la mise en place et le déploiement de", "Faciliter le déploiement de"),
        (
            "data/labels/fr.ttl:",
            "gpg:commitment-2.9",
            "Repeat it word for word",
            "shape:element-definition-repeats-text",
        ),
    ),
    "a changed quotation and definition": BrokenSource(
        "data/goals.ttl",
        replaced('"FAVORISER LA SÉCURITÉ DES FRONTIÈRES DANS', '"Favoriser la SÉCURITÉ DES FRONTIÈRES DANS'),
        ("data/goals.ttl", "gpg:goal-2 does not quote line 58", "FAVORISER LA SÉCURITÉ"),
    ),
    "a changed source": BrokenSource(
        "data/source/interpol-global-policing-goals-2023-fr.txt",
        replaced("désinformation et à la désinformation", "désinformation"),
        ("data/source/", "SHA-256", "Restore the file"),
    ),
    "a file that is not UTF-8": BrokenSource(
        "data/links/sdg.readings.tsv", lambda text: "\x00é", ("data/links/sdg.readings.tsv:1", "not UTF-8", "Save")
    ),
    "a broken rule": BrokenSource(
        "ontology/rules/inverse.rq", replaced("WHERE {", "WHERE"), ("ontology/rules/inverse.rq", "broken rule", "Fix")
    ),
    "a rule about other people's IRIs": BrokenSource(
        "ontology/rules/theme-underpins-goal.rq",
        replaced(
            "CONSTRUCT { ?theme gpgo:underpins ?goal }", "CONSTRUCT { <http://example.org/x> gpgo:underpins ?goal }"
        ),
        ("theme-underpins-goal.rq", "<http://example.org/x>, which is not ours", "Filter"),
    ),
    "a rule that is a SELECT": BrokenSource(
        "ontology/rules/theme-underpins-goal.rq",
        replaced("CONSTRUCT { ?theme gpgo:underpins ?goal }", "SELECT *"),
        ("theme-underpins-goal.rq", "not a CONSTRUCT", "write it as CONSTRUCT"),
    ),
    "a broken shape": BrokenSource(
        "shapes/skos.ttl", replaced("a sh:NodeShape ;", "a sh:NodeShape"), ("shapes/skos.ttl:", "broken Turtle", "Fix")
    ),
    "a query header without French": BrokenSource(
        "queries/goals.rq", replaced("#+   fr: Les sept", "#+   de: Les sept"), ("queries/goals.rq:1", "summary", "fr")
    ),
    "a query header with a stray field": BrokenSource(
        "queries/goals.rq", replaced("#+ tags:", "#+ tag:"), ("queries/goals.rq:1", "tag, tags", "It has")
    ),
    "a query in a group that there is not": BrokenSource(
        "queries/goals.rq",
        replaced("#+ group: start", "#+ group: begin"),
        ("queries/goals.rq:1", "begin", "groups.tsv"),
    ),
    "a federated query that does not parse": BrokenSource(
        "queries/wikidata-labels.rq", replaced("ORDER BY", "ORDR BY"), ("wikidata-labels.rq", "does not parse", "Fix")
    ),
    "a federated query that names another endpoint": BrokenSource(
        "queries/wikidata-labels.rq",
        replaced("SERVICE <https://query.", "SERVICE <https://other."),
        ("wikidata-labels.rq", "its text does not", "federates"),
    ),
    "a query that does not parse": BrokenSource(
        "queries/goals.rq", replaced("ORDER BY", "ORDR BY"), ("queries/goals.rq", "the query fails", "Fix the SPARQL")
    ),
    "a query whose columns are misdescribed": BrokenSource(
        "queries/goals.rq",
        replaced("#+   code:", "#+   notation:"),
        ("queries/goals.rq", "'notation'", "Make them agree"),
    ),
    "a parameter that changes nothing": BrokenSource(
        "queries/weakest-links.rq",
        replaced("?low < ?below", "?low < 0.6"),
        ("queries/weakest-links.rq", "below does not change the result", "Project it"),
    ),
    "a parameter of an unknown type": BrokenSource(
        "queries/weakest-links.rq",
        replaced("type: decimal", "type: number"),
        ("weakest-links.rq:1", "number"),
    ),
}
