"""What a notebook shows of a value that stands on the last line of a cell.

A class whose values are worth seeing says `Shown`. What is drawn for each is a table of the
renderers (`render/notebook.py`), which are looked up when a notebook asks; where one cannot be
drawn, the data of a run being gone for example, the notebook shows its `repr`.
"""

from __future__ import annotations


class Shown:
    """A value that notebooks show as a piece of HTML."""

    def _repr_html_(self) -> str | None:
        """Return the value as a notebook shows it, without a script; None for its `repr`."""
        from clearprop.render.notebook import piece_of

        return piece_of(self)
