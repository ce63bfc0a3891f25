import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.diversity import lima as module
from cribble.selectors.diversity.facility_location import FacilityLocation
from cribble.selectors.diversity.lima import Lima
from cribble.testing import check_selector

X = np.random.default_rng(0).standard_normal((120, 4)).astype(np.float32)


def test_a_budget_of_all_rows_orders_them_and_smaller_ones_give_its_first_rows() -> None:
    whole = Lima().select(Pool.from_array(X), Budget(rows=120))
    assert sorted(whole.indices.tolist()) == list(range(120))
    assert whole.stats["evaluations"] < 0.6 * 120 * 121 / 2
    for rows in (1, 10, 50):
        part = Lima().select(Pool.from_array(X), Budget(rows=rows))
        assert part.indices.tolist() == whole.indices[:rows].tolist()
        assert part.value <= part.upper_bound


def test_with_all_rows_pending_it_picks_what_greedy_picks() -> None:
    for similarity in ("phantom", "cosine"):
        ours = Lima(pending=120, similarity=similarity).select(Pool.from_array(X), Budget(rows=20))
        plain = FacilityLocation(similarity=similarity).select(Pool.from_array(X), Budget(rows=20))
        assert ours.indices.tolist() == plain.indices.tolist()
        assert ours.value == pytest.approx(plain.value, rel=1e-12)
        assert ours.assignment.tolist() == plain.assignment.tolist()


def test_larger_pools_count_near_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EXACT_ROWS", 10)
    pool = Pool.from_array(X)
    ours = Lima(pending=120, neighbors=9).select(pool, Budget(rows=20))
    plain = FacilityLocation(form="graph", neighbors=9).select(pool, Budget(rows=20))
    assert ours.indices.tolist() == plain.indices.tolist()
    assert ours.stats["form"] == "graph"
    check_selector(Lima(neighbors=4))


@pytest.mark.parametrize(
    "wrong", [{"similarity": "dot"}, {"pending": 0}, {"neighbors": 0}, {"probes": 0}]
)
def test_wrong_parameters_are_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Lima(**wrong)
