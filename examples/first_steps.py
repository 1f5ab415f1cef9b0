"""First steps: what practice on noise does to a network, on the digits that come with prenoise.

    python examples/first_steps.py

Half a minute, nothing is downloaded. Read it from top to bottom: every part needs only those above it.
"""

import jax
import numpy as np

import prenoise
from prenoise.study.claims import Claim, Paired, judge

EPOCHS = 10
SEEDS = 5

# 1. Data: 8 x 8 images of digits, standardised by the mean and deviation of the training set.
train, test = prenoise.load("digits")
print(f"{len(train)} images to learn from, {len(test)} to be tested on")

# 2. A block of networks, one a seed: 64 inputs, 100 hidden neurons, 10 classes. With one key it is one network.
keys = jax.vmap(jax.random.key)(np.arange(SEEDS))
fresh = jax.vmap(lambda key: prenoise.Network.random([64, 100, 10], key=key))(keys)

# 3. Practice: inputs from N(0, 1), labels from a hat, errors carried back by fixed random feedback.
angles = {"mean angle": lambda network: prenoise.measures.alignment(network)[0].mean()}
ready, practice = prenoise.pretrain(fresh, prenoise.Noise(), key=keys, record=angles)
print("\nexamples of noise   loss   angle between forward weights and feedback (90 is chance)")
for moment in (0, 2, 5, 10):
    loss, angle = practice.loss[:, moment].mean(), practice.record["mean angle"][:, moment].mean()
    print(f"{practice.at[moment]:17,.0f}  {loss:5.2f}  {angle:5.1f} degrees")

# 4. Data: the same order of images for all three kinds of network.
curves = {}
for name, network, rule in (("FA", fresh, "fa"), ("FA after noise", ready, "fa"), ("BP", fresh, "bp")):
    _, history = prenoise.train(
        network,
        train,
        key=keys,
        epochs=EPOCHS,
        rule=rule,
        record={"accuracy": lambda network: prenoise.measures.accuracy(network, test)},
    )
    curves[name] = np.asarray(history.record["accuracy"])
print(f"\ntest accuracy, mean of {SEEDS} seeds")
print("epoch           " + "".join(f"{epoch:7}" for epoch in range(0, EPOCHS + 1, 2)))
for name, curve in curves.items():
    print(f"{name:16}" + "".join(f"{value:7.1%}" for value in curve.mean(axis=0)[::2]))

# 5. Is it chance? A claim is a sentence with a test; its verdict has the size of the effect, p and n.
claim = Claim(
    "first.1",
    "Practice on noise makes feedback alignment faster on digits.",
    Paired("greater"),
    lambda curves: (curves["FA after noise"].mean(axis=1), curves["FA"].mean(axis=1)),
)
verdict = judge(claim, curves)
print(
    f"\n{claim.sentence}\n{verdict.outcome}: difference {verdict.difference:.3f}, p = {verdict.p:.2g}, n = {verdict.n}"
)

# 6. Keep one practised network, ready for any data with 64 inputs and 10 classes.
first = jax.tree.map(lambda array: array[0], ready)
prenoise.save_network(first, "ready.safetensors", rule="fa", seed=0)
print("\nthe network of seed 0 is in ready.safetensors")
