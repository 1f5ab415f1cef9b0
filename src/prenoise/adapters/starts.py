"""From where a user's model is trained on data, whatever its framework: what is compared in a trial."""

from prenoise.rules import weight_mirror

PLAIN, NOISE, ZERO = STARTS = ("as it is", "after noise", "zero read-out")
"""Its initial weights, these pretrained on noise, and these with a read-out of zeros."""

MIRRORED = "after mirrored noise"
"""Noise during which a weight mirror teaches the feedback; on data the model's own rule goes on with that feedback."""

MIRROR = weight_mirror(0.01)
"""Quick enough to have turned after a few hundred steps, and slow enough to average over what single answers say."""
