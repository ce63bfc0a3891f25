"""Text of every known format and view; the fast path over columns equals the rows' own."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import DataError, ParameterError, SignalError, UnknownNameError
from cribble.data import open_rows
from cribble.data.text import VIEWS

TURNS = [
    {"role": "system", "content": "S"},
    {"role": "user", "content": "U1"},
    {"role": "assistant", "content": "A1"},
    {"role": "user", "content": "U2"},
    {"role": "assistant", "content": "A2"},
]
SHARED = [
    {
        "from": {"user": "human", "assistant": "gpt"}.get(turn["role"], "system"),
        "value": turn["content"],
    }
    for turn in TURNS
]


def texts(source, *args, **options):
    return [text for block in open_rows(source).text_blocks(*args, **options) for text in block]


CHAT = {
    "full": "S\nU1\nA1\nU2\nA2",
    "first_user": "U1",
    "all_user": "U1\nU2",
    "assistant": "A1\nA2",
}
ASKED = {"full": "Q\nC\nA", "first_user": "Q\nC", "all_user": "Q\nC", "assistant": "A"}
PLAIN = {"full": "Q\nA", "first_user": "Q", "all_user": "Q", "assistant": "A"}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("record", "format", "expected"),
    [
        ({"messages": TURNS}, "messages", CHAT),
        ({"messages": json.dumps(TURNS)}, "messages", CHAT),
        ({"conversations": SHARED}, "conversations", CHAT),
        ({"prompt": "Q", "completion": "A"}, "prompt/completion", PLAIN),
        ({"prompt": TURNS[:4], "completion": TURNS[4:]}, "prompt/completion", CHAT),
        ({"instruction": "Q", "input": "C", "output": "A"}, "instruction", ASKED),
        ({"instruction": "Q", "input": "", "output": "A"}, "instruction", PLAIN),
        ({"instruction": "Q", "input": None, "output": "A"}, "instruction", PLAIN),
        ({"question": "Q", "answer": "A"}, "question/answer", PLAIN),
        ({"id": 1, "text": "T"}, "text", dict.fromkeys(VIEWS, "T")),
        ({"text": ""}, "text", dict.fromkeys(VIEWS, "")),
        ({"messages": None, "text": "T"}, "text", dict.fromkeys(VIEWS, "T")),
    ],
)
def test_formats(view, record, format, expected):
    for source in ([record], pa.Table.from_pylist([record])):
        assert open_rows(source).text_format == format
        assert texts(source, view) == [expected[view]]


def test_content_in_parts_and_turns_of_tools():
    turns = [
        {
            "role": "user",
            "content": [{"type": "text", "text": "look"}, {"type": "image", "url": "x"}],
        },
        {"role": "assistant", "content": None, "tool_calls": [{"name": "f"}]},
        {"role": "tool", "content": "42"},
    ]
    assert texts([{"messages": turns}]) == ["look\n42"]
    assert texts([{"messages": turns}], "assistant") == [""]


FIELDS = ("messages", "prompt", "completion", "instruction", "input", "output", "text")
STRINGS = st.none() | st.text(max_size=4)
CHATS = st.none() | st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": STRINGS}),
    max_size=3,
)


@settings(max_examples=100, deadline=None)
@given(
    names=st.lists(st.sampled_from(FIELDS), min_size=1, unique=True),
    data=st.data(),
    view=st.sampled_from(VIEWS),
    as_json=st.booleans(),
)
def test_columns_and_rows_give_the_same_text(names, data, view, as_json):
    record = {name: CHATS if name == "messages" else STRINGS for name in names}
    records = data.draw(st.lists(st.fixed_dictionaries(record), min_size=1, max_size=6))
    if as_json and "messages" in names:
        for one in records:
            if one["messages"] is not None:
                one["messages"] = json.dumps(one["messages"])
    kinds = {
        name: pa.string()
        if name != "messages" or as_json
        else pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
        for name in records[0]
    }
    table = pa.Table.from_pylist(records, schema=pa.schema(list(kinds.items())))

    def outcome(source):
        try:
            return texts(source, view)
        except SignalError as error:
            return error.found.split(" (its fields")[0].replace("records:", "table:")

    assert outcome(table) == outcome(records)


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(
        st.fixed_dictionaries({"a": STRINGS, "b": STRINGS, "n": st.none() | st.integers(0, 9)}),
        min_size=1,
        max_size=6,
    ),
    template=st.sampled_from(["{a}", "{a}\n{b}", "<{b}|{a}> {{x}}", "{a}{n}", "x{a}"]),
)
def test_templates_over_columns_and_rows(records, template):
    schema = pa.schema([("a", pa.string()), ("b", pa.large_string()), ("n", pa.int8())])

    def outcome(source):
        try:
            return texts(source, template=template)
        except SignalError as error:
            return error.found.replace("records:", "table:")

    whole = outcome(records)
    assert outcome(pa.Table.from_pylist(records, schema=schema)) == whole
    if isinstance(whole, list):
        words = [{k: "" if v is None else v for k, v in one.items()} for one in records]
        assert whole == [template.format(**one) for one in words]


def test_template_reaches_into_records():
    record = {"meta": {"title": "T", "tags": ["é"]}, "a.b": "dots", "ok": True}
    expected = ['T ["é"] dots true']
    assert texts([record], template="{meta.title} {meta.tags} {a.b} {ok}") == expected
    table = pa.Table.from_pylist([record])
    assert texts(table, template="{meta.title} {meta.tags} {a.b} {ok}") == expected


@pytest.mark.parametrize("template", ["{a", "{}", "{a!r}", "{a:>3}", "{a[0]}", "a", ""])
def test_malformed_templates(template):
    with pytest.raises(ParameterError, match="text with fields in braces"):
        texts([{"a": "x"}], template=template)


def test_blocks_hold_2048_rows_whatever_the_source(tmp_path):
    records = [{"text": f"row {row} é"} for row in range(5_000)]
    rows = open_rows(records)
    rows.write(tmp_path / "a.jsonl", np.arange(5_000))
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "a.parquet", row_group_size=999)
    expected = [one["text"] for one in records]
    for source in (records, tmp_path / "a.jsonl", tmp_path / "a.parquet"):
        blocks = list(open_rows(source).text_blocks())
        assert [len(block) for block in blocks] == [2048, 2048, 904]
        assert [text for block in blocks for text in block] == expected
        assert all(
            block.offsets[0] == 0 and block.offsets[-1] == len(block.data) for block in blocks
        )


def test_kinds_of_arrow_text():
    views = [pa.array(["a", "é"], pa.string_view())] if hasattr(pa, "string_view") else []
    for column in (
        *views,
        pa.array(["a", "é"]).dictionary_encode(),
        pa.array(["x", "a", "é"], pa.large_string())[1:],
        pa.array(["x", "a", "é"])[1:],
    ):
        assert texts(pa.table({"text": column})) == ["a", "é"]


@pytest.mark.parametrize(
    ("records", "view", "found"),
    [
        ([{"text": "x"}, {"other": 1}], "full", r"row 1 \(records:1\) has none of the known"),
        ([{"text": "x"}, {"text": None}], "full", r"row 1 \(records:1\) has null in text"),
        ([{"text": 3}], "full", "has a number in 'text', not text"),
        ([{"messages": "oops"}], "full", "has text in 'messages' that is not JSON"),
        ([{"messages": []}], "full", "has no turn in its messages"),
        ([{"messages": TURNS[:1]}], "all_user", "has no turn of the user in its messages"),
        ([{"messages": TURNS[:2]}], "assistant", "has no turn of the assistant"),
        ([{"messages": [{"content": "x"}]}], "full", "names no role or from"),
        ([{"messages": ["x"]}], "full", "has a str in 'messages', not a turn"),
        ([{"instruction": "x", "output": None}], "assistant", "has no turn of the assistant"),
    ],
)
def test_rows_without_text(records, view, found):
    with pytest.raises(SignalError, match=found):
        texts(records, view)


def test_pool_without_text():
    with pytest.raises(SignalError, match=r"none of the columns \(a, b\) is a known text field"):
        texts([{"a": "x", "b": 1}])
    with pytest.raises(UnknownNameError, match="did you mean full"):
        texts([{"text": "x"}], "ful")
    with pytest.raises(UnknownNameError, match="no column named 'txt'; did you mean text"):
        texts([{"text": "x"}], template="{txt}")
    with pytest.raises(SignalError, match=r"row 1 \(records:1\) has no field 'b'"):
        texts([{"a": "x", "b": "y"}, {"a": "z"}], template="{a} {b}")
    with pytest.raises(SignalError, match=r"row 0 \(records:0\) has null in a"):
        texts([{"a": None}], template="{a}")


def test_half_a_surrogate_pair_reads_as_replacement():
    assert texts([{"text": "a\ud83dz"}]) == ["a\N{REPLACEMENT CHARACTER}z"]


def test_columns_that_are_not_utf8():
    raw = pa.array([b"ok", b"a\xff"])
    text = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    with pytest.raises(DataError, match=r"row 1 \(table:1\) is not UTF-8 \(byte 1 of it\)"):
        texts(pa.table({"text": text}))
