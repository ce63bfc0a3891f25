import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.optimizers.finishing import finish
from oracles.plain_greedy import plain_greedy
from oracles.streamed import NAMES, Case


@pytest.mark.parametrize("name", NAMES)
def test_the_set_is_the_better_of_filled_up_and_greedy_anew(name: str) -> None:
    won = {"filled": 0, "anew": 0}
    limits = Budget(rows=4).resolve(Pool(7))
    for seed in range(1, 60):
        if seed % 3 == 0:
            continue  # rows that tie
        case, rng = Case(seed, name), np.random.default_rng(seed)
        ids = np.sort(rng.permutation(9)[:7])
        found = rng.permutation(7)[:2].tolist()

        def value(rows, case=case, ids=ids):
            return round(case.value(ids[np.unique(rows).astype(int)]), 9)  # ties are ties

        _, anew = plain_greedy(value, 7, 4)
        rest = [row for row in range(7) if row not in found]

        def filled_value(rows, found=found, rest=rest, value=value):
            return value([*found, *(rest[row] for row in rows)])

        _, filled = plain_greedy(filled_value, 5, 2)
        run = finish(
            case.function, case.function.empty(), ids, case.X[ids], ids[found].tolist(), limits
        )
        assert len(set(run.indices.tolist()) & set(ids.tolist())) == 4
        assert run.value == pytest.approx(case.value(run.indices), rel=1e-4, abs=1e-4)
        assert run.value == pytest.approx(max(anew[-1], filled[-1]), rel=1e-4, abs=1e-4)
        won["anew" if anew[-1] > filled[-1] else "filled"] += 1
    assert min(won.values()) > 0


def test_limits_on_groups_hold() -> None:
    case = Case(1, "feature-based")
    groups = Groups(np.array([0, 0, 0, 1, 1, 1, 1, 1, 1]), ("a", "b"))
    pool = Pool(9, groups={"g": groups})
    budget = Budget(rows=4, at_least={"g": {"a": 2}}, at_most={"g": {"b": 2}})
    state = case.function.empty()
    run = finish(case.function, state, np.arange(9), case.X, [7, 8], budget.resolve(pool))
    assert np.bincount(groups.codes[run.indices]).tolist() == [2, 2]
