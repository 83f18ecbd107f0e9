"""The pass itself, in plain NumPy: forward pass -> deltas -> gradient -> update.

`backpropagation.py` is the file to read to learn back-propagation, and the reference that every
faster path is held to.
"""
