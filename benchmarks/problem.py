"""What every contender is given: images, labels, the weights to start from, and batches to prove itself on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

BATCH = 64
RATE = 1e-4
CLASSES = 10


@dataclass(frozen=True)
class Problem:
    """Plain NumPy arrays, so that a contender needs nothing of prenoise."""

    images: np.ndarray
    """uint8, examples x inputs; an input is (image - mean) / deviation"""
    labels: np.ndarray
    mean: float
    deviation: float
    weights: list[np.ndarray]
    """of every layer, outputs x inputs; biases start at 0"""
    feedback: list[np.ndarray]
    """in place of the weights of every layer but the first"""
    order: np.ndarray
    """rows of the images that the check learns, batch after batch"""
    learned: list[np.ndarray]
    """prenoise's weights after them"""

    @property
    def sizes(self) -> list[int]:
        return [self.weights[0].shape[1], *(len(weights) for weights in self.weights)]

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return -(-len(self.labels) // BATCH)

    def save(self, path: Path) -> None:
        lists = {
            f"{name}{layer}": array
            for name in ("weights", "feedback", "learned")
            for layer, array in enumerate(getattr(self, name))
        }
        np.savez(
            path,
            images=self.images,
            labels=self.labels,
            scaling=[self.mean, self.deviation],
            order=self.order,
            **lists,
        )

    @classmethod
    def load(cls, path: str | Path) -> "Problem":
        with np.load(path) as file:
            arrays = dict(file)
        mean, deviation = arrays["scaling"].tolist()
        lists = {
            name: [arrays[key] for key in sorted(arrays) if key.removeprefix(name).isdigit()]
            for name in ("weights", "feedback", "learned")
        }
        return cls(arrays["images"], arrays["labels"], mean, deviation, order=arrays["order"], **lists)

    def difference(self, weights: list[np.ndarray]) -> float:
        """How far these weights are from prenoise's, as a part of the way that those have gone."""
        apart = sum(((ours - theirs) ** 2).sum() for ours, theirs in zip(self.learned, weights, strict=True))
        way = sum(((ours - start) ** 2).sum() for ours, start in zip(self.learned, self.weights, strict=True))
        return float((apart / way) ** 0.5)


def random_images(examples: int, inputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels that mean nothing, always the same."""
    rng = np.random.default_rng(0)
    return (
        rng.integers(0, 256, (examples, inputs), dtype=np.uint8),
        rng.integers(0, CLASSES, examples, dtype=np.int32),
    )


def images_of(source: str, examples: int, inputs: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Images, labels and what they are: those of the data set if it is here, else random ones of their shape."""
    import prenoise

    if source == "mnist" and prenoise.data.find(prenoise.data.CATALOG[source]).state in ("here", "a local copy"):
        data = prenoise.data.load(source)
        images = data.x_train.reshape(len(data.x_train), -1)[:examples]
        return images, data.y_train[:examples], f"{len(images):,} training examples of MNIST"
    images, labels = random_images(examples, inputs)
    return images, labels, f"{examples:,} random images of {inputs:,} bytes"


def prepare(path: str, sizes: list[int], examples: int, check_steps: int, source: str = ""):
    """Write the problem, with what prenoise makes of its first batches, to `path`. A target of `processes.fresh`.

    The check is within the first epoch.
    """
    import jax

    from prenoise import Examples, Network, train

    images, labels, what = images_of(source, examples, sizes[0])
    start = Network.random(sizes, key=0)
    data = Examples.of(images, labels)
    key = 2
    learned, _ = train(start, data, key=key, epochs=check_steps / data.steps(BATCH), batch=BATCH)
    Problem(
        images=images,
        labels=labels.astype(np.int64),
        mean=float(data.shift),
        deviation=1 / float(data.scale),
        weights=[np.asarray(weights) for weights in start.weights],
        feedback=[np.asarray(feedback) for feedback in start.feedback],
        order=rows_of(len(data), key, check_steps),
        learned=[np.asarray(weights) for weights in jax.block_until_ready(learned.weights)],
    ).save(Path(path))
    return None, {"data": what, "check_steps": check_steps}


def rows_of(examples: int, key: int, steps: int) -> np.ndarray:
    """The rows that prenoise learns from in the first steps of its first epoch."""
    import jax
    import jax.numpy as jnp

    from prenoise.random_bits import seed_words, shuffled

    positions = jnp.arange(min(steps * BATCH, examples), dtype=jnp.uint32)
    return np.asarray(shuffled(seed_words(jax.random.key(key)), jnp.uint32(0), positions, examples), np.int64)
