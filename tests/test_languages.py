"""A language range gives the language of ours that it names (RFC 4647, section 3.4)."""

import pytest
from flask.testing import FlaskClient

from policing_goals.languages import lookup


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("fr", "fr"), ("fr-CA", "fr"), ("FR", "fr"), ("es-419", "es"), ("ar-Arab-EG", "ar"), ("de", None),
        ("x-fr", None), ("", None), ("-", None), ("frx", None),
    ],
)  # fmt: skip
def test_subtags_are_left_out_from_the_end(tag: str, language: str | None) -> None:
    assert lookup(tag) == language


def test_search_takes_a_range_and_refuses_another_language_with_the_list(client: FlaskClient) -> None:
    json = {"Accept": "application/json"}
    refused = client.get("/search?q=terrorism&lang=de", headers=json)
    ranged, plain = (client.get(f"/search?q=terrorisme&lang={tag}", headers=json) for tag in ("fr-CA", "fr"))

    assert ranged.get_json() == plain.get_json()
    assert refused.status_code == 400
    assert "en, fr, es, ar" in refused.get_json()["detail"]
