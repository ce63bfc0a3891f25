"""Ridge regression against its normal equations, and rows left out against fits without them."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels import ridge as kernel
from cribble.kernels.ridge import ridge


def _solve(x: np.ndarray, y: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    middle = x.mean(axis=0)
    wide = x - middle
    slopes = np.linalg.solve(wide.T @ wide + penalty * np.eye(x.shape[1]), wide.T @ (y - y.mean()))
    return slopes, float(y.mean() - middle @ slopes)


def test_the_penalty_is_that_of_least_error_on_rows_left_out() -> None:
    draw = np.random.default_rng(0)
    x = draw.standard_normal((25, 4)) * [3, 1, 1, 0.1] + 5
    y = np.stack([x @ [1, 0, -1, 0] + draw.standard_normal(25), draw.standard_normal(25)], axis=1)
    wide = x - x.mean(axis=0)
    scale = np.linalg.eigvalsh(wide.T @ wide).mean()
    found = ridge(x, y)
    for column in range(2):
        errors = []
        for penalty in kernel._PENALTIES * scale:
            # The closed form keeps the center and the penalty of all rows.
            left_out = []
            for row in range(25):
                rest = np.delete(np.arange(25), row)
                table = np.column_stack([np.ones(25), wide])
                gram = table[rest].T @ table[rest] + np.diag([0, *[penalty] * 4])
                fit = np.linalg.solve(gram, table[rest].T @ y[rest, column])
                left_out.append(y[row, column] - table[row] @ fit)
            errors.append(np.square(left_out).sum())
        penalty = (kernel._PENALTIES * scale)[int(np.argmin(errors))]
        slopes, offset = _solve(x, y[:, column], penalty)
        np.testing.assert_allclose(found.slopes[:, column], slopes)
        assert found.offsets[column] == pytest.approx(offset)
        means = (y[:, column].sum() - y[:, column]) / 24
        share = 1 - min(errors) / np.square(y[:, column] - means).sum()
        assert found.r2[column] == pytest.approx(share)


def test_what_features_tell_is_predicted_and_noise_is_not() -> None:
    draw = np.random.default_rng(1)
    x = draw.standard_normal((200, 6)).astype(np.float32)
    y = np.stack([x @ np.arange(6.0), draw.standard_normal(200), np.full(200, 2.0)], axis=1)
    found = ridge(x, y)
    assert found.r2[0] > 0.999
    assert found.r2[1] < 0.1
    np.testing.assert_allclose((x @ found.slopes + found.offsets)[:, 0], y[:, 0], atol=1e-3)
    assert found.offsets[2] == 2
