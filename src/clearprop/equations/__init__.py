"""The equations of one training step of a network: every quantity's expression, on demand.

In the order of reading: binding (a rule of the tables, for one unit), update (the lines of an
update rule, for one parameter), step (any quantity, one tree), order (the sections of a worked
step), program (the same equations as a straight-line program).
"""
