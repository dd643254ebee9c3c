"""Ways to break a text in one of the four languages, and what the refusal of each must say."""

from tests.support.broken_sources import BrokenSource, replaced, substituted

ES, AR = "data/labels/es.ttl", "data/labels/ar.ttl"
BROKEN_LANGUAGES = {
    "a missing language": BrokenSource(
        AR,
        substituted(r'^(gpg:objective-5\.2 skos:prefLabel .*?) ;\n    skos:definition "[^"]*"@ar', r"\1"),
        ("data/labels/en.ttl:", "gpg:objective-5.2: It has skos:definition, but not in ar", "Give it in"),
    ),
    "a missing language of something that is no concept": BrokenSource(
        ES,
        substituted(r'^(gpg:scheme-actors .*?)    skos:historyNote "[^"]*"@es ;\n', r"\1"),
        ("data/labels/en.ttl:", "gpg:scheme-actors: It has skos:historyNote, but not in es", "Give it in"),
    ),
    "a doubled language": BrokenSource(
        ES,
        substituted(
            r"^gpg:goal-3 skos:prefLabel", 'gpg:goal-3 skos:prefLabel "Otra etiqueta"@es ;\n    skos:prefLabel'
        ),
        ("data/labels/", "gpg:goal-3: Give one preferred label per language"),
    ),
    "an untranslated copy": BrokenSource(
        ES,
        substituted(r'^(gpg:goal-3 skos:prefLabel ")[^"]*', r"\1Protection des groupes vulnérables"),
        (f"{ES}:", "gpg:goal-3: The text in es is a copy of the one in fr", "Translate it"),
    ),
    "a glossary term rendered otherwise": BrokenSource(
        ES,
        substituted(r"^(gpg:objective-3\.2 .*?)buenas prácticas", r"\1mafia"),
        (
            f"{ES}:",
            "gpg:objective-3.2: The French has “bonne pratique”",
            "buena práctica",
            "glossary.tsv:",
        ),
    ),
    "a label of more than 80 characters": BrokenSource(
        AR,
        substituted(r'^(gpg:goal-3 skos:prefLabel ")[^"]*', rf"\1{'حماية ' * 14}حماية"),
        (f"{AR}:", "gpg:goal-3: Give one preferred label per language", "1 to 80 characters"),
    ),
    "a Latin comma in an Arabic text": BrokenSource(
        AR,
        substituted(r"^(gpg:objective-1\.1 [^،]*?)،", r"\1,"),
        (f"{AR}:", "gpg:objective-1.1: An Arabic text has a Latin comma", "Replace it with ،"),
    ),
    "a stray space": BrokenSource(
        ES, replaced("en mayor medida", "en mayor  medida"), (f"{ES}:", "two in a row", "Remove it")
    ),
    "a glossary without a rendering": BrokenSource(
        "data/glossary.tsv",
        substituted(r"^(application de la loi\t[^\t]*\t)law enforcement", r"\1"),
        ("data/glossary.tsv:2", "the column en is empty"),
    ),
}
