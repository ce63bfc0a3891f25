"""Is the choice better than chance? The comparison with random, and the page that shows it."""

from cribble.report.compare import MethodComparison, against_random, compare_methods
from cribble.report.html import write_report
from cribble.report.verdict import Comparison, Verdict

__all__ = [
    "Comparison",
    "MethodComparison",
    "Verdict",
    "against_random",
    "compare_methods",
    "write_report",
]
