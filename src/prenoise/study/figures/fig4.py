"""Figure 4: trained on MNIST, tested on digits moved, turned and resized, and on those of USPS."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from prenoise.data import shifts, usps_to_mnist_frame
from prenoise.examples import Examples
from prenoise.measures import accuracy
from prenoise.program import PerSeed
from prenoise.study import charts
from prenoise.study.claims import Claim
from prenoise.study.experiment import DIGITS, Experiment
from prenoise.study.given import Given, per_seed
from prenoise.study.kinds import COMPARED
from prenoise.study.panels import by_kind, one
from prenoise.study.recipes import ACCURACY, SMALL_ACCURACY, USPS, USUAL, Effect, Family, mean_of, nth, numbers

HIDDEN = [100, 100]
STRENGTHS = {
    "translate": (1.0, 2.0, 3.0, 4.0, 6.0),
    "rotate": (10.0, 20.0, 30.0, 45.0, 60.0),
    "scale": (0.1, 0.2, 0.3, 0.5, 0.75),
}
"""Pixels, degrees, and the share by which an image grows or shrinks."""
UNITS = {"translate": "pixels", "rotate": "degrees", "scale": "share"}
MARKS = {"translate": "{:g} px", "rotate": "{:g}°", "scale": "{:.0%}"}
FAMILY = Family("figure 4", paper=True)
FRAMES = {"centre": "USPS, 20x20 centred in 28x28", "resize": "USPS, resized to 28x28"}


def run(given: Given) -> Mapping[str, Any]:
    """Accuracy on the test set, on copies of it that are shifted anew for every seed, and on USPS in two frames."""
    examples, test = given.data("mnist")
    images, usps = given.arrays("mnist").x_test, given.arrays("usps")
    start, _noise = given.start(given.sizes(HIDDEN, "mnist"))
    trained, _history = given.train(start, examples, at=[0, given.epochs])

    def right(tests: Examples | PerSeed) -> np.ndarray:
        return np.asarray(per_seed(accuracy, PerSeed(trained), tests))

    def shifted(kind: str, strength: float) -> PerSeed:
        copies = [getattr(shifts, kind)(images, strength, seed=seed) for seed in given.seeds]
        each = [Examples.of(copy, test.labels, like=examples) for copy in copies]
        return PerSeed(jax.tree.map(lambda *leaves: jnp.stack(leaves), *each))

    result: dict[str, Any] = {"accuracy": (("seed",), right(test))}
    for kind, strengths in STRENGTHS.items():
        axis = f"{kind}_strength"
        result[kind] = (("seed", axis), np.stack([right(shifted(kind, strength)) for strength in strengths], axis=1))
        result[axis] = ((axis,), np.array(strengths), {"units": UNITS[kind]})
    framed = [in_frame(usps.x_test, how, usps.name) for how in FRAMES]
    on_usps = [right(Examples.of(copy, usps.y_test, like=examples)) for copy in framed]
    result["usps"] = (("seed", "frame"), np.stack(on_usps, axis=1))
    result["frame"] = (("frame",), np.array(list(FRAMES)))
    result["digit"] = (("row", "column"), bright(images[0]))
    result["usps_digit"] = (("usps_row", "usps_column"), bright(usps.x_test[0]))
    return result


def in_frame(images: np.ndarray, how: Any, name: str) -> np.ndarray:
    """USPS as MNIST is framed. The embedded digits that stand in for USPS in `smoke` are left as they are."""
    return images if name == DIGITS else usps_to_mnist_frame(images, how)


def bright(image: np.ndarray) -> np.ndarray:
    """An image as bytes with white as its brightest pixel, however it is stored."""
    low = min(float(image.min()), 0.0)
    return ((image - low) * (255.0 / max(float(image.max()) - low, 1e-9))).astype(np.uint8)


ON_SHIFTED = {kind: numbers(kind, lambda values, kind=kind: values.mean(f"{kind}_strength")) for kind in STRENGTHS}
ON_USPS = [numbers("usps", nth(frame=frame)) for frame in range(len(FRAMES))]
ON_ANY = mean_of(list(ON_SHIFTED.values()))


def lost(results, kind: str) -> Any:
    """Accuracy on MNIST itself less that on shifted digits."""
    return numbers("accuracy")(results, kind) - ON_ANY(results, kind)


def more_accurate(identity: str, on: str, of: Any, effect: Effect = SMALL_ACCURACY) -> Claim:
    """After noise pretraining accuracy is higher."""
    sentence = f"Trained on MNIST, accuracy on {on} is higher after noise pretraining."
    return FAMILY.compared(identity, sentence, of, effect)


CLAIMS = (
    *(
        more_accurate(f"4b.{number}", f"{kind}d digits (mean over strengths)", of)
        for number, (kind, of) in enumerate(ON_SHIFTED.items(), 1)
    ),
    *(
        more_accurate(f"4c.{number}", frame, of, USPS)
        for number, (frame, of) in enumerate(zip(FRAMES.values(), ON_USPS, strict=True), 1)
    ),
    FAMILY.ours.compared(
        "4.1",
        "Accuracy on MNIST's own test set is higher after noise pretraining.",
        numbers("accuracy"),
        ACCURACY,
    ),
    FAMILY.ours.compared(
        "4.2",
        "What is lost from MNIST's own test set to shifted digits is less after noise pretraining.",
        lost,
        SMALL_ACCURACY,
        direction="less",
    ),
    *FAMILY.ours.controls(
        "4b",
        "On shifted digits (mean over shifts and strengths)",
        ON_ANY,
        SMALL_ACCURACY,
        better="is more accurate",
    ),
    *FAMILY.ours.controls("4c", "On USPS, 20x20 centred in 28x28", ON_USPS[0], USPS, better="is more accurate"),
)


def picture(results):
    """The shifted digits themselves, and the accuracy on them."""
    usps = by_kind(results, "usps")
    own = {"MNIST test set": by_kind(results, "accuracy")}
    return charts.Picture(
        caption="Trained on MNIST, tested on digits moved, turned and resized (4b), and on those of USPS (4c).",
        all_panels=[
            examples_of_shifts(results),
            *(
                charts.lines_by(
                    f"4b · accuracy on {kind}d digits",
                    strengths,
                    by_kind(results, kind),
                    x=f"strength ({UNITS[kind]})",
                    y="test accuracy",
                    percent=True,
                    same_y="accuracy",
                )
                for kind, strengths in STRENGTHS.items()
            ),
            charts.points(
                "4c · accuracy on USPS and on MNIST itself",
                {name: {kind: values[:, n] for kind, values in usps.items()} for n, name in enumerate(FRAMES.values())}
                | own,
                x="test accuracy",
                percent=True,
            ),
        ],
        kinds=COMPARED,
    )


def examples_of_shifts(results) -> Any:
    """A test image at every strength of every shift, and one of USPS, as the runs had them."""
    there = [kind for kind in COMPARED if one(results, "digit", kind=kind) is not None]
    if not there:
        return None
    digit, other = (results[{"kind": there[0]}][name].values.astype(np.uint8) for name in ("digit", "usps_digit"))
    rows = {
        f"{kind}d": [("as it is", digit)]
        + [
            (MARKS[kind].format(strength), getattr(shifts, kind)(digit[None], strength, seed=0)[0])
            for strength in strengths
        ]
        for kind, strengths in STRENGTHS.items()
    }
    framed = [(how, in_frame(other[None], how, "" if other.shape == (16, 16) else DIGITS)[0]) for how in FRAMES]
    rows["USPS"] = [("as it is", other), *framed]
    return charts.gallery(
        "4a · a test image at every strength",
        rows,
        says="4a, example images: a digit as it is, then translated, rotated and scaled at five strengths each, and a "
        "digit of USPS as it is, centred and resized.",
    )


EXPERIMENTS = (
    Experiment(
        id="fig4",
        paper=True,
        where="Figure 4b-c",
        title="Digits of other kinds than those learned",
        run=run,
        cells=[{"kind": kind} for kind in COMPARED],
        options=USUAL,
        datasets=("mnist", "usps"),
        claims=CLAIMS,
        picture=picture,
    ),
)
