"""The rows and columns that the kernels and `packing.py` go by."""

# columns of the wiring, one row per layer 0..D; UNITS of layer 0 is the length of a row of units
SIZE, WEIGHTS, BIASES, HAS_BIASES, UNITS, ACTIVATE, THROUGH = range(7)
# entries of Rules.addresses: where the compiled functions of the tables' entries lie
LOSSES, SLOPES, SHARE, UPDATE = range(4)
# entry of Rules.constants that a penalty sets for each batch
WEIGHT_DECAY = 6
# rows of Room.units: what each layer computes for each example
Z, A, DELTA, SENT, MASK = range(5)
