"""Exports PyTorch networks into Tideline's model repository.

A model is a folder `REPOSITORY/NAME/VERSION/` with the network (`model.pt2`), what a deployment
must know about it (`model.yaml`), and seeded inputs with PyTorch's own outputs (`reference.npz`).
"""

__version__ = "0.1.0"
