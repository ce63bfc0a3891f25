from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.reference.joins import first_kept, jaccard
from cribble.kernels.set_join import drop_similar

SETS = st.lists(st.sets(st.integers(0, 14), max_size=10), min_size=1, max_size=25)


@settings(max_examples=150, deadline=None)
@given(SETS, st.sampled_from([0.2, 0.5, 0.6, 0.75, 0.8, 1.0]), st.randoms())
def test_no_pair_is_missed_and_none_is_made_up(sets, threshold, chance):
    order = [row for row in range(len(sets)) if chance.random() < 0.9]
    chance.shuffle(order)
    # Spread over all 64 bits, as hashes are.
    spread = [sorted(one * 0x9E3779B97F4A7C15 % 2**64 for one in found) for found in sets]
    starts = np.cumsum([0, *map(len, spread)])
    hashes = np.array([one for found in spread for one in found], dtype=np.uint64)
    matched, similarity, _ = drop_similar(
        starts, hashes, np.array(order, dtype=np.int64), threshold
    )
    assert matched.tolist() == first_kept(
        len(sets), order, lambda a, b: jaccard(sets[a], sets[b]) >= threshold
    )
    for row in np.flatnonzero(matched >= 0):
        assert similarity[row] == jaccard(sets[row], sets[matched[row]])
