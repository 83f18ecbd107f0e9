"""The loops of a training, in the order of a step. Plain Python, compiled as one program.

These files are read as text and joined (`assembly.py`); imported they are ordinary slow functions.
The names that `rules` offers are generated from the tables' trees.
"""
