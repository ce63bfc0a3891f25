"""How many threads there are, and that a limit holds inside its block alone."""

from cribble.kernels.threads import available_threads, limited_threads


def test_a_limit_is_seen_and_lifted():
    before = available_threads()
    assert before >= 1
    with limited_threads(1):
        assert available_threads() == 1
    assert available_threads() == before
