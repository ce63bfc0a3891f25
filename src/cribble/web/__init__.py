"""The explorer: a page on this machine alone, to look through a run and change it by hand.

`guard` lets in none but the holder of the address, `app` answers, `session` holds what is looked
at and what was changed, `table` and `words` find rows; what is drawn stands in ``assets``.
"""
