"""Set functions over a pool: they know values and gains, and nothing of budgets."""

from cribble.objectives.base import Objective, Screening

__all__ = ["Objective", "Screening"]
