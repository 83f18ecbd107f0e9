"""PyTorch, for the tests that need it."""

import pytest

collect_ignore = ["models/keras_models.py"]  # a script that needs Keras, which the tests do not


@pytest.fixture
def torch():
    """PyTorch; without it a test is skipped."""
    return pytest.importorskip("torch", reason="it is not installed: pip install torch==2.13.0")
