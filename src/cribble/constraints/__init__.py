"""Which rows may still be added."""

from cribble.constraints.admission import Admission
from cribble.constraints.ranking import in_question, ranked, ranked_by_share

__all__ = ["Admission", "in_question", "ranked", "ranked_by_share"]
