"""Everything that holds rows opens as a pool: files, folders, URLs, tables, arrays, lists."""

import gzip
import json
import subprocess
import sys

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cribble.core.errors import DataError, MissingPackageError, ParameterError
from cribble.core.protocols import Rows
from cribble.data import open_rows

RECORDS = [{"id": f"r{row}", "n": row, "text": f"text {row}"} for row in range(5)]


@pytest.fixture
def files(tmp_path):
    """The same rows in every format."""
    rows = open_rows(RECORDS)
    names = ["in.jsonl", "in.jsonl.gz", "in.jsonl.zst", "in.parquet", "in.arrow"]
    for name in names:
        rows.write(tmp_path / name, np.arange(5))
    lines = [",".join(RECORDS[0]), *(",".join(map(str, one.values())) for one in RECORDS)]
    (tmp_path / "in.csv").write_text("\n".join(lines))
    return [tmp_path / name for name in (*names, "in.csv")]


def test_every_format_gives_the_same_pool(files):
    for path in files:
        rows = open_rows(path)
        assert isinstance(rows, Rows)
        assert len(rows) == 5
        assert rows.columns == ("id", "n", "text")
        assert rows.numbers("n").tolist() == [0, 1, 2, 3, 4]
        assert rows.ids([4, 0]) == ["r4", "r0"]
        assert [text for block in rows.text_blocks() for text in block] == [
            one["text"] for one in RECORDS
        ]
        assert rows.text_format == "text"
        assert rows.byte_size == path.stat().st_size
        assert rows.quarantined == 0


def test_format_is_read_from_the_content_where_the_name_is_silent(files, tmp_path):
    for path in files[:5]:
        bare = tmp_path / "bare"
        bare.write_bytes(path.read_bytes())
        assert open_rows(bare).take([2]) == [RECORDS[2]]


def test_compression_is_read_from_the_content(files, tmp_path):
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_bytes(gzip.compress(b'{"a": 1}'))
    assert open_rows(wrong).take([0]) == [{"a": 1}]


def test_several_files_are_one_pool(files, tmp_path):
    rows = open_rows(files[:3])
    assert len(rows) == 15
    assert rows.locate(5) == "in.jsonl.gz:1"
    rows.write(tmp_path / "out.jsonl", np.array([14, 0, 7]))
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert written == [RECORDS[4], RECORDS[0], RECORDS[2]]


def test_names_of_files_are_short_where_unique(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.jsonl").write_text('{"n": 1}\n')
    rows = open_rows([tmp_path / "a", tmp_path / "b" / "x.jsonl"])
    assert rows.locate(1) == f"{tmp_path / 'b' / 'x.jsonl'}:1"


def test_globs_and_folders(tmp_path):
    for at, name in enumerate(["b.parquet", "a.parquet", "sub/c.parquet", ".hidden.parquet"]):
        (tmp_path / "sub").mkdir(exist_ok=True)
        pq.write_table(pa.table({"n": [at]}), tmp_path / name)
    (tmp_path / "README.md").write_text("not data")
    (tmp_path / "dataset_info.json").write_text("{}")
    (tmp_path / "_metadata.parquet").write_text("not data")
    assert open_rows(tmp_path).numbers("n").tolist() == [1, 0, 2]
    assert open_rows(f"{tmp_path}/[ab].parquet").numbers("n").tolist() == [1, 0]
    assert open_rows(f"{tmp_path}/**/c.parquet").numbers("n").tolist() == [2]


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


def test_urls(files, memory, tmp_path):
    for path in files:
        memory.pipe(f"/pool/{path.name}", path.read_bytes())
    for path in files:
        rows = open_rows(f"memory://pool/{path.name}")
        assert rows.take([3, 1]) == open_rows(path).take([3, 1])
        assert rows.fingerprint() == open_rows(path).fingerprint()
    assert len(open_rows("memory://pool/*.jsonl*")) == 15
    memory.pipe("/shards/a.parquet", files[3].read_bytes())
    memory.pipe("/shards/b.parquet", files[3].read_bytes())
    rows = open_rows("memory://shards")
    assert len(rows) == 10
    memory.pipe("/shards/b.parquet", files[3].read_bytes() + b"more")
    with pytest.raises(DataError, match="changed"):
        rows.write(tmp_path / "out.parquet", np.array([0]))


def test_missing_packages_of_urls_are_named():
    with pytest.raises(DataError, match=r"(?i)install"):
        open_rows("gs://bucket/x.jsonl")


def tables():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    return {
        "arrow": pa.Table.from_pylist(RECORDS),
        "batch": pa.RecordBatch.from_pylist(RECORDS),
        "pandas": pandas.DataFrame(RECORDS),
        "polars": polars.DataFrame(RECORDS),
    }


@pytest.mark.parametrize("kind", ["arrow", "batch", "pandas", "polars"])
def test_tables(kind, tmp_path):
    rows = open_rows(tables()[kind])
    assert rows.take([4, 0]) == [RECORDS[4], RECORDS[0]]
    assert rows.format == "table"
    assert rows.locate(4) == "table:4"
    rows.write(tmp_path / "out.parquet", np.array([4, 0]))
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [RECORDS[4], RECORDS[0]]
    rows.write(tmp_path / "out.jsonl", np.array([1]))
    assert json.loads((tmp_path / "out.jsonl").read_text()) == RECORDS[1]


def test_pandas_index_and_categories_come_back(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"c": pandas.Categorical(["x", "y", "x"])}, index=["i", "j", "k"])
    open_rows(frame).write(tmp_path / "out.parquet", np.array([2, 1]))
    pandas.testing.assert_frame_equal(
        pandas.read_parquet(tmp_path / "out.parquet"), frame.iloc[[2, 1]]
    )


