"""Traces, marked solutions and worksheets -> text, Markdown, LaTeX, HTML, JSON: a file per format.

In the order of reading: numbers (how a number is written), layout (a tree as boxes: brackets and
operators, the same for every format), mathml, then the formats. What all formats of a thing say is
in one file: tables (of traces), marked (of solutions), exercise (of worksheets). A renderer knows
what it shows and nothing of networks; `documents` finds it by the format's name.
"""
