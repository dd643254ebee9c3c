"""Language negotiation, gettext, and locale formatting.

/fr/… is in French, and its links stay there. Without such a prefix, the language that the reader chose last decides (a
cookie that site.js writes), else the Accept-Language header (RFC 9110, 12.5.4). The words of the interface are in
translations/ (gettext), those of the graph in the graph.
"""

import datetime
import io
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations
from flask import Flask, Response, has_request_context, render_template, request, url_for
from werkzeug.http import parse_cookie

from policing_goals.errors import Message
from policing_goals.languages import LANGUAGES
from policing_goals.settings import PACKAGE
from policing_goals.web.http.headers import meta_policy
from policing_goals.web.http.negotiation import MAX_HEADER
from policing_goals.web.http.static_export import has_address, is_static

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DEFAULT = "en"
COOKIE = "language"
RIGHT_TO_LEFT = {"ar"}
NAMES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
DIRECTORY = PACKAGE / "translations"
# Keys of the WSGI environment: the language of the path, and the root of the site without it.
PATH_LANGUAGE = "policing_goals.language"
ROOT_PATH = "policing_goals.script_name"


class LanguagePrefix:
    """Middleware that takes a language off the beginning of the path."""

    def __init__(self, site: "WSGIApplication") -> None:
        self._site = site

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Move the language from the path to the script name, so that the site's addresses keep it."""
        first, slash, rest = environ["PATH_INFO"].removeprefix("/").partition("/")
        if first not in LANGUAGES:
            return self._site(environ, start_response)
        root = environ.get("SCRIPT_NAME", "")
        if not slash:
            start_response("308 Permanent Redirect", [("Location", f"{root}/{first}/"), ("Content-Length", "0")])
            return [b""]
        inside = {"SCRIPT_NAME": f"{root}/{first}", "PATH_INFO": f"/{rest}", PATH_LANGUAGE: first, ROOT_PATH: root}
        return self._site({**environ, **inside}, start_response)


def language() -> str:
    """The language of the current page."""
    if not has_request_context():
        return DEFAULT
    chosen = request.environ.get(PATH_LANGUAGE) or language_cookie(request.headers.get("Cookie", ""))
    # A longer header takes seconds to parse, and no real client sends one.
    if chosen or len(request.headers.get("Accept-Language", "")) > MAX_HEADER:
        return str(chosen or DEFAULT)
    return str(request.accept_languages.best_match(LANGUAGES, DEFAULT))


def language_cookie(cookies: str) -> str:
    """The language in the Cookie header of a request, empty if there is none."""
    # Most requests have none, and the page cache looks for it in each.
    try:
        chosen = parse_cookie(cookies).get(COOKIE, "") if COOKIE in cookies else ""
    except UnicodeDecodeError:
        return ""  # A cookie of somebody else in another encoding.
    return chosen if chosen in LANGUAGES else ""


def install_languages(app: Flask) -> None:
    """Let the pages of an application be in four languages."""
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]
    install_gettext(app)
    app.after_request(_set_content_language)


def install_gettext(app: Flask) -> None:
    """Give the templates of an application the translations, and each language's format of numbers and dates."""
    catalogues = {each: translations(each) for each in LANGUAGES}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: catalogues[language()].gettext(text),
        lambda one, many, number: catalogues[language()].ngettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        language=language,
        direction=lambda: "rtl" if language() in RIGHT_TO_LEFT else "ltr",
        languages=NAMES,
        localized_url=localized_url,
        unlocalized_url=unlocalized_url,
        unlocalized_page=unlocalized_page,
        site_root=site_root,
        is_static=is_static,
        has_address=has_address,
        content_policy=lambda: meta_policy(request.path),
        default_language=DEFAULT,
        number=local_number,
        translated=translated,
        percent=lambda value: format_percent(value, locale=language()),
        month=lambda value: format_skeleton("yMMMM", datetime.date.fromisoformat(f"{value}-01"), locale=language()),
        date=lambda value: format_date(datetime.date.fromisoformat(value), "long", locale=language()),
    )


def local_number(value: float) -> str:
    """A number as the language of the current page writes it."""
    return format_decimal(value, locale=language())


def translated(said: Message | str) -> str:
    """A message in the language of the current page; empty where there is no translation."""
    template = said.template if isinstance(said, Message) else said
    found = translations(language()).gettext(template)
    if found == template:
        return ""
    values = said.values if isinstance(said, Message) else {}
    return str(found).format_map({name: _in_language(value) for name, value in values.items()})


def _in_language(value: object) -> str:
    return (translated(value) if isinstance(value, Message | str) else "") or str(value)


def localized_url(other: str, endpoint: str = "", **values: Any) -> str:  # noqa: ANN401  # as url_for takes them
    """The address of an endpoint, or else of the current page, in another language."""
    if endpoint:
        return f"{_root()}/{other}{url_for(endpoint, **values).removeprefix(request.script_root)}"
    query = request.query_string.decode("latin-1")
    return f"{_root()}/{other}{request.path}{'?' if query else ''}{query}"


def unlocalized_page() -> str:
    """The address of the current page without a language, which shows it in the reader's."""
    query = request.query_string.decode("latin-1")
    return f"{_root()}{request.path}{'?' if query else ''}{query}"


def site_root() -> str:
    """Scheme and host of the current page; empty for static files, whose host is not known."""
    return "" if is_static() else request.host_url.rstrip("/")


def unlocalized_url(endpoint: str, **values: Any) -> str:  # noqa: ANN401  # as url_for takes them
    """The address of an endpoint that has no language, such as a style sheet."""
    return _root() + url_for(endpoint, **values).removeprefix(request.script_root)


def render_standalone(template: str, **values: object) -> str:
    """Render a template with its style sheet inlined, outside a request."""
    app = Flask("policing_goals")
    install_gettext(app)
    with app.test_request_context(), app.open_resource("static/site.css", encoding="utf-8", mode="r") as style:
        return render_template(template, style=str(style.read()), **values)


@lru_cache
def translations(name: str) -> Translations:
    """The words of the interface in a language."""
    path = DIRECTORY / f"{name}.po"
    if not path.exists():
        # The words of the templates are English.
        return Translations()
    with path.open("rb") as file, io.BytesIO() as compiled:
        write_mo(compiled, read_po(file, locale=name))
        compiled.seek(0)
        return Translations(compiled)


def _root() -> str:
    return str(request.environ.get(ROOT_PATH, request.script_root))


def _set_content_language(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = language()
        if PATH_LANGUAGE not in request.environ:
            response.vary.update(("Accept-Language", "Cookie"))
    return response
