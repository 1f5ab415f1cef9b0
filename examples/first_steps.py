"""First steps: what noise pretraining does to a network, on the digits that come with prenoise.

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

# 2. A block of networks, one per seed: 64 inputs, 100 hidden neurons, 10 classes. With one key it is one network.
keys = jax.vmap(jax.random.key)(np.arange(SEEDS))
fresh = jax.vmap(lambda key: prenoise.Network.random([64, 100, 10], key=key))(keys)

# 3. Noise pretraining: inputs from N(0, 1), labels at random, errors carried back by fixed random feedback.
angles = {"mean angle": lambda network: prenoise.measures.alignment(network)[0].mean()}
pretrained, history = prenoise.pretrain(fresh, prenoise.Noise(), key=keys, record=angles)
print("\nexamples of noise   loss   angle between forward weights and feedback (90 is chance)")
for moment in (0, 2, 5, 10):
    loss, angle = history.loss[:, moment].mean(), history.record["mean angle"][:, moment].mean()
    print(f"{history.at[moment]:17,.0f}  {loss:5.2f}  {angle:5.1f} degrees")

# 4. Data: the same order of images for all kinds of network. The cheapest control has a read-out of zero and no noise.
zero = jax.vmap(lambda key: prenoise.Network.random([64, 100, 10], key=key, zero_readout=True))(keys)
kinds = {
    "FA": (fresh, "fa"),
    "FA + noise": (pretrained, "fa"),
    "FA, zero read-out": (zero, "fa"),
    "BP": (fresh, "bp"),
}
curves = {}
for name, (network, rule) in kinds.items():
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
print("epoch             " + "".join(f"{epoch:7}" for epoch in range(0, EPOCHS + 1, 2)))
for name, curve in curves.items():
    print(f"{name:18}" + "".join(f"{value:7.1%}" for value in curve.mean(axis=0)[::2]))

# 5. Is it chance? A claim is a sentence, a test, and the smallest effect that matters; its verdict has the size
# of the effect, p and n.
claim = Claim(
    "first.1",
    "Noise pretraining makes feedback alignment faster on digits.",
    Paired("greater"),
    lambda curves: (curves["FA + noise"].mean(axis=1), curves["FA"].mean(axis=1)),
    smallest=0.01,
    why="one test image in a hundred, at every epoch",
)
verdict = judge(claim, curves)
print(
    f"\n{claim.sentence}\n{verdict.outcome}: difference {verdict.difference:.3f}, p = {verdict.p:.2g}, n = {verdict.n}"
)

# 6. Keep one noise-pretrained network, for any data with 64 inputs and 10 classes.
first = jax.tree.map(lambda array: array[0], pretrained)
prenoise.save_network(first, "noise.safetensors", rule="fa", seed=0)
print("\nthe network of seed 0 is in noise.safetensors")
