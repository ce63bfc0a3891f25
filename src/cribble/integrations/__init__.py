"""Where cribble meets the habits of other libraries; none of them is needed for the rest."""
