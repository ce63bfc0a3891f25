"""Filters from the command line: what they drop is counted, written and never picked."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

RANDOM = ("--method", "random")
ITEM = "a train leaves the old station at noon and reaches the far harbor town by evening"
TEXTS = (
    "the river runs past seven quiet villages before it meets the sea",
    "The river  runs past seven quiet villages before it meets the sea",
    "short text",
    f"Question: {ITEM.upper()}! How far?",
    "a stone bridge was built over the river in the year of the flood",
    "spam offers stand in every line of this otherwise harmless letter",
)


@pytest.fixture
def pool(folder):
    rows = [{"id": f"r{row}", "quality": row, "text": text} for row, text in enumerate(TEXTS)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "pool.jsonl").write_text(lines, "utf-8")
    tests = [{"id": "e0", "text": "unrelated words"}, {"id": "e1", "text": ITEM}]
    (folder / "eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tests), "utf-8")
    (folder / "blocked.txt").write_text("lottery\nspam offers\n", "utf-8")
    return folder


FILTERS = (
    *("--dedup", "exact", "--filter", "length:min_words=3"),
    *("--filter", "blocklist:words=@blocked.txt", "--decontaminate", "eval.jsonl"),
)


def test_dropped_rows_are_told_with_step_reason_and_match(cribble, pool):
    ended = cribble(
        *("select", "pool.jsonl", "-k", 2, *RANDOM, *FILTERS, "--json"),
        *("-o", "out.jsonl", "--dropped", "dropped.parquet", "--report", "report.html"),
    )
    assert ended.code == 0, ended.err
    assert {json.loads(line)["id"] for line in (pool / "out.jsonl").read_bytes().splitlines()} == {
        "r0",
        "r4",
    }
    table = pq.read_table(pool / "dropped.parquet").to_pydict()
    assert table["id"] == ["r1", "r2", "r3", "r5"]
    assert table["step"] == ["exact-duplicates", "length", "decontaminate", "blocklist"]
    assert table["matched_id"] == ["r0", None, "e1", None]
    assert table["matched_row"] == [0, None, 1, None]
    assert table["reason"][1] == "fewer than 3 words"
    steps = ended.json["stats"]["filters"]
    assert [(one["step"], one["judged"], one["dropped"]) for one in steps] == [
        ("exact-duplicates", 6, 1),
        ("length", 5, 1),
        ("blocklist", 4, 1),
        ("decontaminate", 3, 1),
    ]
    assert "Dropped first" in (pool / "report.html").read_text("utf-8")
    record = json.loads((pool / "out.manifest.json").read_text("utf-8"))
    assert record["filters"] == steps


def test_the_run_repeats_with_its_filters_from_another_folder(cribble, pool, monkeypatch):
    ended = cribble(
        *("select", "pool.jsonl", "-k", 1, *RANDOM, *FILTERS, "-o", "out.jsonl"),
        *("--dropped", "dropped.parquet"),
    )
    assert "blocklist: dropped 1 of 4 rows" in ended.err
    (pool / "elsewhere").mkdir()
    monkeypatch.chdir(pool / "elsewhere")
    told = cribble("verify", "../out.jsonl", "--json").json
    assert told["equal"]
    assert "dropped written again" in [check["what"] for check in told["checks"]]


def test_quality_and_kept_rows_decide_which_copy_stays(cribble, pool):
    say = ("select", "pool.jsonl", *RANDOM, "--dedup", "exact", "-o", "out.jsonl", "--json")

    def dropped(*more):
        assert cribble(*say, "-k", 5, *more, "--dropped", "d.parquet").code == 0
        return pq.read_table(pool / "d.parquet").to_pydict()["id"]

    assert dropped() == ["r1"]
    assert dropped("--quality", "quality") == ["r0"]
    (pool / "keep.txt").write_text("r0\n", "utf-8")
    assert dropped("--quality", "quality", "--keep", "keep.txt") == ["r1"]


def test_limits_are_checked_after_the_filters(cribble, pool):
    ended = cribble("select", "pool.jsonl", "-k", 3, *RANDOM, *FILTERS, "-o", "out.jsonl")
    assert ended.code == 2
    assert "budget is 3 rows" in ended.err
    assert not (pool / "out.jsonl").exists()


def test_a_kept_row_is_never_dropped_in_silence(cribble, pool):
    (pool / "keep.txt").write_text("r2\n", "utf-8")
    ended = cribble(
        *("select", "pool.jsonl", "-k", 2, *RANDOM, "--filter", "length", "--keep", "keep.txt")
    )
    assert ended.code == 2
    assert "row 2 (r2) to be kept" in ended.err
    assert "fewer than 3 words" in ended.err


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--dedup", "nere", "did you mean near"),
        ("--dedup", "near=1.5", "threshold is 1.5"),
        ("--dedup", "exact=0.5", "no parameter of exact named 'threshold'"),
        ("--filter", "lenght", "did you mean length"),
        ("--filter", "length:min_wrds=3", "did you mean min_words"),
        ("--filter", "length:min_words=few", "min_words of length is 'few'"),
        ("--filter", "blocklist", "words of blocklist"),
        ("--filter", "blocklist:words=@gone.txt", "gone.txt"),
        pytest.param(
            *("--filter", "language:only=xx", "no language named 'xx'"), marks=pytest.mark.language
        ),
        ("--decontaminate", "gone.jsonl", "gone.jsonl"),
        ("--dropped", "dropped.parquet", "given with a filter"),
        ("--decontaminate-cosine", "0.9", "given with an evaluation file"),
    ],
)
def test_bad_filters_are_refused(cribble, pool, option, value, told):
    ended = cribble("select", "pool.jsonl", "-k", 2, *RANDOM, option, value)
    assert ended.code == 2, ended.err
    assert told in ended.err


def test_evaluation_files_need_text_but_no_vectors(cribble, pool):
    rows = [{"text": text, "embedding": [1.0, row]} for row, text in enumerate(TEXTS)]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (pool / "vectors.jsonl").write_text(lines, "utf-8")
    (pool / "numbers.jsonl").write_text('{"value": 1}\n', "utf-8")
    say = ("select", "vectors.jsonl", "-k", 2, *RANDOM, "--json", "--decontaminate")
    assert cribble(*say, "eval.jsonl").json["stats"]["filters"][0]["dropped"] == 1
    refused = cribble(*say, "numbers.jsonl")
    assert refused.code == 2
    assert "numbers.jsonl has none" in refused.err


def test_evaluation_rows_are_compared_by_vectors_too(cribble, pool):
    vectors = ([1.0, 0.0], [0.99, 0.1], [0.0, 1.0], [-1.0, 0.0])
    rows = [{"id": f"r{i}", "text": f"row {i}", "vector": v} for i, v in enumerate(vectors)]
    (pool / "vectors.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (pool / "test.jsonl").write_text('{"text": "other words", "vector": [2, 0]}\n', "utf-8")
    say = ("select", "vectors.jsonl", "-k", 2, *RANDOM, "--embedding", "vector", "--json")
    say += ("--decontaminate", "test.jsonl", "--decontaminate-cosine")
    ended = cribble(*say, "0.95", "--dropped", "dropped.parquet")
    assert ended.code == 0, ended.err
    table = pq.read_table(pool / "dropped.parquet").to_pydict()
    assert table["id"] == ["r0", "r1"]
    assert table["reason"] == ["a cosine of 0.95 or more to an evaluation row"] * 2
    assert cribble(*say, "0.999").json["stats"]["filters"][0]["dropped"] == 1
    assert "similarity" in cribble(*say, "1.5").err
    (pool / "plain.jsonl").write_text('{"text": "other words"}\n', "utf-8")
    refused = cribble(*say[:-2], "plain.jsonl", "--decontaminate-cosine", "0.9")
    assert refused.code == 2
    assert "vector" in refused.err


def test_methods_are_compared_on_what_filters_leave(cribble, folder):
    rows = [
        {"text": f"a row with number {i // 2} in it", "vector": [i % 7, i % 5]} for i in range(80)
    ]
    rows += [{"text": "short", "vector": [9, 9]}] * 10
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    say = ("compare", "pool.jsonl", "-k", 45, "--methods", "k-center", "--repeats", "5", "--json")
    say += ("--embedding", "vector")
    assert cribble(*say).code == 0
    cleaned = cribble(*say, "--filter", "length:min_words=3", "--dedup", "exact")
    assert cleaned.code == 2
    assert "40" in cleaned.err


def test_a_dry_run_names_the_filters_and_runs_none(cribble, pool):
    ended = cribble("select", "pool.jsonl", "-k", 2, *RANDOM, *FILTERS, "--dry-run", "--json")
    assert ended.json["feasible"] is None
    assert "exact-duplicates, length, blocklist, decontaminate" in ended.json["limits"]
