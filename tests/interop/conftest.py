"""PyTorch, for the tests that need it."""

import pytest


@pytest.fixture
def torch():
    """PyTorch; without it a test is skipped."""
    return pytest.importorskip("torch", reason="it is not installed: pip install torch==2.13.0")
