"""scikit-learn's door: `from clearprop.sklearn import BackpropClassifier, BackpropRegressor`.

Two estimators in the place of MLPClassifier and MLPRegressor. scikit-learn is imported here, and
not by `import clearprop`.
"""

from clearprop.interop.estimators.classifier import BackpropClassifier
from clearprop.interop.estimators.regressor import BackpropRegressor

__all__ = ["BackpropClassifier", "BackpropRegressor"]
