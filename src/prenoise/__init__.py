"""Noise pretraining: teach a neural network on random noise before it sees any data.

>>> import prenoise
>>> train, test = prenoise.load("digits")
>>> network = prenoise.Network.random([64, 100, 10], key=0)
>>> network, _ = prenoise.pretrain(network, prenoise.Noise(), examples=64_000, key=1)
>>> network, history = prenoise.train(network, train, epochs=5, key=2)

The names are listed in `__init__.pyi`, and each is imported when it is first used: `prenoise --help` needs no JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
