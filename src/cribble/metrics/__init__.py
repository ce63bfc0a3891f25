"""Numbers about a subset: functions of arrays and row numbers, usable without a pool."""

from cribble.metrics.coverage import Coverage, coverage
from cribble.metrics.divergence import (
    Estimate,
    cauchy_schwarz_divergence,
    energy_distance,
    mmd_squared,
)
from cribble.metrics.diversity import (
    entropy,
    mean_pairwise_distance,
    vendi_from_kernel,
    vendi_score,
)
from cribble.metrics.kernel_means import mmd_test, quadrature_weights
from cribble.metrics.kl import kl_divergence, kl_error, kl_reduction
from cribble.metrics.magnitude import (
    magnitude,
    magnitude_area,
    magnitude_difference,
    separating_scale,
    spread,
    weighting_vector,
)
from cribble.metrics.neighbor_ratio import neighbor_ratio_divergence
from cribble.metrics.paired import bootstrap_interval
from cribble.metrics.perplexity import perplexity, surprises
from cribble.metrics.probe import linear_probe
from cribble.metrics.redundancy import (
    mean_nearest_distance,
    min_pairwise_distance,
    near_duplicate_share,
)
from cribble.metrics.repetition import filtered_loss, repetition_factor
from cribble.metrics.transport import (
    max_sliced_wasserstein,
    sinkhorn_divergence,
    sliced_wasserstein,
)

__all__ = [
    "Coverage",
    "Estimate",
    "bootstrap_interval",
    "cauchy_schwarz_divergence",
    "coverage",
    "energy_distance",
    "entropy",
    "filtered_loss",
    "kl_divergence",
    "kl_error",
    "kl_reduction",
    "linear_probe",
    "magnitude",
    "magnitude_area",
    "magnitude_difference",
    "max_sliced_wasserstein",
    "mean_nearest_distance",
    "mean_pairwise_distance",
    "min_pairwise_distance",
    "mmd_squared",
    "mmd_test",
    "near_duplicate_share",
    "neighbor_ratio_divergence",
    "perplexity",
    "quadrature_weights",
    "repetition_factor",
    "separating_scale",
    "sinkhorn_divergence",
    "sliced_wasserstein",
    "spread",
    "surprises",
    "vendi_from_kernel",
    "vendi_score",
    "weighting_vector",
]