def test_what_is_no_table():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    with pytest.raises(DataError, match="call collect"):
        open_rows(polars.DataFrame(RECORDS).lazy())
    with pytest.raises(DataError, match=r"the DataFrame: .*give each column one type"):
        open_rows(pandas.DataFrame({"a": [1, "x", None]}))
    with pytest.raises(DataError, match="two columns named 'a'"):
        open_rows(pa.table([[1], [2]], names=["a", "a"]))


@pytest.fixture
def dataset():
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["no", "yes"]),
            "turns": [{"role": datasets.Value("string")}],
        }
    )
    columns = {
        "text": [f"t{row}" for row in range(5)],
        "label": [0, 1, 0, 1, 1],
        "turns": [[{"role": "user"}]] * 5,
    }
    return datasets.Dataset.from_dict(columns, features=features)


@pytest.mark.parametrize("how", ["memory", "disk"])
def test_datasets(dataset, tmp_path, how):
    shuffled = dataset.select([4, 2, 0])
    if how == "disk":
        shuffled.save_to_disk(str(tmp_path / "saved"), num_shards=2)
    rows = open_rows(shuffled if how == "memory" else tmp_path / "saved")
    assert rows.take([0, 2]) == [shuffled[0], shuffled[2]]
    assert rows.numbers("label").tolist() == [1, 0, 0]
    rows.write(tmp_path / "out", np.array([2, 0]))
    [shard] = (tmp_path / "out" / "data").iterdir()
    schema = pq.read_schema(shard)
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["label"]["names"] == ["no", "yes"]
    assert pq.read_table(shard).to_pylist() == [shuffled[2], shuffled[0]]


def test_what_is_no_dataset(dataset, tmp_path):
    import datasets

    splits = datasets.DatasetDict({"train": dataset, "test": dataset})
    splits.save_to_disk(str(tmp_path / "saved"))
    with pytest.raises(DataError, match=r"holds the splits train, test; name one of them: .*train"):
        open_rows(tmp_path / "saved")
    assert len(open_rows(tmp_path / "saved" / "train")) == 5
    with pytest.raises(DataError, match="holds train, test; hand over one split"):
        open_rows(splits)
    stream = type("IterableDataset", (), {"__module__": "datasets.iterable_dataset"})()
    with pytest.raises(DataError, match="the IterableDataset: a stream has no rows to pick from"):
        open_rows(stream)


