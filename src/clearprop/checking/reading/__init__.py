"""Reading a worked solution: from a document, of whatever format, to its chains of equalities.

In the order the data passes: document (which format it is), sheet (CSV and JSON), sessions (what
Python, Julia, MATLAB and R printed), markup (what of Markdown and LaTeX is no mathematics),
drawing, tokens (over signs, the tables), arguments (v(n) and w1,1), roles (net h1), words (which
words are names and which are prose), layer_brackets (W[1] of a layer), clauses (from one break to
the next), formula (over names, superscripts and trees: one formula's tree, by the grammar
formula.lark), sides, said_losses (a loss without an equality), chains, values (tables,
weight_tables and labels), layers (powers that are none), examples (superscripts that count them),
definitions (letters that are functions), carried (velocities before a step and after it).
"""

from clearprop.checking.reading.document import read

__all__ = ["read"]
