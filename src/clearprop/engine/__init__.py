"""The mathematics of `backprop` as compiled loops: whole trainings in machine code, by Numba.

A program is one file of text, put together from the loops in `kernels/`, from the tables' trees
(`rules.py`) or, for tiny networks, from the very equations of a trace (`straight_line.py`). It is
compiled once per machine and then taken from a cache (`compilation.py`).
"""
