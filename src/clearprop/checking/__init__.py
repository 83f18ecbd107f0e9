"""Marking somebody's worked solution: each equality judged, the first mistake named.

In the order the data passes: solution (what stands in a document, as chains of formulas), reading
(from a document to its chains), names (whose quantity is meant), understanding (the network and
its numbers, from the text itself), intervals (what rounding leaves open), judging (a mark for each
equality), mistakes (the known misconceptions, each a variant of the step's equations), report.
"""
