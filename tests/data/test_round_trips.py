"""What goes in comes out: byte for byte for lines, schema and all for columns."""

import gzip
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import OutputError
from cribble.data import open_rows

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
SPACES = st.text(alphabet=" \t", max_size=3)


@st.composite
def json_lines(draw):
    """Lines as no dumper would write them: odd spaces, escapes, mixed line ends, no last one."""
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        record = draw(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
        separators = (draw(SPACES) + ",", ":" + draw(SPACES))
        text = json.dumps(record, ensure_ascii=draw(st.booleans()), separators=separators)
        try:
            body = text.encode()
        except UnicodeEncodeError:  # half a surrogate pair needs its escape
            body = json.dumps(record).encode()
        end = draw(st.sampled_from([b"\n", b"\r\n"]))
        lines.append(draw(SPACES).encode() + body + draw(SPACES).encode() + end)
    if draw(st.booleans()):
        lines[-1] = lines[-1].rstrip(b"\r\n")
    return lines


def packed(data: bytes, how: str) -> bytes:
    if how == ".gz":
        return gzip.compress(data)
    if how == ".zst":
        half = len(data) // 2
        pack = zstandard.ZstdCompressor().compress
        return pack(data[:half]) + pack(data[half:])  # two frames, as `cat a.zst b.zst` makes
    return data


def unpacked(data: bytes, how: str) -> bytes:
    if how == ".gz":
        return gzip.decompress(data)
    if how == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()
    return data


@settings(max_examples=30, deadline=None)
@given(data=st.data(), lines=json_lines(), bom=st.booleans())
def test_jsonl_lines_keep_their_bytes(tmp_path_factory, data, lines, bom):
    folder = tmp_path_factory.mktemp("jsonl")
    how, out_how = data.draw(st.tuples(*[st.sampled_from(["", ".gz", ".zst"])] * 2))
    picks = data.draw(st.permutations(range(len(lines))))
    picks = np.array(picks[: data.draw(st.integers(0, len(lines)))], dtype=np.int64)
    source, out = folder / f"in.jsonl{how}", folder / f"out.jsonl{out_how}"
    source.write_bytes(packed(b"\xef\xbb\xbf" * bom + b"".join(lines), how))

    rows = open_rows(source)
    rows.write(out, picks)

    newline = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
    expected = b""
    for row in picks:
        expected += newline if expected and not expected.endswith(b"\n") else b""
        expected += lines[row]
    assert unpacked(out.read_bytes(), out_how) == expected
    assert rows.take(picks) == [json.loads(lines[row]) for row in picks]
    assert [rows.locate(row) for row in picks] == [f"in.jsonl{how}:{row + 1}" for row in picks]


def test_whole_jsonl_file_comes_back_identical(tmp_path):
    data = b'{"a":1}\r\n{ "a" : "\xc3\xa9" }\n{"a":"\\u00e9","a":2}'
    (tmp_path / "in.jsonl").write_bytes(data)
    rows = open_rows(tmp_path / "in.jsonl")
    rows.write(tmp_path / "out.jsonl", np.arange(3))
    assert (tmp_path / "out.jsonl").read_bytes() == data


CELLS = st.text(alphabet='ab",\n\r é', max_size=5)


@settings(max_examples=30, deadline=None)
@given(
    data=st.data(),
    records=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_csv_records_keep_their_bytes(tmp_path_factory, data, records, end):
    folder = tmp_path_factory.mktemp("csv")

    def quoted(cell):
        return '"' + cell.replace('"', '""') + '"'

    raw = [(",".join(map(quoted, one)) + end).encode() for one in records]
    header = f"x,y{end}".encode()
    (folder / "in.csv").write_bytes(header + b"".join(raw))
    picks = data.draw(st.permutations(range(len(records))))

    rows = open_rows(folder / "in.csv")
    rows.write(folder / "out.csv", np.array(picks))

    assert (folder / "out.csv").read_bytes() == header + b"".join(raw[row] for row in picks)
    assert rows.take(range(len(records))) == [{"x": x, "y": y} for x, y in records]


def test_csv_cell_beyond_the_parsers_limit(tmp_path):
    long = "x" * 200_000
    (tmp_path / "in.csv").write_text(f"text\n{long}\n")
    assert open_rows(tmp_path / "in.csv").take([0]) == [{"text": long}]


TABLE = pa.table(
    {
        "id": pa.array([7, 8, None, 10, 11], pa.int16()),
        "word": pa.array(["a", "b", "a", None, "c"]).dictionary_encode(),
        "turns": pa.array(
            [
                [{"role": "user", "n": 1}],
                [],
                None,
                [{"role": None, "n": 2}],
                [{"role": "b", "n": 3}],
            ]
        ),
        "raw": pa.array([b"\x00", b"", None, b"\xff", b"x"]),
        "when": pa.array([1, 2, 3, None, 5], pa.timestamp("us", tz="UTC")),
        "half": pa.array(np.arange(5, dtype=np.float16)),
    }
).replace_schema_metadata({"note": "kept", "huggingface": "{}"})


def save(table, path, kind):
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=2, compression="gzip")
        return
    opener = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
    with opener(str(path), table.schema) as sink:
        sink.write_table(table, max_chunksize=2)


def load(path, kind):
    if kind == "parquet":
        return pq.read_table(path)
    opener = pa.ipc.open_file if kind == "arrow" else pa.ipc.open_stream
    return opener(pa.memory_map(str(path))).read_all()


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
@pytest.mark.parametrize("picks", [[0, 2, 3], [4, 0, 3], [1], [0, 1, 2, 3, 4], []])
def test_columns_keep_schema_metadata_and_order(tmp_path, kind, picks):
    ending = ".parquet" if kind == "parquet" else ".arrow"
    save(TABLE, tmp_path / f"in{ending}", kind)
    source = load(tmp_path / f"in{ending}", kind)
    out = tmp_path / f"out{ending}"

    open_rows(tmp_path / f"in{ending}").write(out, np.array(picks, dtype=np.int64))

    written = load(out, kind)
    assert written.schema.equals(source.schema, check_metadata=True)
    assert written.to_pylist() == [TABLE.to_pylist()[row] for row in picks]


def test_parquet_keeps_its_compression_and_whole_row_groups(tmp_path):
    table = pa.table({"x": np.arange(10_000)})
    pq.write_table(table, tmp_path / "in.parquet", compression="snappy", row_group_size=500)
    open_rows(tmp_path / "in.parquet").write(tmp_path / "out.parquet", np.arange(9_000))
    head = pq.ParquetFile(tmp_path / "out.parquet").metadata
    assert head.row_group(0).column(0).compression == "SNAPPY"
    assert head.num_row_groups == 1


def test_many_rows_in_any_order_across_files_and_groups(tmp_path):
    rng = np.random.default_rng(0)
    words = np.array(["one", "two", "three", "four"])
    paths = []
    for at in range(3):
        values = pa.array(words[rng.integers(0, at + 2, 4_000)]).dictionary_encode()
        table = pa.table({"n": np.arange(4_000) + 4_000 * at, "word": values})
        paths.append(tmp_path / f"{at}.parquet")
        pq.write_table(table, paths[-1], row_group_size=700)
    picks = rng.permutation(12_000)[:7_000]
    open_rows(paths).write(tmp_path / "out.parquet", picks)
    written = pq.read_table(tmp_path / "out.parquet")
    whole = pa.concat_tables([pq.read_table(path) for path in paths]).unify_dictionaries()
    assert written["n"].to_numpy().tolist() == picks.tolist()
    assert written["word"].to_pylist() == [whole["word"][row].as_py() for row in picks.tolist()]


def test_npy_rows_keep_dtype(tmp_path):
    array = np.arange(12, dtype=np.float16).reshape(4, 3)
    np.save(tmp_path / "in.npy", array)
    open_rows(tmp_path / "in.npy").write(tmp_path / "out.npy", np.array([3, 1]))
    written = np.load(tmp_path / "out.npy")
    assert written.dtype == np.float16
    np.testing.assert_array_equal(written, array[[3, 1]])


def test_folder_has_the_hub_layout(tmp_path):
    save(TABLE, tmp_path / "in.parquet", "parquet")
    open_rows(tmp_path / "in.parquet").write(tmp_path / "out", np.array([4, 1]))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "path: data/train-*.parquet" in card
    [shard] = (tmp_path / "out" / "data").iterdir()
    assert shard.name == "train-00000-of-00001.parquet"
    assert pq.read_table(shard).to_pylist() == [TABLE.to_pylist()[row] for row in (4, 1)]
    assert open_rows(tmp_path / "out").take([0, 1]) == pq.read_table(shard).to_pylist()


def test_folder_of_several_shards(tmp_path, monkeypatch):
    monkeypatch.setattr("cribble.data.huggingface._SHARD_BYTES", 1)
    rows = open_rows([{"n": n} for n in range(5_000)])
    rows.write(tmp_path / "out", np.arange(5_000))
    names = sorted(path.name for path in (tmp_path / "out" / "data").iterdir())
    assert names == [f"train-0000{at}-of-00003.parquet" for at in range(3)]
    assert open_rows(tmp_path / "out").numbers("n").tolist() == list(range(5_000))


class TestCrossing:
    def test_jsonl_to_parquet_and_back(self, tmp_path):
        records = [
            {"n": 1, "s": "é", "list": [1, 2], "deep": {"a": [{"b": None, "c": 1.5}]}},
            {"n": 2.5, "s": None, "list": [], "deep": {"a": []}, "late": True},
        ]
        text = "".join(json.dumps(one) + "\n" for one in records)
        (tmp_path / "in.jsonl").write_text(text)
        open_rows(tmp_path / "in.jsonl").write(tmp_path / "mid.parquet", np.array([1, 0]))
        back = pq.read_table(tmp_path / "mid.parquet").to_pylist()
        assert back == [records[1], records[0] | {"late": None}]
        open_rows(tmp_path / "mid.parquet").write(tmp_path / "out.jsonl", np.array([1, 0]))
        lines = (tmp_path / "out.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == [records[0] | {"late": None}, records[1]]

    @pytest.mark.parametrize(
        ("records", "found"),
        [
            ([{"a": 1}, {"a": "x"}], "fit no columns"),
            ([{"a": 2**63}], "fit no columns"),
            ([{"a": {}}], "does not keep"),
            ([{"a": 2**60 + 1}, {"a": 0.5}], "fit no columns|come back equal"),
        ],
    )
    def test_json_that_no_column_takes_is_refused(self, tmp_path, records, found):
        rows = open_rows(records)
        with pytest.raises(OutputError, match=found):
            rows.write(tmp_path / "out.parquet", np.arange(len(records)))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("array", "kind"),
        [
            (pa.array([b"x"]), "binary"),
            (pa.array([1], pa.timestamp("s")), "timestamp"),
            (pa.array([[b"x"]]), "binary"),
            (pa.array([{"d": b"x"}]), "binary"),
            (pa.array([1], pa.decimal128(5, 2)), "decimal"),
        ],
    )
    def test_types_that_json_lacks_are_refused(self, tmp_path, array, kind):
        rows = open_rows(pa.table({"ok": [1], "bad": array}))
        with pytest.raises(OutputError, match=f"'bad' holds {kind}.*JSON does not have"):
            rows.write(tmp_path / "out.jsonl", np.array([0]))

    def test_nan_has_no_json(self, tmp_path):
        rows = open_rows(pa.table({"x": [1.0, float("nan")]}))
        rows.write(tmp_path / "out.jsonl", np.array([0]))
        with pytest.raises(OutputError, match="row table:1 has no equal in JSON"):
            rows.write(tmp_path / "out.jsonl", np.array([1]))
        assert (tmp_path / "out.jsonl").read_text() == '{"x": 1.0}\n'

    def test_csv_cells_cross_as_text(self, tmp_path):
        (tmp_path / "in.csv").write_text("a,b\n007,\n")
        rows = open_rows(tmp_path / "in.csv")
        rows.write(tmp_path / "out.jsonl", np.array([0]))
        rows.write(tmp_path / "out.parquet", np.array([0]))
        assert json.loads((tmp_path / "out.jsonl").read_text()) == {"a": "007", "b": ""}
        assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [{"a": "007", "b": ""}]

    def test_nothing_else_becomes_csv_or_npy(self, tmp_path):
        rows = open_rows([{"a": 1}])
        with pytest.raises(OutputError, match="lose their types in CSV"):
            rows.write(tmp_path / "out.csv", np.array([0]))
        with pytest.raises(OutputError, match="bare vectors"):
            rows.write(tmp_path / "out.npy", np.array([0]))
        with pytest.raises(OutputError, match="bare vectors"):
            open_rows(np.ones((2, 2))).write(tmp_path / "out.jsonl", np.array([0]))

    def test_half_a_surrogate_pair_goes_out_as_its_escape(self, tmp_path):
        open_rows([{"a": "\ud800"}]).write(tmp_path / "out.jsonl", np.array([0]))
        assert (tmp_path / "out.jsonl").read_text() == '{"a": "\\ud800"}\n'

    def test_arrow_types_that_parquet_drops_are_refused(self, tmp_path):
        rows = open_rows(pa.table({"x": pa.array([1, 1], pa.int64()).dictionary_encode()}))
        with pytest.raises(OutputError, match="which Parquet does not keep"):
            rows.write(tmp_path / "out.parquet", np.array([0]))
        rows.write(tmp_path / "out.arrow", np.array([0]))
        assert load(tmp_path / "out.arrow", "arrow")["x"].to_pylist() == [1]
