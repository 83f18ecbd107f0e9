"""Where other people's tools meet clearprop: scikit-learn's estimators.

Nothing is imported here; each door imports what it needs when it is opened.
"""
