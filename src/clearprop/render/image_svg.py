"""A row that is an image -> SVG: one square a pixel, in the ink of the page."""

from html import escape

import numpy as np

from clearprop.network.parameters import Array

SHADES = 100  # as many as the eye tells apart, and two digits


def image_svg(image: Array, name: str) -> str:
    """Return an image of values from 0 to 1, shape (side, side), as SVG; what is 0 is not drawn.

    >>> image_svg(np.array([[0.0, 0.25]]), "row 3")[-68:]
    '<rect x="1" y="0" width="1" height="1" style="opacity: 0.25"/></svg>'
    """
    height, width = image.shape
    squares = "".join(
        f'<rect x="{x}" y="{y}" width="1" height="1" style="opacity: {shade / SHADES:g}"/>'
        for y, row in enumerate(np.nan_to_num(image).tolist())
        for x, shade in enumerate(round(value * SHADES) for value in row)
        if shade
    )
    return (
        f'<svg class="image" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(name)}">'
        f"{squares}</svg>"
    )
