from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cribble.core.errors import OutputError
from cribble.data.annotating import annotate

COLUMNS = {"cribble_rank": [1, 0], "cribble_weight": [None, 0.5], "cribble_reason": ["é", "b"]}


def test_lines_get_members_and_keep_their_bytes(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":  1.0, "b": "\\u00e9"}  \r\n { }')
    annotate(path, COLUMNS)
    first, second = path.read_bytes().split(b"\r\n")
    assert first.startswith(b'{"a":  1.0, "b": "\\u00e9", "cribble_rank": 1, ')
    assert first.endswith(b"}  ")
    assert json.loads(first) == {
        "a": 1.0,
        "b": "é",
        "cribble_rank": 1,
        "cribble_weight": None,
        "cribble_reason": "é",
    }
    assert json.loads(second) == {
        "cribble_rank": 0,
        "cribble_weight": 0.5,
        "cribble_reason": "b",
    }


def test_compressed_lines_stay_compressed(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n{"a": 2}\n'))
    annotate(path, COLUMNS)
    lines = gzip.decompress(path.read_bytes()).splitlines()
    assert [json.loads(line)["cribble_rank"] for line in lines] == [1, 0]


def test_a_table_keeps_its_schema_and_metadata(tmp_path):
    path = tmp_path / "a.parquet"
    schema = pa.schema([pa.field("a", pa.int16(), nullable=False)], metadata={"who": "me"})
    pq.write_table(pa.table({"a": [7, 8]}, schema=schema), path, compression="snappy")
    annotate(path, COLUMNS)
    found = pq.read_table(path)
    assert found.to_pydict() == {"a": [7, 8], **COLUMNS}
    assert found.schema.field("a") == schema.field("a")
    assert found.schema.metadata[b"who"] == b"me"
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "SNAPPY"


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.jsonl", b'{"cribble_rank": 1}\n{}\n', "a column 'cribble_rank' already"),
        ("a.csv", b"a\n1\n2\n", "csv takes no annotations"),
    ],
)
def test_what_cannot_be_annotated_stays_as_it_is(tmp_path, name, content, found):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(OutputError, match=found):
        annotate(path, COLUMNS)
    assert path.read_bytes() == content
