from __future__ import annotations

import json

import numpy as np
import pytest

from cribble.core import Pool, Selection
from cribble.core.errors import DataError
from cribble.run.manifest import (
    describe,
    digest_file,
    digest_picks,
    manifest_path,
    read_manifest,
    write_manifest,
)
from cribble.selectors.baselines.random import Random


def chosen(*picks):
    return Selection(indices=np.array(picks), method="m", value=1.0, upper_bound=2.0, seed=7)


@pytest.mark.parametrize(
    ("out", "record"),
    [
        ("a/subset.jsonl", "a/subset.manifest.json"),
        ("a/subset.jsonl.gz", "a/subset.manifest.json"),
        ("a/sub.set.parquet", "a/sub.set.manifest.json"),
        ("a/folder", "a/folder.manifest.json"),
    ],
)
def test_the_manifest_stands_beside_the_output(out, record):
    assert str(manifest_path(out)) == record


def test_the_hash_of_picks_knows_their_order():
    assert digest_picks(chosen(1, 2)) == digest_picks(chosen(1, 2))
    assert digest_picks(chosen(1, 2)) != digest_picks(chosen(2, 1))
    assert digest_picks(chosen(1, 2)) != digest_picks(chosen(1))


def test_a_folder_is_hashed_by_names_and_content(tmp_path):
    for name, inner in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).mkdir()
        (tmp_path / name / inner).write_text("same")
    first, second, third = (digest_file(tmp_path / name) for name in "abc")
    assert first == second != third
    (tmp_path / "b" / "x").write_text("other")
    assert digest_file(tmp_path / "b") != first


def test_what_was_done_is_put_down(tmp_path):
    manifest = describe(chosen(3, 1), Pool(5), method=Random())
    assert manifest["certified"] == 0.5
    assert (manifest["rows"], manifest["pool_rows"], manifest["seed"]) == (2, 5, 7)
    assert manifest["inputs"] is None
    assert manifest["parameters"] == {}
    path = tmp_path / "m.manifest.json"
    write_manifest(path, manifest)
    assert read_manifest(path) == (path, json.loads(json.dumps(manifest)))
    assert read_manifest(tmp_path / "m.jsonl")[0] == path


@pytest.mark.parametrize(
    ("text", "found"), [("{", "not JSON"), ("[]", "this version"), ('{"format": 0}', "version")]
)
def test_what_is_no_manifest_is_refused(tmp_path, text, found):
    path = tmp_path / "m.manifest.json"
    path.write_text(text)
    with pytest.raises(DataError, match=found):
        read_manifest(path)
