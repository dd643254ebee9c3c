"""Frames between processes arrive complete, however they are split on the way."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policing_goals.engine import ipc
from policing_goals.engine.ipc import Frame, FrameDecoder
from policing_goals.engine.query_job import QueryJob, QueryResult, dump_error, dump_head, load_result
from policing_goals.errors import BadRequest, Position, QuerySyntaxError
from policing_goals.rdf.formats import Kind

FRAMES = st.lists(st.builds(Frame, st.binary(max_size=30), st.binary(max_size=80)), max_size=5)


@given(FRAMES, st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_frames_arrive_whole_and_in_order(sent: list[Frame], cuts: list[int]) -> None:
    content, inbox, heard = b"".join(map(ipc.pack_frame, sent)), FrameDecoder(), []
    while content:
        for cut in cuts:
            heard += inbox.feed(memoryview(content[:cut]))
            content = content[cut:]

    assert heard == sent


@given(FRAMES)
def test_a_stream_gives_them_one_by_one(sent: list[Frame]) -> None:
    stream = BytesIO(b"".join(map(ipc.pack_frame, sent)))

    assert [ipc.read_frame(stream) for _ in sent] == sent
    assert ipc.read_frame(stream) is None


@given(st.builds(QueryJob, st.text(), st.lists(st.text()).map(tuple), st.lists(st.text()).map(tuple)))
def test_a_job_comes_back(job: QueryJob) -> None:
    assert QueryJob.of(job.frame) == job


@pytest.mark.parametrize("text", ["\ud800", "\x00", "é\r\n", "😀"])
def test_any_text_of_a_query_comes_back(text: str) -> None:
    assert QueryJob.of(QueryJob(text).frame).text == text


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_an_answer_comes_back(kind: Kind, coding: str) -> None:
    answer = QueryResult(kind, b"body", None, coding)

    assert load_result(Frame(dump_head(answer), b"body"), []) == answer


def test_refusals_come_back() -> None:
    for error in (BadRequest("no"), QuerySyntaxError("no", Position(2, 3, "line")), QuerySyntaxError("no", None)):
        back = load_result(Frame(json.dumps(dump_error(error)).encode()), [])
        assert type(back) is type(error)
        assert str(back) == str(error)
