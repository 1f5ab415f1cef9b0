"""The method on a user's own model: `prenoise.adapters.torch` and `prenoise.adapters.equinox`.

Each is imported by its name; what does not depend on the framework stands beside them, once.
"""
