"""Memory by its address, for compiled loops: PyTorch tells where a tensor lies sooner than NumPy
makes an array of it, and a loop that is watched waits for either.
"""

from numba import types
from numba.extending import intrinsic


@intrinsic
def pointer_to(typing, address):
    """Return an address as a pointer."""

    def generated(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), generated
