"""Trained networks for other programs, and networks of other programs for clearprop.

Out: a run or a lesson as ONNX, safetensors, PyTorch, JSON, C, Python or JavaScript (`export.py`).
In: ONNX, safetensors and PyTorch as `Parameters` (`reading.py`). PyTorch and ONNX are imported only
where they are used.
"""
