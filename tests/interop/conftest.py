"""PyTorch, for the tests that need it."""

import pytest

# A script that needs Keras, which the tests do not, and those that a test runs: they train.
collect_ignore = ["models/keras_models.py", "scripts"]


@pytest.fixture
def torch():
    """PyTorch; without it a test is skipped."""
    return pytest.importorskip("torch", reason="it is not installed: pip install torch==2.13.0")
