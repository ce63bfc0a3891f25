"""Every method by name. A method is listed here by its import path and loaded when asked for."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

from cribble.core import Selector
from cribble.core.errors import UnknownNameError

# name: "folder.module:Class"; keep the families in the order of `cribble.core.card.FAMILIES`.
METHODS: dict[str, str] = {
    "random": "baselines.random:Random",
    "stratified": "baselines.stratified:Stratified",
    "top-score": "baselines.top_score:TopScore",
    "facility-location": "diversity.facility_location:FacilityLocation",
    "gist": "diversity.gist:Gist",
    "dpp-map": "diversity.dpp_map:DppMap",
    "feature-based": "diversity.feature_based:FeatureBased",
    "graph-cut": "diversity.graph_cut:GraphCut",
    "grouped-facility-location": "diversity.grouped_facility_location:GroupedFacilityLocation",
    "k-dpp": "diversity.k_dpp:KDpp",
    "lima": "diversity.lima:Lima",
    "max-sum-diversification": "diversity.max_sum_diversification:MaxSumDiversification",
    "mig": "diversity.mig:Mig",
    "mmr": "diversity.mmr:Mmr",
    "saturated-coverage": "diversity.saturated_coverage:SaturatedCoverage",
    "vendi": "diversity.vendi:Vendi",
    "bm25": "targeted.bm25:Bm25",
    "conditional-gain": "targeted.conditional_gain:ConditionalGain",
    "deep-set": "targeted.deep_set:DeepSet",
    "dsir": "targeted.dsir:Dsir",
    "got-d": "targeted.got_d:GotD",
    "importance-resample": "targeted.importance_resample:ImportanceResample",
    "moore-lewis": "targeted.moore_lewis:MooreLewis",
    "mutual-information": "targeted.mutual_information:MutualInformation",
    "projektor": "targeted.projektor:Projektor",
    "quality-ensemble": "targeted.quality_ensemble:QualityEnsemble",
    "rds-plus": "targeted.rds_plus:RdsPlus",
    "tarot": "targeted.tarot:Tarot",
    "zip-fit": "targeted.zip_fit:ZipFit",
    "adapt-infinity": "coverage.adapt_infinity:AdaptInfinity",
    "ccs": "coverage.ccs:Ccs",
    "density-tags": "coverage.density_tags:DensityTags",
    "difficulty-band": "coverage.difficulty_band:DifficultyBand",
    "diverse-outliers": "coverage.diverse_outliers:DiverseOutliers",
    "gais": "coverage.gais:Gais",
    "hierarchical-kmeans": "coverage.hierarchical_kmeans:HierarchicalKmeans",
    "independent-set": "coverage.independent_set:IndependentSet",
    "k-center": "coverage.k_center:KCenter",
    "k-center-outliers": "coverage.k_center_outliers:KCenterOutliers",
    "k-medoids": "coverage.k_medoids:KMedoids",
    "kmq": "coverage.kmq:Kmq",
    "median-cut": "coverage.median_cut:MedianCut",
    "odis": "coverage.odis:Odis",
    "prob-cover": "coverage.prob_cover:ProbCover",
    "semdedup": "coverage.semdedup:Semdedup",
    "auto-coreset": "coresets.auto_coreset:AutoCoreset",
    "craig": "coresets.craig:Craig",
    "grouped-herding": "coresets.grouped_herding:GroupedHerding",
    "herding": "coresets.herding:Herding",
    "k-median": "coresets.k_median:KMedian",
    "kernel-thinning": "coresets.kernel_thinning:KernelThinning",
    "leverage": "coresets.leverage:Leverage",
    "lightweight": "coresets.lightweight:Lightweight",
    "pivotal-leverage": "coresets.pivotal_leverage:PivotalLeverage",
    "recombination": "coresets.recombination:Recombination",
    "sensitivity": "coresets.sensitivity:Sensitivity",
    "volume-sampling": "coresets.volume_sampling:VolumeSampling",
    "balance": "weighting.balance:Balance",
    "density-ratio": "weighting.density_ratio:DensityRatio",
    "ds-weight": "weighting.ds_weight:DsWeight",
    "long-tail": "weighting.long_tail:LongTail",
    "meta-weights": "weighting.meta_weights:MetaWeights",
    "noisy-label": "weighting.noisy_label:NoisyLabel",
    "ideal": "active.ideal:Ideal",
    "vote-k": "active.vote_k:VoteK",
    "fair-k-center": "constrained.fair_k_center:FairKCenter",
    "fair-range-clustering": "constrained.fair_range_clustering:FairRangeClustering",
    "fair-streaming": "constrained.fair_streaming:FairStreaming",
    "multiwinner": "constrained.multiwinner:Multiwinner",
    "pareto": "constrained.pareto:Pareto",
    "rand-greedi": "constrained.rand_greedi:RandGreedi",
    "sieve-streaming": "constrained.sieve_streaming:SieveStreaming",
    "auto": "automatic.auto:Auto",
}


def method_class(name: str) -> type[Selector]:
    """Find the class of a method.

    Raises:
        UnknownNameError: There is no such method; the message names the nearest.
    """
    if name not in METHODS:
        raise UnknownNameError("method", name, tuple(METHODS))
    module, cls = METHODS[name].split(":")
    found: type[Selector] = getattr(importlib.import_module(f"cribble.selectors.{module}"), cls)
    return found


def make(name: str, **parameters: Any) -> Selector:
    """Make a method from its name and parameters.

    Raises:
        UnknownNameError: The method or a parameter does not exist.
    """
    cls = method_class(name)
    known = tuple(f.name for f in dataclasses.fields(cls))  # type: ignore[arg-type]
    for parameter in parameters:
        if parameter not in known:
            raise UnknownNameError(f"parameter of {name}", parameter, known or ("none",))
    return cls(**parameters)
