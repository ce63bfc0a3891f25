"""Which rows may still be added."""

from cribble.constraints.admission import Admission
from cribble.constraints.ranking import ranked

__all__ = ["Admission", "ranked"]
