"""How many threads the BLAS library may use: one.

Small matrices gain nothing from more, and lose much on a busy machine; and sums that are parted
among threads have other last bits on a machine with another number of cores.
"""

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Return a context within which NumPy's matrix products run on one thread.

    >>> with one_thread():
    ...     pass
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits
