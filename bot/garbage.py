"""Keeps what stays as long as the program runs out of the rounds of Python's garbage collector.

The knowledge alone is some hundred thousand objects. To go through them takes a tenth of a second and more, in which
nobody is answered, and whoever makes many objects, as a page of figures does, sets it off every few pages.
"""

from __future__ import annotations

import gc


def spare_what_lasts() -> None:
    """Leave all that is there now out of later rounds, after one round through everything.

    That round finds what was spared before and is not needed any more, as exchanged knowledge.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
