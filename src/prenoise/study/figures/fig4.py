"""Figure 4: trained on MNIST after practice on noise, a network does better on digits of other kinds."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jax
import numpy as np

from prenoise.data import shifts, usps_to_mnist_frame
from prenoise.examples import Examples
from prenoise.measures import accuracy
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Paired
from prenoise.study.experiment import DIGITS, Experiment
from prenoise.study.kinds import FA, NOISE_FA, before_data, keys
from prenoise.study.tasks import Used, arrays, task
from prenoise.training import train

HIDDEN = [100, 100]
STRENGTHS = {
    "translate": (1.0, 2.0, 3.0, 4.0, 6.0),
    "rotate": (10.0, 20.0, 30.0, 45.0, 60.0),
    "scale": (0.1, 0.2, 0.3, 0.5, 0.75),
}
"""Pixels, degrees, and the share by which an image grows or shrinks."""
UNITS = {"translate": "pixels", "rotate": "degrees", "scale": "share"}
MARKS = {"translate": "{:g} px", "rotate": "{:g}°", "scale": "{:.0%}"}
FRAMES = ("centre", "resize")
SEED_OF_SHIFTS = 0


def run(
    seeds: Sequence[int],
    network: str,
    *,
    epochs: int,
    noise_examples: int,
    data: Mapping[str, Mapping[str, str]],
    scaling: Any,
    **_: Any,
) -> Mapping[str, Any]:
    """Accuracy on the test set, on shifted copies of it, and on USPS in two frames."""
    learn_from, test = task("mnist", data, scaling)
    key = keys(seeds)
    start = before_data(network, [test.raw.shape[1], *HIDDEN, 10], key, noise_examples)
    trained, _history = train(start, learn_from, key=key.order, epochs=epochs, at=[0, epochs])

    def right(raw: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.asarray(_accuracies(trained, Examples.of(raw, labels, like=learn_from)))

    labels = np.asarray(test.labels)
    result: dict[str, Any] = {"accuracy": (("seed",), right(np.asarray(test.raw), labels))}
    for kind, strengths in STRENGTHS.items():
        copies = shifted(kind, **data["mnist"])
        result[kind] = (("seed", f"{kind}_strength"), np.stack([right(copy, labels) for copy in copies], axis=1))
        result[f"{kind}_strength"] = ((f"{kind}_strength",), np.array(strengths), {"units": UNITS[kind]})
    usps = arrays(Used(data["usps"]["name"], data["usps"]["hash"]))
    framed = [_in_frame(usps.x_test, how, usps.name == DIGITS) for how in FRAMES]
    result["usps"] = (("seed", "frame"), np.stack([right(copy, usps.y_test) for copy in framed], axis=1))
    result["frame"] = (("frame",), np.array(FRAMES))
    return result


@jax.jit
def _accuracies(block, examples: Examples):
    return jax.vmap(accuracy, (0, None))(block, examples)


@cache
def shifted(kind: str, *, name: str, hash: str) -> list[np.ndarray]:
    """The test images, moved, turned or resized at every strength."""
    images = arrays(Used(name, hash)).x_test
    return [getattr(shifts, kind)(images, strength, seed=SEED_OF_SHIFTS) for strength in STRENGTHS[kind]]


def _in_frame(images: np.ndarray, how: Any, is_digits: bool) -> np.ndarray:
    """USPS as MNIST is framed. The embedded digits that stand in for USPS in `smoke` are left as they are."""
    return images if is_digits else usps_to_mnist_frame(images, how)


def more_accurate(identity: str, sentence: str, samples) -> Claim:
    """FA+N above FA."""
    return Claim(
        identity,
        sentence,
        Paired("greater"),
        lambda results: (samples(results, NOISE_FA), samples(results, FA)),
        family=identity.split(".", maxsplit=1)[0],
        unit="accuracy",
        labels=(NOISE_FA, FA),
    )


CLAIMS = (
    *(
        more_accurate(
            f"4b.{number}",
            f"Trained on MNIST, accuracy on {kind}d digits (mean over strengths) is higher after practice on noise.",
            lambda results, network, kind=kind: cell(results, kind, network=network).mean(axis=1),
        )
        for number, kind in enumerate(STRENGTHS, 1)
    ),
    more_accurate(
        "4c.1",
        "Trained on MNIST, accuracy on USPS (20x20 centred in 28x28) is higher after practice on noise.",
        lambda results, network: cell(results, "usps", network=network)[:, 0],
    ),
    more_accurate(
        "4c.2",
        "The same with USPS resized to fill 28x28.",
        lambda results, network: cell(results, "usps", network=network)[:, 1],
    ),
    more_accurate(
        "4.1",
        "Accuracy on MNIST's own test set is higher after practice on noise.",
        lambda results, network: cell(results, "accuracy", network=network),
    ),
)


def picture(results):
    """The shifted digits themselves, and the accuracy on them."""
    from prenoise.study.report.lines import lines_by
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import by_kind

    kinds = [FA, NOISE_FA]
    examples, note = examples_of_shifts(results)
    usps = by_kind(results, "usps", kinds)
    frames = ["USPS, centred in frame", "USPS, resized to frame"]
    own = {"MNIST test set": by_kind(results, "accuracy", kinds)}
    return Picture(
        caption="Trained on MNIST, tested on digits moved, turned and resized, and on those of USPS.",
        all_panels=[
            examples,
            *(
                lines_by(
                    f"4b · accuracy on {kind}d digits",
                    strengths,
                    by_kind(results, kind, kinds),
                    x=f"strength ({UNITS[kind]})",
                    y="test accuracy",
                    percent=True,
                )
                for kind, strengths in STRENGTHS.items()
            ),
            points(
                "4c · accuracy on USPS and on MNIST itself, a point a seed",
                {name: {kind: there[:, frame] for kind, there in usps.items()} for frame, name in enumerate(frames)}
                | own,
                x="test accuracy",
                percent=True,
            ),
        ],
        kinds=kinds,
        notes=[note],
    )


def examples_of_shifts(results):
    """A digit at every strength of every shift, and one of USPS; and where the images are from."""
    from prenoise.data import DataError
    from prenoise.study.report.gallery import gallery
    from prenoise.study.tasks import located

    def found(name: str):
        dataset = located(name)
        if dataset.content_hash not in str(results.attrs.get("data", "")).split():
            raise DataError(f"{name} here is not what the runs used")
        return dataset

    try:
        names = (DIGITS, DIGITS) if results.attrs.get("size") == "smoke" else ("mnist", "usps")
        mnist, usps = (found(name) for name in names)
        sources = dict.fromkeys([mnist.description, usps.description])
        note = f"The example images are from {' and '.join(sources)}."
    except DataError:
        mnist = usps = located(DIGITS)
        note = "The data of these runs is not on this machine: the example images are scikit-learn's digits instead."
    digit, other = bright(mnist.x_test[:1]), bright(usps.x_test[:1])
    rows = {
        f"{kind}d": [("as it is", digit[0])]
        + [
            (MARKS[kind].format(strength), getattr(shifts, kind)(digit, strength, seed=SEED_OF_SHIFTS)[0])
            for strength in strengths
        ]
        for kind, strengths in STRENGTHS.items()
    }
    rows["USPS"] = [("as it is", other[0])] + [
        (how, _in_frame(other, how, usps.name == DIGITS)[0]) for how in ("centre", "resize")
    ]
    panel = gallery(
        "4a · a test image at every strength",
        rows,
        says="4a, example images: a digit as it is, then translated, rotated and scaled at five strengths each, and a "
        "digit of USPS as it is, centred and resized.",
    )
    return panel, note


def bright(image: np.ndarray) -> np.ndarray:
    """With white as the brightest pixel: some sets count to 16, not to 255."""
    return (image * (255.0 / image.max())).astype(np.uint8)


EXPERIMENTS = (
    Experiment(
        id="fig4",
        paper=True,
        where="Figure 4b-c",
        title="Practice on noise helps on digits of other kinds",
        run=run,
        cells=[{"network": kind} for kind in (FA, NOISE_FA)],
        options={
            "smoke": {"epochs": 30, "noise_examples": 64_000},
            "quick": {"epochs": 10, "noise_examples": 256_000},
            "paper": {"epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
        },
        datasets=("mnist", "usps"),
        claims=CLAIMS,
        picture=picture,
    ),
)
