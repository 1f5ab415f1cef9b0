"""Does it matter what the noise is like? White noise against other noise, plain and through a mirror.

Beside them starts without noise that are known to help feedback alignment: orthogonal weights, and feedback with the
signs of the weights.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from prenoise.examples import Batch
from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import Equivalent, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import BP, FA, MIRROR, NOISE, ZERO, Kind, Pretrain
from prenoise.study.measured import early_and_late, learned
from prenoise.study.panels import by_kind
from prenoise.study.recipes import ANGLE, SMALL_AREA, Family, sample


class Reshaped(Noise):
    """White noise made into other noise, one example at a time or a batch at once; labels stay as they are drawn."""

    def batch(self, seed: Any, step: Any, **sizes: Any) -> Batch:
        """The batch of one step; see `Noise.batch`."""
        white = super().batch(seed, step, **sizes)
        inputs = self.reshaped(white.inputs)
        return white._replace(inputs=inputs / jnp.maximum(jnp.sqrt(jnp.mean(inputs**2)), 1e-12))

    def reshaped(self, white: jax.Array) -> jax.Array:
        """The inputs (example x pixel) made of white ones; their size is taken back to 1 afterwards."""
        raise NotImplementedError


class OneOverF(Reshaped):
    """The power of natural images: amplitudes fall with the inverse of the frequency."""

    def reshaped(self, white: jax.Array) -> jax.Array:
        side = round(white.shape[1] ** 0.5)
        frequency = jnp.hypot(*jnp.meshgrid(jnp.fft.fftfreq(side), jnp.fft.fftfreq(side)))
        spectrum = jnp.fft.fft2(white.reshape(-1, side, side)) / jnp.maximum(frequency, 1 / side)[None]
        return jnp.fft.ifft2(spectrum).real.reshape(white.shape)


class Sparse(Reshaped):
    """One input in ten is active."""

    def reshaped(self, white: jax.Array) -> jax.Array:
        return jnp.where(jnp.abs(white) > 1.645, white, 0.0)


class Waves(Reshaped):
    """Bands of activity that cross the image, as in a developing retina: a batch is eight waves of eight frames."""

    def reshaped(self, white: jax.Array) -> jax.Array:
        side, frames = round(white.shape[1] ** 0.5), 8
        # all frames of a wave take their numbers from its first
        first = white[jnp.arange(len(white)) // frames * frames]
        direction, offset, speed = jnp.pi * first[:, 0], first[:, 1], 0.15 + 0.05 * jnp.abs(first[:, 2])
        time = jnp.arange(len(white)) % frames - frames / 2
        y, x = jnp.meshgrid(jnp.linspace(-1, 1, side), jnp.linspace(-1, 1, side))
        along = jnp.cos(direction)[:, None, None] * x[None] + jnp.sin(direction)[:, None, None] * y[None]
        front = (0.3 * offset + speed * time)[:, None, None]
        wave = jnp.exp(-(((along - front) / 0.25) ** 2)).reshape(white.shape)
        return wave - wave.mean()


NOISES: dict[str, Noise] = {"white": Noise(), "1/f": OneOverF(), "sparse": Sparse(), "moving waves": Waves()}
ORTHOGONAL, CONCORDANT = "FA, orthogonal weights", "FA, feedback of the weights' signs"


def orthogonal(network: Network, pretrain: Pretrain) -> Network:
    """Weights with orthogonal rows or columns, as large as the random ones."""

    def made(weights: jax.Array) -> jax.Array:
        left, _, right = jnp.linalg.svd(weights, full_matrices=False)
        flat = left @ right
        return (
            flat
            * jnp.linalg.norm(weights, axis=(-2, -1), keepdims=True)
            / jnp.linalg.norm(flat, axis=(-2, -1), keepdims=True)
        )

    return Network(tuple(map(made, network.weights)), network.biases, network.feedback)


def concordant(network: Network, pretrain: Pretrain) -> Network:
    """Feedback with the signs of the forward weights, and fixed from then on. It uses weight transport, once."""
    pairs = zip(network.weights[1:], network.feedback, strict=True)
    return Network(network.weights, network.biases, tuple(jnp.sign(w) * jnp.abs(b) for w, b in pairs))


WITHOUT_NOISE = (FA, ZERO, ORTHOGONAL, CONCORDANT, BP)
WITH_NOISE = (NOISE, MIRROR)
NONE = "no noise"
FAMILY = Family("noises")


def run(given: Given) -> Mapping[str, Any]:
    """Learning after one kind of noise, or from one of the starts without any."""
    everything, test = given.data()
    source = NOISES.get(given.noise, Noise())
    start, _noise = given.start(given.sizes([100] * given.depth), noise=source)
    examples = given.subset(everything, given.examples)
    arrays = learned(given, start, examples, test, at=early_and_late(given.epochs))[-1]
    return arrays | {"start_angle": (("seed",), arrays["angle"][1][:, 0, -1], {"units": "degrees"})}


CLAIMS = (
    *(
        FAMILY.claim(
            f"noises.{name}.{number}.{measure}",
            f"Noise that is {noise}, {how}, {does} as white noise.",
            Equivalent(),
            {inputs: sample(variable, kind=kind, noise=inputs) for inputs in (noise, "white")},
            effect,
        )
        for kind, name, how in ((NOISE, "plain", "plain"), (MIRROR, "mirror", "through a mirror"))
        for number, noise in enumerate(list(NOISES)[1:], 1)
        for measure, does, variable, effect in (
            ("angle", "aligns as well", "start_angle", ANGLE),
            ("speed", "makes learning as fast", "area", SMALL_AREA),
        )
    ),
    FAMILY.claim(
        "noises.orthogonal",
        "White noise makes learning faster than orthogonal weights.",
        Paired("greater"),
        {NOISE: sample("area", kind=NOISE, noise="white"), ORTHOGONAL: sample("area", kind=ORTHOGONAL, noise=NONE)},
        SMALL_AREA,
    ),
    FAMILY.claim(
        "noises.concordant",
        "Mirrored white noise is faster than feedback of the weights' signs.",
        Paired("greater"),
        {MIRROR: sample("area", kind=MIRROR, noise="white"), CONCORDANT: sample("area", kind=CONCORDANT, noise=NONE)},
        SMALL_AREA,
    ),
)


def picture(results):
    """Starting angle, speed and final accuracy by noise, and the starts without noise."""

    def panel(title: str, variable: str, x: str, percent: bool = False) -> Any:
        groups = {name: by_kind(results, variable, WITH_NOISE, noise=name) for name in NOISES}
        groups[NONE] = by_kind(results, variable, WITHOUT_NOISE, noise=NONE)
        return charts.points(title, groups, x=x, percent=percent)

    return charts.Picture(
        caption="Noise pretraining on noise of several kinds, plain and through a mirror, beside starts without noise.",
        all_panels=[
            panel("Angle before data", "start_angle", "angle (degrees)"),
            panel("Speed", "area", "area under the curve of test accuracy"),
            panel("Final accuracy", "final_accuracy", "test accuracy", percent=True),
        ],
        kinds=[*WITHOUT_NOISE, *WITH_NOISE],
    )


EXPERIMENTS = (
    Experiment(
        id="noises",
        title="Does it matter what the noise is like?",
        run=run,
        cells=[
            *({"kind": kind, "noise": noise} for noise in NOISES for kind in WITH_NOISE),
            *({"kind": kind, "noise": NONE} for kind in WITHOUT_NOISE),
        ],
        options={
            "smoke": {"examples": 500, "depth": 2, "epochs": 20, "noise_examples": 64_000},
            "quick": {"examples": 1_000, "depth": 2, "epochs": 20, "noise_examples": 128_000},
            "paper": {"examples": 5_000, "depth": 2, "epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
        },
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 10},
        kinds=(
            Kind(
                ORTHOGONAL, "feedback alignment from orthogonal weights", "fa", orthogonal, "#56B4E9", (12, 3), "cross"
            ),
            Kind(
                CONCORDANT,
                "feedback alignment with feedback of the weights' signs, fixed",
                "fa",
                concordant,
                "#CC79A7",
                (8, 2, 2, 2),
                "triangle-right",
            ),
        ),
    ),
)