def test_arrays(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.save(tmp_path / "in.npy", array)
    mapped = np.load(tmp_path / "in.npy", mmap_mode="r")
    for source in (array, mapped, tmp_path / "in.npy"):
        rows = open_rows(source)
        assert rows.take([2]) == [{"embedding": [4.0, 5.0]}]
        np.testing.assert_array_equal(rows.vectors("embedding"), array)
    assert isinstance(open_rows(mapped).vectors("embedding"), np.memmap)


class TestFingerprint:
    def test_same_content_same_hash_wherever_it_lies(self, files, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        copy = tmp_path / "elsewhere" / "other.jsonl"
        copy.write_bytes(files[0].read_bytes())
        prints = {open_rows(path).fingerprint() for path in [*files[:3], copy]}
        assert len(prints) == 1

    def test_any_change_is_seen(self, files, tmp_path):
        for path in files:
            before = open_rows(path).fingerprint()
            changed = [*RECORDS[:4], RECORDS[4] | {"text": "text 5"}]
            if path.suffix == ".csv":
                path.write_text(path.read_text().replace("text 4", "text 5"))
            else:
                open_rows(changed).write(path, np.arange(5))
            assert open_rows(path).fingerprint() != before

    def test_tables_are_hashed_by_content(self):
        whole = pa.Table.from_pylist(RECORDS)
        chunked = pa.concat_tables([whole.slice(0, 2), whole.slice(2)])
        assert open_rows(whole).fingerprint() == open_rows(chunked).fingerprint()
        assert open_rows(whole).fingerprint() != open_rows(whole.slice(1)).fingerprint()
        assert open_rows(RECORDS).fingerprint() != open_rows(RECORDS[1:]).fingerprint()
        array = np.ones((2, 2))
        assert open_rows(array).fingerprint() != open_rows(array * 2).fingerprint()
        assert open_rows(array).fingerprint() != open_rows(array.astype("f4")).fingerprint()

    def test_a_filter_is_part_of_it(self):
        pytest.importorskip("duckdb")
        assert open_rows(RECORDS).fingerprint() != open_rows(RECORDS, where="n > 1").fingerprint()


class TestWhere:
    @pytest.fixture(autouse=True)
    def _needs_duckdb(self):
        pytest.importorskip("duckdb")

    @pytest.mark.parametrize(
        "condition", ["n >= 3", "n >= 3 -- the last two", "id IN ('r3', 'r4')"]
    )
    def test_rows_that_it_keeps_are_the_pool(self, files, tmp_path, condition):
        for path in files:
            rows = open_rows(path, where=condition)
            assert len(rows) == 2
            assert rows.numbers("n").tolist() == [3, 4]
            assert rows.ids([1]) == ["r4"]
            assert rows.locate(1) == open_rows(path).locate(4)
            assert rows.hashes([0]) == open_rows(path).hashes([3])
            assert [text for block in rows.text_blocks() for text in block] == ["text 3", "text 4"]
            out = tmp_path / f"out{''.join(path.suffixes)}"
            rows.write(out, np.array([1, 0]))
            assert open_rows(out).take([0, 1]) == open_rows(path).take([4, 3])

    def test_tables_lists_and_nested_fields(self):
        records = [{"m": {"lang": "en"}, "n": 1}, {"m": {"lang": "it's"}, "n": 2.5}, {"late": 1}]
        assert open_rows(records, where="m.lang = 'it''s'").take([0]) == [records[1]]
        assert open_rows(records, where="late = 1").take([0]) == [records[2]]
        assert len(open_rows(pa.Table.from_pylist(records[:2]), where="m.lang = 'en'")) == 1

    def test_order_is_the_pools_over_many_blocks(self):
        rows = open_rows([{"n": row} for row in range(10_000)], where="n % 3 = 0")
        assert rows.numbers("n").tolist() == list(range(0, 10_000, 3))

    def test_bad_conditions(self, tmp_path):
        with pytest.raises(DataError, match="none of its 5 rows fulfils 'n > 9'; change --where"):
            open_rows(RECORDS, where="n > 9")
        with pytest.raises(ParameterError, match="where is 'nope > 1'"):
            open_rows(RECORDS, where="nope > 1")
        (tmp_path / "secret.csv").write_text("a\n1\n")
        with pytest.raises(ParameterError, match="where is"):
            open_rows(RECORDS, where=f"n IN (SELECT a FROM '{tmp_path / 'secret.csv'}')")

    def test_without_duckdb(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "duckdb", None)
        with pytest.raises(
            MissingPackageError, match=r"--where needs .* pip install 'cribble\[sql"
        ):
            open_rows(RECORDS, where="n > 1")


def test_lines_load_no_heavy_package(files):
    code = (
        "import sys; from cribble.data import open_rows; rows = open_rows(sys.argv[1]);"
        "list(rows.text_blocks()); rows.ids([0]); rows.labels('id'); rows.numbers('n');"
        "print({'pyarrow', 'pandas', 'polars', 'datasets', 'fsspec', 'duckdb'} & {*sys.modules})"
    )
    import cribble

    path = [str(one) for one in cribble.__path__[0].rsplit("/", 1)[:1]]
    done = subprocess.run(
        [sys.executable, "-c", code, str(files[0])],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": path[0]},
    )
    assert done.stdout == "set()\n"


def test_an_array_of_another_library_is_a_pool():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            return np.eye(3, dtype=np.float32)

    assert open_rows(Tensor()).take([1])[0]["embedding"] == [0.0, 1.0, 0.0]


def test_what_can_be_read_only_once_is_refused():
    with pytest.raises(DataError, match=r"cribble\.stream"):
        open_rows(iter(RECORDS))
