"""Large JSONL files are scanned by compiled code, with the same outcome as small ones."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import CribbleError
from cribble.data import json_text, jsonl, open_rows

LINES = st.sampled_from(
    [
        b'{"text": "plain"}',
        b'{"text": "br\\u00e9ak\\n\\ud83d\\ude00", "id": 3}',
        b'{"id": 4, "text": "other order"}',
        b'{"text": "half \\ud800 pair"}',
        b'{"text": null, "instruction": "say", "input": "", "output": "hi"}',
        b'{"instruction": "say", "input": null, "output": "hi"}',
        b'{"messages": [{"role": "user", "content": "hello"}]}',
        b'{"prompt": "p", "completion": "c"}',
        b'{"text": 5}',
        b'{"none": 1}',
        b'{"text": "broken',
        b'{"id": 1 "text": 2}',
        b'{"id": 5}',
        b"[1]",
        b"",
    ]
)
TEMPLATES = st.sampled_from(
    [None, "{text}", "<{text}>", "{instruction} {input}", "{id}: {text}{text}", "{text.x}", "{no}"]
)
VIEWS = st.sampled_from(["full", "first_user", "all_user", "assistant"])


def outcome(path, view, template):
    try:
        rows = open_rows(path)
        texts = [text for block in rows.text_blocks(view, template) for text in block]
        return rows.columns, rows.fingerprint(), texts, rows.locate(len(rows) - 1)
    except CribbleError as error:
        return str(error)


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=6), VIEWS, TEMPLATES, st.booleans())
def test_both_ways_read_the_same_or_say_the_same(tmp_path_factory, lines, view, template, bom):
    path = tmp_path_factory.mktemp("in") / "in.jsonl"
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + b"\r\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        plain = outcome(path, view, template)
        for module in (jsonl, json_text):
            patch.setattr(module, "COMPILED_BYTES", 0)
        assert outcome(path, view, template) == plain


def test_blocks_of_the_scan_may_cut_a_file_anywhere(tmp_path, monkeypatch):
    path = tmp_path / "in.jsonl"
    lines = [json.dumps({"text": "x" * size, "n": size}).encode() for size in range(40)]
    path.write_bytes(b"\n".join(lines) + b"\n\n")
    whole = open_rows(path)
    for size in (1, 7, 64, 1000):
        monkeypatch.setattr(jsonl, "_BLOCK", size)
        cut = open_rows(path)
        assert len(cut) == 40
        assert cut.fingerprint() == whole.fingerprint()
        assert cut.locate(39) == whole.locate(39)
    monkeypatch.setattr(jsonl, "COMPILED_BYTES", 0)
    assert open_rows(path).fingerprint() == whole.fingerprint()


def test_rows_of_several_files_are_read_in_pool_order(tmp_path, monkeypatch):
    monkeypatch.setattr(json_text, "COMPILED_BYTES", 0)
    for name, texts in (("a", ["one", "two"]), ("b", ["three"])):
        (tmp_path / f"{name}.jsonl").write_text(
            "".join(json.dumps({"text": text}) + "\n" for text in texts)
        )
    rows = open_rows([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
    assert [text for block in rows.text_blocks() for text in block] == ["one", "two", "three"]
