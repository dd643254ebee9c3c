"""Documents made to take all memory or time are refused by a limit that the refusal names; honest ones are read."""

import resource
import time
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPMessage
from io import BytesIO
from pathlib import Path
from urllib.request import Request

import pytest
from pyoxigraph import RdfFormat

from policing_goals.builder.imports.downloading import _Redirects
from policing_goals.builder.imports.limits import ImportLimits
from policing_goals.builder.imports.nesting import check_nesting
from policing_goals.builder.imports.reading import Import, read_import
from policing_goals.errors import SourceError

GRAPH = "http://example.org/graph"
S, P = "<http://example.org/s>", "<http://example.org/p>"
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://example.org/">'
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 20}">' for n in range(9))
BOMB = f'<?xml version="1.0"?><!DOCTYPE r [{ENTITIES}]>{RDF}<e:T><e:p>&e8;</e:p></e:T></rdf:RDF>'
DEEP = {
    "nested objects": (".jsonld", '{"http://example.org/p":' * 35_000 + '"x"' + "}" * 35_000),
    "nested arrays": (".jsonld", '{"@id":"http://example.org/s","http://example.org/p":' + "[" * 10_000),
    "nested collections": (".ttl", f"{S} {P} " + "(" * 200_000 + ")" * 200_000 + " ."),
    "nested blank nodes": (".ttl", f"{S} {P} " + f"[{P} " * 20_000 + "1" + "]" * 20_000 + " ."),
    "nested triple terms": (".nt", f"{S} {P} " + f"<<( {S} {P} " * 20_000 + f"{S}" + " )>>" * 20_000 + " .\n"),
    "nested elements": (".rdf", RDF + "<e:T><e:p>" * 20_000 + "</e:p></e:T>" * 20_000 + "</rdf:RDF>"),
}
# More than the free memory that a child may inherit.
FLAT = f"{S} {P} (" + "1 " * 600_000 + ") ."
TINY = ImportLimits(memory=24)


def read(directory: Path, suffix: str, text: str, limits: ImportLimits | None = None) -> Import:
    path = directory / f"document{suffix}"
    path.write_text(text, "utf-8")
    return read_import(str(path), GRAPH, directory, lambda *_: None, limits)


@pytest.mark.parametrize(("suffix", "text"), DEEP.values(), ids=DEEP)
def test_a_document_that_nests_deeply_is_refused_with_its_line(suffix: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"document\.\w+:1: it nests deeper than 100 levels.*--max-depth"):
        read(tmp_path, suffix, text)


@pytest.mark.parametrize("name", ["nested objects", "nested arrays", "nested triple terms"])
def test_one_that_overcomes_the_parser_is_refused_too(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"MiB of memory|too deeply|does not parse"):
        read(tmp_path, *DEEP[name], replace(TINY, depth=10**9))


def test_xml_entities_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"document\.rdf:1: it declares the XML entity e0.*Convert it to Turtle"):
        read(tmp_path, ".rdf", BOMB)


@pytest.fixture(autouse=True)
def backtraces(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which Rust prints backtraces, which takes memory."""
    monkeypatch.setenv("RUST_BACKTRACE", "1")


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (TINY, "more than 24 MiB of memory.*--max-memory"),
        (ImportLimits(statements=1000), "more than 1000 statements.*--max-statements"),
    ],
)
def test_a_document_that_needs_more_than_its_limit_is_refused(limits: ImportLimits, says: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=says):
        read(tmp_path, ".ttl", FLAT, limits)


def test_a_document_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    # The time that the parser takes for nested elements grows with the square of their depth.
    text = RDF + "<e:T><e:p>" * 40_000 + "</e:p></e:T>" * 40_000 + "</rdf:RDF>"

    with pytest.raises(SourceError, match=r"more than 1 seconds of CPU time.*--max-seconds"):
        read(tmp_path, ".rdf", text, ImportLimits(seconds=1, depth=10**9))


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.nt"
    with path.open("wb") as file:
        file.truncate(3 * 2**30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(SourceError, match=r"larger than 1 MiB.*--max-size"):
        read_import(str(path), GRAPH, tmp_path, lambda *_: None, ImportLimits(size=1))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_an_honest_document_is_read_whole_with_its_progress(tmp_path: Path) -> None:
    path = tmp_path / "honest.nt"
    path.write_text("".join(f'{S} {P} "number {number} (of [many" .\n' for number in range(50_000)), "utf-8")
    told: list[tuple[int, int]] = []
    found = read_import(str(path), GRAPH, tmp_path, lambda *step: told.append(step))

    assert found.statements == 50_000
    assert sum(read for read, _ in told) == path.stat().st_size
    assert {whole for _, whole in told} == {path.stat().st_size}
    assert len(told) > 5


@pytest.mark.parametrize(
    "text",
    [
        f'{S} {P} """' + "([{" * 1000 + f'""" , "{"(" * 500}" , <http://example.org/((((((> . # ' + "(" * 500,
        f"{S} {P} '''" + "([{'" * 1000 + "x''' .",
        "".join(f"{S} {P} ( 1 2 [ {P} ( {n} ) ] ) .\n" for n in range(500)),
    ],
)
def test_brackets_in_texts_and_beside_one_another_do_not_nest(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, ".ttl", text).statements


def test_a_redirect_to_a_scheme_without_encryption_is_refused() -> None:
    redirects, secure = _Redirects(), Request("https://example.org/a")

    with pytest.raises(OSError, match="redirects from https to http:"):
        redirects.redirect_request(secure, BytesIO(), 302, "Found", HTTPMessage(), "http://example.org/b")
    for address in ("http://example.org/b", "https://example.org/b"):
        plain = Request("http://example.org/a")
        followed = redirects.redirect_request(plain, BytesIO(), 302, "Found", HTTPMessage(), address)
        assert followed is not None
        assert followed.full_url == address


@pytest.mark.parametrize("piece", ['"', "'", '\\"', '"\\', "<", '"""\\a', "'''", '"""a"', "("])
def test_the_nesting_of_a_text_is_found_in_linear_time(piece: str, tmp_path: Path) -> None:
    def seconds(times: int) -> float:
        (tmp_path / "x").write_text(piece * times)
        return min(once() for _ in range(3))

    def once() -> float:
        begun = time.process_time()
        with suppress(SourceError):
            check_nesting("x", tmp_path / "x", RdfFormat.TURTLE, 10**9)
        return time.process_time() - begun

    # Twice as long, so twice the time; a square would be four times: an hour.
    assert seconds(200_000) < 6 * max(seconds(100_000), 0.001)


@pytest.mark.parametrize("text", ['"' + "\\a" * 400_000, '"""' + "\\a" * 400_000, '"\\' * 400_000])
def test_the_nesting_of_a_text_full_of_escapes_is_found_without_a_copy(text: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text)
    tracemalloc.start()
    check_nesting("x", tmp_path / "x", RdfFormat.TURTLE, 100)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < len(text) / 10


@pytest.mark.parametrize("escaped", [r'"\\"', r'"\""', r"'\''", r'"""\""""', r'"""\\"""', r"e:\#"])
def test_brackets_after_an_escape_are_counted(escaped: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(f"{escaped} " + "(" * 101)

    with pytest.raises(SourceError, match="x:1: it nests deeper than 100 levels"):
        check_nesting("x", tmp_path / "x", RdfFormat.TURTLE, 100)
