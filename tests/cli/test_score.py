import json

import pyarrow.parquet as pq


def test_tokens_are_counted_once_and_written(cribble, folder):
    texts = ["one two", "three", ""]
    (folder / "p.jsonl").write_text(
        "".join(json.dumps({"id": f"r{i}", "text": text}) + "\n" for i, text in enumerate(texts))
    )
    assert cribble("score", "p.jsonl", "--dry-run", "--json").json["state"] == "to compute"
    told = cribble("score", "p.jsonl", "-o", "s.parquet", "--json").json
    assert (told["rows"], told["total"], told["most"]) == (3, 3.0, 2.0)
    assert pq.read_table(folder / "s.parquet").to_pydict() == {
        "row": [0, 1, 2],
        "id": ["r0", "r1", "r2"],
        "tokens": [2.0, 1.0, 0.0],
    }
    assert cribble("score", "p.jsonl", "--dry-run", "--json").json["state"] == "cached"


def test_a_score_that_does_not_exist_is_refused(cribble, folder):
    (folder / "p.jsonl").write_text('{"text": "a"}\n')
    told = cribble("score", "p.jsonl", "--signal", "tokns")
    assert told.code == 2
    assert "tokens" in told.err
    (folder / "n.jsonl").write_text('{"n": 1}\n')
    told = cribble("score", "n.jsonl")
    assert told.code == 2
    assert "no text" in told.err
