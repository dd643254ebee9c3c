"""The languages of the graph and of the site.

A new language also needs data/labels/, translations/, shapes/languages.ttl, and the tables of search/analysis.py,
search/term_matcher.py and web/http/i18n.py.
"""

LANGUAGES = ("en", "fr", "es", "ar")
# The languages to try for a reader whose own language has no text. The source is in French.
FALLBACK = ("en", "fr", "")


def lookup(tag: str) -> str | None:
    """The language of ours that a language range names, fr for fr-CA (RFC 4647, section 3.4); None for any other."""
    wanted = tag.strip().lower()
    while wanted and wanted not in LANGUAGES:
        wanted = wanted.rpartition("-")[0]
    return wanted or None
