"""The rows and columns that the kernels go by; as in `arguments.py`, to which a test holds them."""

SIZE, WEIGHTS, BIASES, HAS_BIASES, UNITS, ACTIVATION = range(6)
Z, A, DELTA, SENT, MASK = range(5)
GRADIENT, TURNED, BEFORE = range(3)
