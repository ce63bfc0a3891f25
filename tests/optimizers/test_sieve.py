import pickle

import numpy as np
import pytest

from cribble.core.errors import ParameterError
from cribble.objectives.streamed import OnRows, StreamedFeatures
from cribble.optimizers.sieve import SieveStream
from oracles.streamed import NAMES, Case


def _through(case: Case, order: np.ndarray, count: int, step: int, **given) -> SieveStream:
    sieve = SieveStream(case.function, count, **given)
    for low in range(0, len(order), step):
        sieve.push(order[low : low + step], case.X[order[low : low + step]])
    return sieve


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("eps", [0.1, 0.5])
def test_any_order_reaches_its_share_of_the_optimum_and_bounds_it(name: str, eps: float) -> None:
    missed = []
    for seed in range(50):
        case, count = Case(seed, name), 2 + seed % 2
        best = case.optimum(count)
        slack = 1e-5 + 1e-6 * best  # affinities are float32
        order = np.arange(9)
        by_value = np.argsort([case.value([row]) for row in order])
        shuffled = np.random.default_rng(seed).permutation(9)
        for rows in (order, shuffled, by_value, by_value[::-1]):
            sieve = _through(case, rows, count, 4, eps=eps)
            # The promise is that of the sets alone, before anything is filled up.
            found = max((one.value for one in sieve._sieves.values()), default=0.0)
            assert found >= best / (2 * (1 + eps)) - slack
            missed.append(found < 0.9 * best)
            if rows is not shuffled:
                continue
            run = sieve.result()
            assert len(set(run.indices.tolist())) == count
            assert found - slack <= case.value(run.indices) <= best + slack
            assert run.value == pytest.approx(case.value(run.indices), rel=1e-4, abs=1e-4)
            assert run.upper_bound >= best - slack
    # A stream is harder than a pool: the bound is not all that is seen.
    assert any(missed)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_set_gained_its_threshold_as_by_the_definition(name: str) -> None:
    """Against the algorithm of the paper, one row after another."""
    for seed in range(30):
        case, count, eps = Case(seed, name, n=60), 4, 0.2
        order = np.random.default_rng(seed).permutation(60)
        best_single = best_value = 0.0
        sets: dict[int, OnRows] = {}
        picks: dict[int, list[int]] = {}
        for row in order.tolist():
            gain = float(OnRows(case.function, case.X[[row]]).bounds()[0])
            best_single = max(best_single, gain)
            if best_single == 0:
                continue
            least = max(best_value, best_single) / (2 * count)
            grid = [at for at in range(-60, 60) if least / (1 + eps) < 1.2**at <= best_single]
            sets = {at: sets.get(at) or OnRows(case.function, case.X) for at in grid}
            picks = {at: picks.get(at, []) for at in grid}
            for at in grid:
                if len(picks[at]) < count and sets[at].gains(np.array([row]))[0] >= 1.2**at:
                    sets[at].add(row)
                    picks[at].append(row)
                    best_value = max(best_value, sets[at].value)
        least = max(best_value, best_single) / (2 * count)
        picks = {at: rows for at, rows in picks.items() if 1.2**at > least / (1 + eps)}
        sieve = _through(case, order, count, 60, eps=eps)
        assert {at: one.rows for at, one in sieve._sieves.items()} == picks


@pytest.mark.parametrize("name", NAMES)
def test_blocks_change_nothing_and_a_stream_goes_on_from_a_file(name: str) -> None:
    case, order = Case(2, name, n=1_300), np.random.default_rng(0).permutation(1_300)
    through = _through(case, order, 20, 1_300)
    whole, held = through.result(), through.held.tolist()
    for step in (7, 600):
        sieve = SieveStream(case.function, 20)
        for low in range(0, 1_300, step):
            sieve.push(order[low : low + step], case.X[order[low : low + step]])
            if low in (600, 700):
                sieve = pickle.loads(pickle.dumps(sieve))
        run = sieve.result()
        assert run.indices.tolist() == whole.indices.tolist()
        assert run.gains.tolist() == whole.gains.tolist()
        assert run.upper_bound == whole.upper_bound
        assert sieve.held.tolist() == held


def test_few_rows_are_held_and_only_those_can_be_picked() -> None:
    case = Case(1, "facility-location", n=3_000)
    sieve = SieveStream(case.function, 10)
    for low in range(0, 3_000, 100):
        sieve.push(np.arange(low, low + 100), case.X[low : low + 100])
        assert set(sieve.result().indices.tolist()) <= set(sieve.held.tolist())
        # Sets of thresholds in [best / 2k, best] have at most 2k (1 + eps) / (1 + eps)^i rows.
        assert len(sieve.held) <= 10 * (2 + 2 / np.log(1.1)) + 10
    assert sieve.peak < 200


def test_rows_that_gain_nothing_still_fill_the_budget() -> None:
    sieve = SieveStream(StreamedFeatures(2), 3)
    sieve.push(np.arange(2), np.zeros((2, 2)))
    assert sieve.result().indices.tolist() == [0, 1]
    sieve.push(np.arange(2, 9), np.zeros((7, 2)))
    run = sieve.result()
    assert len(run.indices) == 3
    assert run.value == run.upper_bound == 0


def test_parameters_are_checked() -> None:
    for given in ({"eps": 0.0}, {"eps": float("nan")}, {"count": -1}):
        with pytest.raises(ParameterError):
            SieveStream(StreamedFeatures(2), **{"count": 3, **given})
