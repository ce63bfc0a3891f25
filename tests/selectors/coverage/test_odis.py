"""ODiS against turns played out by hand on components from an SVD."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.selectors.coverage.odis import Odis


def _components(Z: np.ndarray) -> np.ndarray:
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    parts = Z @ np.linalg.svd(Z, full_matrices=False)[2].T
    return parts * np.sign([np.corrcoef(part, Z.mean(axis=1))[0, 1] for part in parts.T])


@given(st.integers(0, 2**16), st.integers(0, 20))
def test_components_take_turns(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(20, 3)) @ rng.normal(size=(3, 3))
    parts = _components(Z)
    queues = [np.argsort(-part).tolist() for part in parts.T]
    taken: list[int] = []
    for turn in range(20):
        taken += [q[turn] for q in queues if q[turn] not in taken]
    # Within one turn a row that two components meet goes to the first; the set is the same.
    pool = Pool(20, signals={"s": Z})
    chosen = Odis(signals=("s",), components=3).select(pool, Budget(rows=rows))
    assert chosen.indices.tolist() == list(dict.fromkeys(taken))[:rows]


def test_components_are_uncorrelated_and_those_that_do_not_vary_are_left_out() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=400)
    pool = Pool(400, signals={"a": a, "b": a * 3 + 1, "c": rng.normal(size=400), "d": np.ones(400)})
    chosen = Odis(signals=("a", "b", "c", "d")).select(pool, Budget(rows=40))
    assert len(chosen.stats["explained"]) == 2
    assert sum(chosen.stats["explained"]) == pytest.approx(1)
    assert chosen.stats["overlap"] < 4 * chosen.stats["chance"]
    assert "component" in chosen.explain(int(chosen.indices[0])).text


def test_components_of_rows_without_scores_are_predicted_from_their_features() -> None:
    draw = np.random.default_rng(4)
    X = draw.standard_normal((300, 5))
    Z = X @ draw.standard_normal((5, 3)) + 0.01 * draw.standard_normal((300, 3))
    known = np.arange(300) % 3 == 0
    signals = {"embedding": X.astype(np.float32), "known": known, "scores": Z}
    whole = Odis(signals=("scores",), components=2)
    part = Odis(signals=("scores",), components=2, scored="known")
    told = Pool(300, signals={**signals, "scores": np.where(known[:, None], Z, 7.0)})
    chosen = part.select(told, Budget(rows=30))
    wanted = whole.select(Pool(300, signals=signals), Budget(rows=30))
    assert len(np.intersect1d(chosen.indices, wanted.indices)) >= 26
    assert min(chosen.stats["r2"]) > 0.99
    assert wanted.stats["r2"] is None
    noise = told.adding(signals={"embedding": draw.standard_normal((300, 5))})
    assert max(part.select(noise, Budget(rows=30)).stats["r2"]) < 0.3
    with pytest.raises(SignalError, match="known"):
        part.select(told.adding(signals={"known": np.arange(300) == 0}), Budget(rows=3))


def test_independent_scores_overlap_as_chance_has_it() -> None:
    Z = np.random.default_rng(5).standard_normal((20_000, 4))
    chosen = Odis(signals=("scores",)).select(
        Pool(20_000, signals={"scores": Z}), Budget(rows=8_000)
    )
    assert chosen.stats["overlap"] == pytest.approx(chosen.stats["chance"], rel=0.1)


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="signals"):
        Odis(signals=())
    with pytest.raises(ParameterError, match="components"):
        Odis(components=0)
