"""Which rows may still be added."""

from cribble.constraints.admission import Admission

__all__ = ["Admission"]
