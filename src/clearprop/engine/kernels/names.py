"""The rows and columns that the kernels go by; as in `arguments.py`, to which a test holds them."""

SIZE, WEIGHTS, BIASES, HAS_BIASES, UNITS, ACTIVATE, THROUGH = range(7)
# entries of Rules.addresses
LOSSES, SLOPES, SHARE, UPDATE = range(4)
Z, A, DELTA, SENT, MASK = range(5)
