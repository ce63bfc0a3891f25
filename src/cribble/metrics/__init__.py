"""Numbers about a subset: functions of arrays and row numbers, usable without a pool."""

from cribble.metrics.coverage import Coverage, coverage
from cribble.metrics.divergence import Estimate, energy_distance
from cribble.metrics.diversity import (
    entropy,
    magnitude,
    mean_pairwise_distance,
    vendi_from_kernel,
    vendi_score,
    weighting_vector,
)
from cribble.metrics.perplexity import perplexity
from cribble.metrics.redundancy import (
    mean_nearest_distance,
    min_pairwise_distance,
    near_duplicate_share,
)

__all__ = [
    "Coverage",
    "Estimate",
    "coverage",
    "energy_distance",
    "entropy",
    "magnitude",
    "mean_nearest_distance",
    "mean_pairwise_distance",
    "min_pairwise_distance",
    "near_duplicate_share",
    "perplexity",
    "vendi_from_kernel",
    "vendi_score",
    "weighting_vector",
]
