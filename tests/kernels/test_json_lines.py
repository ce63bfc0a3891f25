"""Compiled scans of JSON lines against the standard library's parser."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cribble.core import TextBlock
from cribble.kernels.json_lines import Filling, Layout, check_lines, fill_texts, read_texts
from cribble.kernels.reference.json_lines import filled_with, is_object, text_of

KEYS = ("text", "a", "b", "é")
FORMATS = ((("text",), ("text",)), (("a",), ("a", "b")), (("b",), ()))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
STRINGS = st.none() | st.text(max_size=12) | st.text('\\"\n\t\x01/é€😀\ud800\udc00', max_size=5)
PAIRS = st.tuples(st.sampled_from((*KEYS, "other", 'k"')), STRINGS | VALUES)
RECORDS = st.lists(PAIRS, max_size=5)


def dumped(pairs, ascii_only=True):
    """An object with its pairs in order, which may repeat a key."""
    items = (f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=ascii_only)}" for k, v in pairs)
    return ("{" + " , ".join(items) + "}").encode("utf-8", "replace")


def as_bytes(line):
    return np.frombuffer(line, dtype=np.uint8)


def checked(lines):
    """Check lines with different ends."""
    ended = [line + (b"\n" if i % 2 else b" \r\n") for i, line in enumerate(lines)]
    return check_lines(as_bytes(b"".join(ended)), np.cumsum([0, *map(len, ended)]))


@st.composite
def damaged(draw):
    """A line with some bytes changed, added or lost."""
    line = bytearray(dumped(draw(RECORDS), draw(st.booleans())))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(line) - 1))
        odd = st.sampled_from(list(b'{}[]",:\\ 0-.eEtn\xff\xc3\xa9\xed\xa0\x80\x00u'))
        line[at : at + draw(st.integers(0, 2))] = draw(st.lists(odd, max_size=2))
        line = line or bytearray(b"{")
    return bytes(line).replace(b"\n", b"")


@given(damaged())
@example(b'{"a":01}')
@example(b'{"a":-}')
@example(b'{"a":1.}')
@example(b'{"a":1e}')
@example(b'{"a":.5}')
@example(b'{"a":tru}')
@example(b'{"a":nul')
@example(b'{"a":"\xed\xa0\x80"}')
@example(b'{"a":"\xc0\x80"}')
@example(b'{"a":"\xf4\x90\x80\x80"}')
@example(b'{"a":"\xf0\x80\x80\x80"}')
@example(b'{"a":"\xe2\x82')
@example(b'{"a":"\\u12g4"}')
@example(b'{"a":"\\x"}')
@example(b'{"a":1,}')
@example(b'{"a":[1,]}')
@example(b'{"a":[1}}')
@example(b'{,"a":1}')
@example(b'{"a" 1}')
@example(b'{"a":1}}')
@example(b'{"a":1} x')
@example(b"{")
@example(b"[]")
@example(b'"a"')
def test_a_line_is_accepted_only_if_the_parser_accepts_it(line):
    assert not checked([line])[0].any() or is_object(line)


@given(st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), min_size=1), st.data())
def test_what_a_dumper_writes_is_accepted(records, data):
    ascii_only = data.draw(st.booleans())
    lines = [dumped(one.items(), ascii_only) for one in records]
    lines = [line for line in lines if is_object(line)]
    assert checked(lines)[0].all()


def test_what_it_is_not_sure_of_is_left_to_the_parser():
    deep = b'{"a":' + b"[" * 61 + b"]" * 61 + b"}"
    long = b'{"a":' + b"1" * 301 + b"}"
    lines = [deep, long, b'{"a":"\t"}', b'{"a":NaN}', b"", b'{"a":1}']
    assert checked(lines)[0].tolist() == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("line", "other", "same"),
    [
        (b'{"a":1,"b":2}', b'{"a":[],"b":"x"}', True),
        (b'{"a":1,"b":2}', b'{"ab":1}', False),
        (b'{"ab":1,"c":2}', b'{"a":1,"bc":2}', False),
        (b'{"a":{"x":1}}', b'{"a":1}', True),
    ],
)
def test_lines_with_the_same_keys_have_the_same_hash(line, other, same):
    keys = checked([line, other])[1]
    assert (keys[0] == keys[1]) == same


def assert_same(found, expected, lines):
    """What was read is what the parser reads; nothing where a line has to be left to it."""
    escaped_key = any(b'k\\"' in line or b'"\\u00e9":' in line for line in lines)
    if found is None:
        assert escaped_key or None in expected
    else:
        texts, offsets = found
        raw = texts.tobytes()
        assert [raw[a:b] for a, b in pairwise(offsets)] == expected


@given(st.lists(RECORDS, max_size=3), st.booleans())
@example([[("text", "\ud83d\ude00 \u00e9")]], True)
@example([[("a", ""), ("b", "x")], [("a", "x"), ("b", "")], [("a", ""), ("b", "")]], True)
@example([[("text", "x"), ("text", None), ("a", "y")]], True)
@example([[("text", "\ud83d")]], True)
@example([[("b", "x")]], True)
def test_texts_are_those_of_the_parser(records, ascii_only):
    lines = [dumped(pairs, ascii_only) for pairs in records]
    lines = [line for line in lines if checked([line])[0].all()]
    bounds = np.cumsum([0, *map(len, lines)])
    names = [key.encode() for key in KEYS]
    layout = Layout(
        names=as_bytes(b"".join(names)),
        starts=np.cumsum([0, *map(len, names)]),
        needs=np.array([[key in needs for key in KEYS] for needs, _ in FORMATS]),
        reads=np.array([[key in reads for key in KEYS] for _, reads in FORMATS]),
        plain=np.array([True, True, False]),
    )
    expected = [text_of(line, FORMATS) for line in lines]
    found = read_texts(as_bytes(b"".join(lines)), bounds, layout)
    assert_same(found, expected, lines)


PIECES = st.lists(st.tuples(st.text("ab{é\n", max_size=3), st.sampled_from((*KEYS, None))))


@given(st.lists(RECORDS, max_size=3), PIECES, st.booleans())
@example([[("text", None), ("a", "x")]], [("<", "text"), ("> ", "a"), ("", "a")], True)
@example([[("text", "x")]], [("", "a"), ("", "text")], True)
@example([[("text", None)]], [("-", "text")], True)
@example([[("text", 5)]], [("-", "text")], True)
@example([[("text", "")]], [("-", "text"), (".", None)], True)
@example([[("a", "x"), ("a", "y")]], [("", "a")], True)
def test_templates_are_filled_as_with_the_parser(records, pieces, ascii_only):
    pieces = [("", "text"), *pieces]  # a template names a key
    lines = [dumped(pairs, ascii_only) for pairs in records]
    lines = [line for line in lines if checked([line])[0].all()]
    keys = sorted({key for _, key in pieces if key is not None})
    names = TextBlock.from_strings(keys)
    literals = TextBlock.from_strings([text for text, _ in pieces])
    fields = np.array([-1 if key is None else keys.index(key) for _, key in pieces])
    filling = Filling(names.data, names.offsets, fields, literals.data, literals.offsets)
    expected = [filled_with(line, pieces) for line in lines]
    found = fill_texts(
        as_bytes(b"".join(lines)), np.cumsum([0, *map(len, lines)]).astype(np.int64), filling
    )
    assert_same(found, expected, lines)
