"""The contract of the house: pools, budgets, selections, cards, errors. Imports NumPy alone."""

from cribble.core.budget import Budget, check_limits
from cribble.core.card import FAMILIES, LIMITS, Card
from cribble.core.errors import CribbleError
from cribble.core.limits import Limits
from cribble.core.pool import Pool
from cribble.core.protocols import Executor, Groups, Progress, Rows, Selector, Silent, TextBlock
from cribble.core.randomness import row_gumbels, row_uniforms, stream
from cribble.core.selection import Explanation, Selection

__all__ = [
    "FAMILIES",
    "LIMITS",
    "Budget",
    "Card",
    "CribbleError",
    "Executor",
    "Explanation",
    "Groups",
    "Limits",
    "Pool",
    "Progress",
    "Rows",
    "Selection",
    "Selector",
    "Silent",
    "TextBlock",
    "check_limits",
    "row_gumbels",
    "row_uniforms",
    "stream",
]
