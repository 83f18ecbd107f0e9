"""clearprop trains neural networks by back-propagation and shows its work."""

__version__ = "0.1.0.dev0"
