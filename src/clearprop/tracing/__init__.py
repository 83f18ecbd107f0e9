"""The work shown, as data: every line of a training step with its formula, numbers and value.

In the order of reading: values (what each quantity is), lines (a formula with its numbers), by_hand
(the arithmetic of paper), abridged (sums too long to show), differences (the check by central
differences), writer (makes the lines), diagram, overview (networks too large to read), history
(many steps), trace.
"""
