"""The method on a user's own model: `prenoise.adapters.torch`, `prenoise.adapters.equinox`, `prenoise.adapters.flax`.

Each is imported by its name. What the JAX frameworks share is in `prenoise.adapters.jax`; what does not depend on any
framework stands beside them, once.
"""
