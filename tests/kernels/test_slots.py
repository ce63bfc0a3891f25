import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.reference.fair_centers import can_match
from cribble.kernels.slots import match_slots


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_match_is_found_just_where_there_is_one(data: st.DataObject) -> None:
    centers, groups = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3))
    seed = data.draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    allowed = rng.random((centers, groups)) < 0.6
    least = rng.integers(0, 3, groups)
    most = least + rng.integers(0, 3, groups)
    total = int(max(least.sum(), rng.integers(0, centers + 3)))
    found = match_slots(allowed, least, most, total)
    assert (found is not None) == can_match(allowed, least, most, total)
    if found is not None:
        counts = np.bincount(found, minlength=groups)
        assert allowed[np.arange(centers), found].all()
        assert (counts <= most).all()
        assert np.maximum(counts, least).sum() <= total
