"""What goes from step to step, while the steps run: the arrays themselves.

A compiled straight-line program takes a copy instead (`straight_line_text.py`).
"""

from clearprop.engine.kernels.marks import spliced


@spliced
def taken_up(carried):
    """Return what the steps change in place."""
    return carried


@spliced
def put_back(held, carried):
    """Write what the steps changed to the arrays, where it already lies."""
