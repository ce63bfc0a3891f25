"""Is the choice better than chance? The comparison with random, and the page that shows it."""

from cribble.report.compare import against_random
from cribble.report.contest import compare_methods
from cribble.report.html import write_report
from cribble.report.outcome import MethodComparison, MethodResult
from cribble.report.paired import Paired
from cribble.report.verdict import Comparison, Verdict

__all__ = [
    "Comparison",
    "MethodComparison",
    "MethodResult",
    "Paired",
    "Verdict",
    "against_random",
    "compare_methods",
    "write_report",
]
