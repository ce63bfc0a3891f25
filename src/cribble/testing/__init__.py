"""For people who add methods: the contract that every method must hold, and pools to try it on."""

from cribble.testing.contract import check_selector, fingerprint
from cribble.testing.pools import KINDS, make_pool

__all__ = ["KINDS", "check_selector", "fingerprint", "make_pool"]
