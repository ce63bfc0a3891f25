"""A log is the same from an array, a file or a table; one that is not of the rows is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cribble.core.errors import DataError
from cribble.data import training_log
from cribble.data.training_log import open_log

EPOCHS, ROWS, CLASSES = 3, 5, 4
RAW = np.random.default_rng(0).random((EPOCHS, ROWS, CLASSES))
CHANCES = RAW / RAW.sum(axis=2, keepdims=True)


def names(rows: Any) -> list[str]:
    return [f"r{row}" for row in rows]


def lines(kind: str = "probabilities", by: str = "row") -> list[dict[str, Any]]:
    """One line an epoch and row; rows come in another order at each epoch."""
    found = []
    for epoch in range(EPOCHS):
        for row in np.random.default_rng(epoch).permutation(ROWS).tolist():
            name = row if by == "row" else f"r{row}"
            found.append({"epoch": 10 * epoch, by: name, kind: CHANCES[epoch, row].tolist()})
    return found


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    return path


def whole(source: Any) -> np.ndarray:
    """The log as one array, from its blocks."""
    log = open_log(source, ROWS, names)
    found = np.full((log.epochs, ROWS, log.classes), np.nan)
    for block in log.blocks():
        assert np.isnan(found[block.epoch, block.rows]).all()
        found[block.epoch, block.rows] = block.outputs
    return found


@pytest.mark.parametrize("numbers", [1 << 19, 9])
def test_array_file_and_table_hold_the_same_log(
    numbers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_log, "_BLOCK", numbers)
    np.save(tmp_path / "log.npy", CHANCES)
    assert (whole(CHANCES) == CHANCES).all()
    assert (whole(tmp_path / "log.npy") == CHANCES).all()
    for name, by in (("log.jsonl", "row"), ("log.parquet", "id")):
        table = whole(written(tmp_path / name, lines(by=by)))
        assert table == pytest.approx(CHANCES, abs=1e-7)


def test_logits_are_told_from_probabilities(tmp_path: Path) -> None:
    assert not open_log(CHANCES, ROWS, names).logits
    assert open_log(RAW, ROWS, names).logits
    for kind in ("probabilities", "logits"):
        path = written(tmp_path / f"{kind}.jsonl", lines(kind))
        assert open_log(path, ROWS, names).logits == (kind == "logits")


def without_the_last(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[:-1]


def without_one(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[1:]


def with_one_twice(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rows[0], *rows]


def backwards(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[::-1]


def of_another_pool(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "row": one["row"] + 1} for one in rows]


def unscaled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*rows[:-1], {**rows[-1], "probabilities": [0.9] * CLASSES}]


def unnumbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"epoch": one["epoch"], "probabilities": one["probabilities"]} for one in rows]


def of_no_epoch(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"row": one["row"], "probabilities": one["probabilities"]} for one in rows]


@pytest.mark.parametrize(
    ("spoiled", "told"),
    [
        (without_the_last, "does not come at all 3 epochs"),
        (without_one, "does not come once at every epoch"),
        (with_one_twice, "does not come once at every epoch"),
        (backwards, "log.jsonl:6 is of epoch 10, after epoch 20"),
        (of_another_pool, "is of row 5, and the pool has 5 rows"),
        (unscaled, "no probabilities"),
        (unnumbered, "`row` or `id`"),
        (of_no_epoch, "its columns are row, probabilities"),
    ],
)
def test_a_table_that_is_not_of_the_rows_is_refused(
    spoiled: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], told: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=told):
        whole(written(tmp_path / "log.jsonl", spoiled(lines())))


def test_an_array_that_is_not_of_the_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="of 4 rows, and the pool has 5"):
        whole(CHANCES[:, :4])
    with pytest.raises(DataError, match="epochs, rows, classes"):
        whole(CHANCES[0])
    with pytest.raises(DataError, match="No such file"):
        whole(tmp_path / "none.npy")
    (tmp_path / "bad.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match=r"numpy\.save"):
        whole(tmp_path / "bad.npy")
    late = CHANCES.copy()
    late[2, 3] = 0.9
    with pytest.raises(DataError, match="row 3 has outputs"):
        whole(late)
    with pytest.raises(DataError, match="no row of the pool has the id"):
        whole(written(tmp_path / "log.jsonl", [{**one, "id": "x"} for one in lines(by="id")]))
