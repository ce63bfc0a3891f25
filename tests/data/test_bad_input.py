"""Bad input stops with file, line and byte, or is set aside; nothing is skipped in silence."""

import gzip
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from cribble.core.errors import DataError, OutputError, ParameterError
from cribble.data import open_rows


def refusal(path, **options):
    with pytest.raises(DataError) as caught:
        open_rows(path, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "at", "reason"),
    [
        (b'{"a": 1', 7, "it is not JSON"),
        (b'{"a": "\xc3\xa9" "b"}', 11, "it is not JSON (Expecting ',' delimiter)"),
        (b'{"a": "\xff"}', 7, "it is not UTF-8 (byte 0xff)"),
        (b"[1]", 0, "it is a list, not an object"),
        (b"null", 0, "it is null, not an object"),
        (b'{"a": 1} {"a": 2}', 9, "it is not JSON (Extra data)"),
        (b"[" * 100_000 + b"]" * 100_000, 0, "it is nested too deeply"),
        (b"", 0, "the line is blank"),
        (b" \r", 0, "the line is blank"),
    ],
)
def test_bad_line_is_named_with_its_byte(tmp_path, line, at, reason):
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"a": 0}\n' + line + b'\n{"a": 2}\n')
    message = refusal(path)
    assert f"{path}: 1 row cannot be read" in message
    assert f"{path}:2 (byte {9 + at}): {reason}" in message
    assert "--on-error quarantine" in message


def test_five_are_shown_and_all_counted_over_all_files(tmp_path):
    for name in ("a.jsonl", "b.jsonl.gz"):
        data = b'{"a": 1}\n' + b"oops\n" * 4
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    with pytest.raises(DataError) as caught:
        open_rows([tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"])
    assert caught.value.count == 8
    shown = [row.split(" (")[0] for row in caught.value.rows]
    assert shown == [
        *(f"{tmp_path / 'a.jsonl'}:{line}" for line in (2, 3, 4, 5)),
        f"{tmp_path / 'b.jsonl.gz'}:2",
    ]
    assert str(caught.value).endswith("and 3 more")


def test_quarantine_sets_bad_lines_aside_byte_for_byte(tmp_path):
    lines = [b'{"a":1}\r\n', b"\xff oops\n", b"\n", b'{"a": 2}\n', b"[]\n", b'{"a":3']
    (tmp_path / "in.jsonl").write_bytes(b"".join(lines))
    aside = tmp_path / "bad.jsonl"
    rows = open_rows(tmp_path / "in.jsonl", on_error="quarantine", quarantine=aside)
    assert rows.quarantined == 4
    assert aside.read_bytes() == b'\xff oops\n\n[]\n{"a":3\n'
    assert [rows.locate(row) for row in range(2)] == ["in.jsonl:1", "in.jsonl:4"]
    assert rows.numbers("a").tolist() == [1, 2]
    rows.write(tmp_path / "out.jsonl", np.array([1, 0]))
    assert (tmp_path / "out.jsonl").read_bytes() == lines[3] + lines[0]


def test_clean_input_leaves_the_quarantine_file_alone(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"a": 1}\n')
    aside = tmp_path / "bad.jsonl"
    rows = open_rows(tmp_path / "in.jsonl", on_error="quarantine", quarantine=aside)
    assert rows.quarantined == 0
    assert not aside.exists()


def test_quarantine_of_everything_is_an_empty_pool(tmp_path):
    (tmp_path / "in.jsonl").write_text("oops\n")
    message = refusal(tmp_path / "in.jsonl", on_error="quarantine", quarantine=tmp_path / "bad")
    assert "it holds no rows" in message


def test_json_that_only_pythons_parser_takes_is_a_row(tmp_path):
    deep = b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}"
    lines = [b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"a": -Infinity}', deep]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    assert len(open_rows(tmp_path / "in.jsonl")) == 4


def test_blank_lines_at_the_end_are_no_rows(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(b'{"a": 1}\n\n \r\n')
    rows = open_rows(tmp_path / "in.jsonl")
    rows.write(tmp_path / "out.jsonl", np.array([0]))
    assert (tmp_path / "out.jsonl").read_bytes() == b'{"a": 1}\n'


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("in.jsonl", b"", "it is empty (0 bytes)"),
        ("in.jsonl", b"\n\n", "it holds no rows"),
        ("in.jsonl", b"\xef\xbb\xbf", "it holds no rows"),
        ("in.jsonl", '{"a": 1}'.encode("utf-16"), "it is UTF-16, not UTF-8"),
        ("in.json", b'[\n{"a": 1}\n]', "it is one JSON array"),
        ("in.json", b'[{"a": 1}]', "it is one JSON array"),
        (
            "in.jsonl.gz",
            gzip.compress(b'{"a": 1}\n' * 999, mtime=0)[:-9],
            "the compressed data is cut short",
        ),
        ("in.jsonl.zst", zstandard.compress(b'{"a": 1}\n' * 999)[:-9], "data is cut short"),
        (
            "in.jsonl.gz",
            gzip.compress(b'{"a": 1}\n' * 99, mtime=0)[:-9] + b"x" * 9,
            "reading failed",
        ),
        ("in.jsonl.zst", zstandard.compress(b'{"a": 1}') + b"rest", "reading failed (damaged zstd"),
        ("in.parquet", b"PAR1 and nothing more", "it cannot be read"),
        ("in.arrow", b"ARROW1 and nothing more", "it cannot be read"),
        ("in.npy", b"\x93NUMPY and nothing more", "it cannot be read"),
        ("in.csv", b"a,b\n", "it holds no rows"),
        ("in.csv", b"a,a\n1,2\n", "its header names 'a' twice"),
        ("in.csv", b"\n1,2\n", "its header is blank"),
        ("in.txt", b"hello", "its format is not recognized"),
    ],
)
def test_file_that_holds_no_pool(tmp_path, name, data, found):
    (tmp_path / name).write_bytes(data)
    message = refusal(tmp_path / name)
    assert str(tmp_path / name) in message
    assert found in message


