"""Where other people's tools meet clearprop; each folder imports them only where they are used.

estimators/   scikit-learn's estimators, over the same training as `clearprop train`
exchange/     a run or a lesson out as ONNX, safetensors, PyTorch, JSON, C, Python or JavaScript,
              and networks in from the first three
watching/     anybody's PyTorch loop, recorded and explained
"""
