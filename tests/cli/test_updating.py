"""``cribble update``: what is exact, what is new work, what stays, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.selectors.coverage.k_center import KCenter
from cribble.signals.hashed import HashedEmbedder

SEED = np.random.default_rng(7)
X = SEED.normal(size=(90, 3)).round(3)
WORDS = ("river", "stone", "cloud", "ember", "field", "glass", "harbor", "island")


@pytest.fixture(autouse=True)
def files(folder):
    """Rows 0 to 39 in ``a.jsonl``, to 59 in ``b.jsonl``, to 89 in ``new.jsonl``."""
    for name, low, high in (("a", 0, 40), ("b", 40, 60), ("new", 60, 90)):
        with (folder / f"{name}.jsonl").open("w") as file:
            for row in range(low, high):
                words = [WORDS[int(one * 97) % 8] for one in np.abs(X[row])]
                record = {
                    "id": f"r{row}",
                    "score": row % 5,
                    "source": "code" if row % 3 else "web",
                    "vector": X[row].tolist(),
                    "text": f"{' '.join(words)} {row % 7}",
                }
                file.write(json.dumps(record) + "\n")
    return folder


def chosen(folder, name="out.jsonl"):
    return [int(json.loads(line)["id"][1:]) for line in (folder / name).read_text().splitlines()]


def record(folder, name="new-out"):
    return json.loads((folder / f"{name}.manifest.json").read_text())


def run(cribble, *arguments):
    ended = cribble(*arguments)
    assert ended.code == 0, ended.err
    return ended


@pytest.mark.parametrize(
    "options",
    [
        ("--method", "random", "-k", 9),
        ("--method", "random", "-k", "20%", "--seed", 3),
        ("--method", "top-score", "-k", 9, "--quality", "score"),
        ("--method", "stratified", "-k", 9, "--group", "source"),
    ],
)
def test_methods_that_read_columns_alone_choose_as_a_fresh_run(cribble, files, options):
    run(cribble, "select", "a.jsonl", "b.jsonl", *options, "-o", "out.jsonl")
    run(cribble, "update", "out.jsonl", "new.jsonl", "-o", "new-out.jsonl")
    run(cribble, "select", "a.jsonl", "b.jsonl", "new.jsonl", *options, "-o", "fresh.jsonl")
    assert (files / "new-out.jsonl").read_bytes() == (files / "fresh.jsonl").read_bytes()
    assert record(files)["picks"] == record(files, "fresh")["picks"]
    assert record(files)["updates"]["exact"] is True


BY_VECTOR = ("--method", "k-center", "-k", 12, "--embedding", "vector")


def test_old_picks_and_new_rows_compete_and_old_rows_keep_their_share(cribble, files):
    run(cribble, "select", "a.jsonl", "b.jsonl", *BY_VECTOR, "-o", "out.jsonl", "--order", "picked")
    before = chosen(files)
    run(cribble, "update", "out.jsonl", "new.jsonl", "-o", "new-out.jsonl")
    candidates = np.array(sorted(before) + list(range(60, 90)))
    seats = [int(np.searchsorted(candidates, row)) for row in before[:8]]  # 12 * 60 / 90
    vectors = X[candidates].astype(np.float32)
    expected = KCenter().select(Pool.from_array(vectors), Budget(rows=12, keep=seats))
    assert chosen(files, "new-out.jsonl") == candidates[expected.indices].tolist()
    told = record(files)["updates"]
    assert (told["candidates"], told["seats"], told["new_rows"]) == (42, 8, 30)
    assert record(files)["pool_rows"] == 90
    assert run(cribble, "verify", "new-out.jsonl", "--json").json["equal"] is True


def test_only_picks_and_new_rows_are_embedded_by_the_old_embedder(cribble, files, monkeypatch):
    run(cribble, "select", "a.jsonl", "b.jsonl", "-k", 6, "--method", "gist", "-o", "out.jsonl")
    seen = []
    embed = HashedEmbedder.embed_block

    def counted(self, block):
        seen.append(len(block))
        return embed(self, block)

    def refuse(*_):
        raise AssertionError("the embedder is fitted already")

    monkeypatch.setattr(HashedEmbedder, "embed_block", counted)
    monkeypatch.setattr(HashedEmbedder, "fit", refuse)
    run(cribble, "update", "out.jsonl", "new.jsonl", "-o", "new-out.jsonl")
    assert sum(seen) == 6 + 30
    (files / "more.jsonl").write_text((files / "a.jsonl").read_text().replace('"r', '"s'))
    run(cribble, "update", "new-out.jsonl", "more.jsonl", "-o", "third.jsonl")
    assert sum(seen) == 6 + 30 + 6 + 40
    assert record(files, "third")["updates"]["run"] == "new-out.manifest.json"


def test_an_update_of_an_update_repeats_without_the_cache(cribble, files):
    run(cribble, "select", "a.jsonl", "-k", 6, "--method", "k-center", "-o", "out.jsonl")
    run(cribble, "update", "out.jsonl", "b.jsonl", "-o", "new-out.jsonl")
    run(cribble, "update", "new-out.jsonl", "new.jsonl", "-o", "third.jsonl")
    shutil.rmtree(files.parent / "cache")
    assert run(cribble, "verify", "third.jsonl", "--json").json["equal"] is True
    row = chosen(files, "third.jsonl")[0]
    assert run(cribble, "explain", "third.jsonl", f"r{row}", "--json").json["picked"] is True


def test_dropped_rows_leave_and_others_take_their_seats(cribble, files):
    run(cribble, "select", "a.jsonl", "b.jsonl", *BY_VECTOR, "-o", "out.jsonl")
    before = chosen(files)
    (files / "gone.txt").write_text("".join(f"r{row}\n" for row in before[:3]))
    run(cribble, "update", "out.jsonl", "--drop", "gone.txt", "-o", "new-out.jsonl")
    after = chosen(files, "new-out.jsonl")
    assert len(after) == 12
    assert set(before[3:]) < set(after)
    assert not set(before[:3]) & set(after)
    assert record(files)["updates"]["candidates"] == 9 + 30
    assert run(cribble, "verify", "new-out.jsonl", "--json").json["equal"] is True
    (files / "more.txt").write_text(f"r{after[0]}\n")
    run(cribble, "update", "new-out.jsonl", "--drop", "more.txt", "-o", "third.jsonl")
    assert not {*before[:3], after[0]} & set(chosen(files, "third.jsonl"))


def test_a_file_that_is_gone_leaves_the_pool(cribble, files):
    run(
        cribble, "select", "a.jsonl", "b.jsonl", "-k", 12, "--method", "k-center", "-o", "out.jsonl"
    )
    before = chosen(files)
    (files / "a.jsonl").unlink()
    options = ("new.jsonl", "--remove", "a.jsonl", "-o", "new-out.jsonl")
    run(cribble, "update", "out.jsonl", *options)
    after = chosen(files, "new-out.jsonl")
    assert len(after) == 12
    assert min(after) >= 40
    told = record(files)["updates"]
    assert (told["removed_rows"], told["new_rows"]) == (40, 30)
    stay = [row for row in before if row >= 40][: told["seats"]]
    assert 0 < len(stay) == told["seats"] <= 4  # 12 * 20 / 50 rounded down
    assert set(stay) <= set(after)
    assert run(cribble, "verify", "new-out.jsonl", "--json").json["equal"] is True


def test_a_cost_budget_is_shared_and_held(cribble, files):
    options = ("--cost-budget", 30, "--cost-column", "score", "--method", "k-center")
    reading = ("--embedding", "vector", "--where", "score > 0")
    run(cribble, "select", "a.jsonl", "b.jsonl", *options, *reading, "-o", "out.jsonl")
    run(cribble, "update", "out.jsonl", "new.jsonl", "-o", "new-out.jsonl")
    after = chosen(files, "new-out.jsonl")
    assert sum(row % 5 for row in after) <= 30
    kept = set(after) & set(chosen(files))
    assert len(kept) >= record(files)["updates"]["seats"] > 0


def test_group_limits_hold_across_the_update(cribble, files):
    limits = ("--at-least", "source:web=5", "--at-most", "source:code=7")
    run(cribble, "select", "a.jsonl", *BY_VECTOR, *limits, "-o", "out.jsonl")
    run(cribble, "update", "out.jsonl", "new.jsonl", "-o", "new-out.jsonl")
    web = sum(row % 3 == 0 for row in chosen(files, "new-out.jsonl"))
    assert web == 5


def test_a_race_is_not_run_again(cribble, files):
    run(cribble, "select", "a.jsonl", "b.jsonl", "-k", 9, "-o", "out.jsonl")
    run(cribble, "update", "out.jsonl", "new.jsonl", "-o", "new-out.jsonl")
    winner = record(files, "out")["stats"]["auto"]["chosen"]
    assert record(files)["method"] == winner


@pytest.mark.parametrize(
    ("spoil", "arguments", "told"),
    [
        (None, (), "nothing changes"),
        (None, ("--remove", "new.jsonl"), "no file of the pool"),
        (None, ("a.jsonl",), "named twice"),
        ("a.jsonl", ("new.jsonl",), "changed since the run"),
    ],
)
def test_what_cannot_be_is_refused(cribble, files, spoil, arguments, told):
    run(cribble, "select", "a.jsonl", "b.jsonl", *BY_VECTOR, "-o", "out.jsonl")
    if spoil is not None:
        (files / spoil).write_text((files / "new.jsonl").read_text().replace('"r', '"t'))
    ended = cribble("update", "out.jsonl", *arguments, "-o", "new-out.jsonl")
    assert ended.code == 2
    assert told in " ".join(ended.err.split())
    assert not (files / "new-out.jsonl").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="stamps are trusted on Linux alone")
class TestUnchangedFiles:
    """Large files that look unchanged are not read: by an update, but by ``verify``."""

    @pytest.fixture(autouse=True)
    def settled(self, monkeypatch):
        for module in ("files", "lines"):
            monkeypatch.setattr(f"cribble.data.{module}.WORTH_KEEPING", 1)
        # To see what the rows are made of, the first of them are looked at.
        monkeypatch.setattr("cribble.data.rows._FIRST", 2)
        monkeypatch.setattr("cribble.data.stamps._TICK", 0)
        monkeypatch.setattr("cribble.data.stamps._is_trusted", lambda device: True)
        time.sleep(0.02)  # the clock of a file system ticks every 4 ms

    @pytest.fixture
    def parsed(self, monkeypatch):
        """Every line that is parsed."""
        from cribble.data import jsonl

        seen = []
        for name in ("from_json", "parse_line"):
            parse = getattr(jsonl, name)

            def noted(raw, parse=parse):
                seen.append(json.loads(raw)["id"])
                return parse(raw)

            monkeypatch.setattr(jsonl, name, noted)
        return seen

    @pytest.mark.parametrize(
        "options",
        [
            ("--method", "top-score", "--quality", "score"),
            ("--method", "stratified", "--group", "source"),
            BY_VECTOR[:2] + BY_VECTOR[4:],
        ],
    )
    def test_an_update_reads_new_files_and_picks(self, cribble, files, parsed, options):
        old = [f"{name}.jsonl" for name in "ab"]
        (files / "gone.txt").write_text("r3\n")
        dropping = ("--drop", "gone.txt")
        run(cribble, "select", *old, "-k", 6, *options, *dropping, "-o", "out.jsonl")
        picks = {f"r{row}" for row in chosen(files)}
        del parsed[:]
        run(cribble, "update", "out.jsonl", "new.jsonl", "-o", "new-out.jsonl")
        new = {f"r{row}" for row in range(60, 90)}
        # Rows of the list are compared by name.
        assert new <= set(parsed) <= new | picks | {"r0", "r1", "r3"}

    def test_an_edit_is_found_whatever_it_leaves_as_it_was(self, cribble, files):
        run(cribble, "select", "a.jsonl", "b.jsonl", *BY_VECTOR, "-o", "out.jsonl")
        path, was = files / "a.jsonl", (files / "a.jsonl").stat()
        path.write_text(path.read_text().replace("river", "reviR"))
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        refused = cribble("update", "out.jsonl", "new.jsonl", "-o", "new-out.jsonl")
        assert refused.code == 2
        assert "a.jsonl: it changed since the run" in refused.err

    def test_verify_reads_files_whatever_their_stamps(self, cribble, files, monkeypatch):
        monkeypatch.setattr("cribble.data.files.stamp_of", lambda path: (1, 2, 3))
        run(cribble, "select", "a.jsonl", *BY_VECTOR, "-o", "out.jsonl")
        assert run(cribble, "verify", "out.jsonl", "--json").json["equal"] is True
        path = files / "a.jsonl"
        path.write_text(path.read_text().replace("river", "reviR"))
        checked = cribble("verify", "out.jsonl", "--json")
        assert checked.json["equal"] is False
        assert [one["what"] for one in checked.json["checks"] if not one["equal"]] == ["inputs"]
