"""Trace -> text, Markdown, LaTeX, HTML, JSON: one file per format.

In the order of reading: numbers (how a number is written), layout (a tree as boxes: brackets and
operators, the same for every format), mathml, then the formats. A renderer knows the trace and
nothing of networks.
"""
