"""A rule and a noise of your own, compared with those that are there, on the digits that come with prenoise.

    python examples/new_rule_or_noise.py

Half a minute, nothing is downloaded.
"""

import jax
import jax.numpy as jnp
import numpy as np

import prenoise
from prenoise.measures import accuracy, alignment

train, test = prenoise.load("digits")


def learned(network: prenoise.Network, rule: str | prenoise.Rule) -> str:
    """Test accuracy after some epochs of data."""
    trained, _ = prenoise.train(network, train, epochs=10, rule=rule, key=2)
    return f"{accuracy(trained, test):.1%}"


# A rule says through which matrix the error of a layer is carried down: nothing else changes. This one knows the
# forward weights, but only to within a fifth of their largest: as a chip with coarse synapses would.
def coarse(weights, feedback):
    step = jnp.abs(weights).max() / 5
    return jnp.round(weights / step) * step


coarse_weights = prenoise.Rule("coarse", coarse, "backpropagation through weights rounded to eleven levels", "nobody's")

fresh = prenoise.Network.random([64, 100, 10], key=0)
print("rule   test accuracy after 10 epochs")
for rule in (prenoise.fa, coarse_weights, prenoise.bp):
    print(f"{rule.name:6} {learned(fresh, rule)}")

# The built-in noise has a mean, a scale and one of two distributions.
NOISES = {
    "normal": prenoise.Noise(),
    "normal, half the scale": prenoise.Noise(scale=0.5),
    "uniform, mean 0.5": prenoise.Noise(mean=0.5, distribution="uniform"),
}
EXAMPLES = 200_000
print("\nnoise                      angle to the feedback   test accuracy after 10 epochs")
print(f"{'none':26} {alignment(fresh)[0].mean():7.1f} {learned(fresh, 'fa'):>18}")
for name, noise in NOISES.items():
    pretrained, _ = prenoise.pretrain(fresh, noise, examples=EXAMPLES, key=1)
    print(f"{name:26} {alignment(pretrained)[0].mean():7.1f} {learned(pretrained, 'fa'):>18}")

# Any other noise is data with random labels. One epoch shows every example once, as fresh noise would. Here most
# inputs are silent, as in spontaneous activity: one in five is on.
draws = np.random.default_rng(0)
sparse = draws.binomial(1, 0.2, size=(EXAMPLES, 64)).astype(np.uint8)
labels = draws.integers(0, 10, size=EXAMPLES)
pretrained, _ = prenoise.train(fresh, prenoise.Examples.of(sparse, labels), epochs=1, rule="fa", key=jax.random.key(1))
print(f"{'sparse, one in five on':26} {alignment(pretrained)[0].mean():7.1f} {learned(pretrained, 'fa'):>18}")