@pytest.mark.parametrize(
    ("record", "at", "reason"),
    [
        (b"1\n", 4, "it has 1 fields, the header has 2"),
        (b"1,2,3\n", 4, "it has 3 fields, the header has 2"),
        (b"1,\xff\n", 6, "it is not UTF-8 (byte 0xff)"),
        (b'"1"x,2\n', 4, "it is not CSV"),
        (b"\n", 4, "the line is blank"),
        (b'"1\n,2\n', 4, "it is not CSV (unexpected end of data)"),
    ],
)
def test_bad_csv_record(tmp_path, record, at, reason):
    (tmp_path / "in.csv").write_bytes(b"a,b\n" + record + b"8,9\n")
    assert f"in.csv:2 (byte {at}): {reason}" in refusal(tmp_path / "in.csv")


def test_csv_quarantine_goes_on_after_the_bad_record(tmp_path):
    (tmp_path / "in.csv").write_bytes(b'a,b\n1\n"2\n",3\n\xff,0\n4,5\n\n')
    aside = tmp_path / "bad.csv"
    rows = open_rows(tmp_path / "in.csv", on_error="quarantine", quarantine=aside)
    assert rows.take([0, 1]) == [{"a": "2\n", "b": "3"}, {"a": "4", "b": "5"}]
    assert aside.read_bytes() == b"1\n\xff,0\n"


def test_what_is_no_source(tmp_path):
    assert "there is no such file" in refusal(tmp_path / "none.jsonl")
    assert "no file matches" in refusal(tmp_path / "*.jsonl")
    assert "the folder holds no data files" in refusal(tmp_path)
    assert "it is empty" in refusal([])
    assert "it is nothing that holds rows" in refusal(3)
    assert "hand over a list of rows" in refusal({"a": [1]})
    assert "row 1 is no dictionary" in refusal([{"a": 1}, 2])
    assert "its shape is (3,)" in refusal(np.ones(3))
    assert "it holds no rows" in refusal(pa.table({"a": pa.array([], pa.int64())}))
    assert "check the protocol" in refusal("nosuch://x.jsonl")
    with pytest.raises(ParameterError, match="on_error is 'skip'"):
        open_rows([{"a": 1}], on_error="skip")
    with pytest.raises(ParameterError, match="quarantine is None"):
        open_rows([{"a": 1}], on_error="quarantine")


def test_files_that_do_not_fit_together(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n')
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "b.csv").write_text("b\n1\n")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "b.parquet")
    assert "it is csv, but" in refusal([tmp_path / "a.jsonl", tmp_path / "a.csv"])
    assert "its columns are b, but" in refusal([tmp_path / "a.csv", tmp_path / "b.csv"])
    message = refusal([tmp_path / "a.parquet", tmp_path / "b.parquet"])
    assert "in a: string against int64" in message
    assert "it is named twice" in refusal([tmp_path / "a.csv", tmp_path / "a.csv"])


def test_folder_names_that_hold_columns_are_refused(tmp_path):
    (tmp_path / "lang=en").mkdir()
    pq.write_table(pa.table({"a": [1]}), tmp_path / "lang=en" / "x.parquet")
    assert "keeps columns in folder names (lang=en/x.parquet)" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["in.jsonl", "in.parquet"])
@pytest.mark.parametrize("use", ["write", "text", "take"])
def test_input_that_changes_is_noticed(tmp_path, name, use):
    source, out = tmp_path / name, tmp_path / f"out{name[2:]}"
    open_rows([{"text": "before"}]).write(source, np.array([0]))
    out.write_bytes(b"old")
    rows = open_rows(source)
    open_rows([{"text": "since!"}]).write(source, np.array([0]))
    os.utime(source, ns=(1, 1))
    with pytest.raises(DataError, match="it changed while the run was reading it"):
        {
            "write": lambda: rows.write(out, np.array([0])),
            "text": lambda: list(rows.text_blocks()),
            "take": lambda: rows.take([0]),
        }[use]()
    assert out.read_bytes() == b"old"


def test_change_between_first_and_last_row_leaves_the_old_output(tmp_path, monkeypatch):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"a": 1}\n{"a": 2}\n')
    out.write_text("old")
    rows = open_rows(source)
    lines = rows._reader.lines

    def changing(indices):
        for line in lines(indices):
            yield line
            with source.open("a") as more:
                more.write('{"a": 3}\n')

    monkeypatch.setattr(rows._reader, "lines", changing)
    with pytest.raises(DataError, match="changed"):
        rows.write(out, np.array([0, 1]))
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_rows_outside_the_pool():
    rows = open_rows([{"a": 1}])
    with pytest.raises(ParameterError, match=r"row is 1; it must be in \[0, 1\)"):
        rows.take([1])
    with pytest.raises(ParameterError, match="row is -1"):
        rows.locate(-1)


@pytest.mark.parametrize(
    ("name", "found"),
    [("out.xyz", "its ending names no format"), ("out.parquet.gz", "is compressed within")],
)
def test_output_ending(tmp_path, name, found):
    with pytest.raises(OutputError, match=found):
        open_rows([{"a": 1}]).write(tmp_path / name, np.array([0]))
