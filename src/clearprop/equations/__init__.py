"""The equations of one training step of a network: every quantity's expression, on demand.

In the order of reading: step (one quantity, one tree), order (the sections of a worked step),
program (the same equations as a straight-line program).
"""
