"""Query strings are read as the standard library reads them, only faster."""

from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policing_goals.errors import BadRequest
from policing_goals.web.http.messages import parse_fields

NAMES = st.text(max_size=20)


@given(st.lists(st.tuples(NAMES, st.text(max_size=200))))
def test_what_is_encoded_comes_back(fields: list[tuple[str, str]]) -> None:
    assert parse_fields(urlencode(fields)) == fields


@given(st.text(alphabet="=%&+;3DdfF0 aé\n\r\t_?#\\", max_size=40))
def test_anything_is_read_as_the_standard_library_reads_it(text: str) -> None:
    try:
        expected = parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(BadRequest):
            parse_fields(text)
        return

    assert parse_fields(text) == expected


@pytest.mark.parametrize("value", ["a b", "a+b", "100%", "=", "==", "a=b=c", "\r\n", "\t \n", "=\n", "_", "é", "%41"])
def test_a_value_survives(value: str) -> None:
    assert parse_fields("query=" + quote_plus(value)) == [("query", value)]
