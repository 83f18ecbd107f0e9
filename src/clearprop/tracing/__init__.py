"""The work shown, as data: every line of a training step with its formula, numbers and value.

In the order of reading: values (what each quantity is), lines (a formula with its numbers), by_hand
(the arithmetic of paper), derivation (one quantity closed down to what is given), differences (the
check by central differences), overview (networks too large to read), history (many steps), trace.
"""
