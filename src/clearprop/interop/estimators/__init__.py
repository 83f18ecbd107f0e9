"""Estimators in the place of scikit-learn's MLPs, over the same training as `clearprop train`.

In the order of a fit: arguments -> `fitting.py` (or `lbfgs.py`) -> a run -> `questions.py`.
"""
