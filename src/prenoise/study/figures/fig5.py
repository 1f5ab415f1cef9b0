"""Figure 5a: how quickly a network adapts to tasks that its noise pretraining knew nothing of."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from prenoise.measures import meta_loss
from prenoise.measures.meta import Shots
from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.program import PerSeed
from prenoise.study import charts
from prenoise.study.claims import Claim, Trend
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given, per_seed
from prenoise.study.kinds import FA, MIRROR, NOISE, ZERO
from prenoise.study.measured import itself
from prenoise.study.panels import by_kind, labels
from prenoise.study.recipes import META_LOSS, Family, numbers

HIDDEN = [100, 100]
TASKS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST"}
KINDS = (FA, NOISE, ZERO, MIRROR)
MOMENTS = 21
FAMILY = Family("figure 5", paper=True)


def run(given: Given) -> Mapping[str, Any]:
    """The meta-loss before data, over all tasks and on each; along the noise where there was any."""

    def shots(role: str) -> PerSeed:
        examples, _test = given.data(role)
        drawn = [Shots.of(examples, key=seed, queries=given.queries) for seed in given.seeds]
        return PerSeed(jax.tree.map(lambda *leaves: jnp.stack(leaves), *drawn))

    tasks = [shots(role) for role in TASKS]

    def losses(network: Network) -> np.ndarray:
        """Seed x task."""
        return np.stack([np.asarray(per_seed(meta_loss, PerSeed(network), [few])) for few in tasks], axis=-1)

    network, noise = given.start(
        given.sizes(HIDDEN, "mnist"), record={"network": itself}, at=np.linspace(0, given.noise_examples, MOMENTS)
    )
    result: dict[str, Any] = {"meta_loss": (("seed",), losses(network).mean(axis=-1), {"units": "nats"})}
    if noise is not None:
        moments = [
            jax.tree.map(lambda leaf, m=m: jnp.asarray(leaf[:, m]), noise.record["network"]) for m in range(MOMENTS)
        ]
        on_noise = np.stack([losses(moment) for moment in moments], axis=1)
        result["on_noise"] = (("seed", "moment", "task"), on_noise, {"units": "nats"})
        result["noise_seen"] = (("moment",), np.asarray(noise.at), {"units": "examples"})
        result["task"] = (("task",), np.array(list(TASKS)))
    return result


CLAIMS = (
    Claim(
        "5a.1",
        "The meta-loss over MNIST, Fashion-MNIST and KMNIST falls gradually during noise pretraining.",
        Trend("falls", steady=0.5),
        lambda results: (
            results[{"kind": NOISE}]["noise_seen"].values,
            results[{"kind": NOISE}]["on_noise"].mean("task"),
        ),
        labels=("untrained", "noise-pretrained"),
        family=FAMILY.name,
        paper=FAMILY.paper,
        **META_LOSS._asdict(),
    ),
    *FAMILY.ours.controls(
        "5a",
        "On MNIST, Fashion-MNIST and KMNIST",
        numbers("meta_loss"),
        META_LOSS,
        better="has a lower meta-loss",
        direction="less",
    ),
)


def picture(results):
    """The meta-loss along the noise, over all tasks and on each."""
    on_noise = by_kind(results, "on_noise", KINDS)
    panels = {"all tasks": {kind: values.mean(axis=-1) for kind, values in on_noise.items()}} | {
        name: {kind: values[..., place] for kind, values in on_noise.items()}
        for place, name in enumerate(TASKS.values())
    }
    return charts.Picture(
        caption="The loss that is left after ten steps of learning a task from few examples, along the noise and, for "
        "every kind, before data.",
        all_panels=[
            *(
                charts.curves(
                    f"5a · meta-loss, {name}",
                    labels(results, "noise_seen"),
                    of_kind,
                    x="examples of noise",
                    y="meta-loss (nats)",
                )
                for name, of_kind in panels.items()
            ),
            charts.points(
                "5a · meta-loss before data, all tasks",
                {"all tasks": by_kind(results, "meta_loss", KINDS)},
                x="meta-loss (nats)",
            ),
        ],
        kinds=KINDS,
    )


EXPERIMENTS = (
    Experiment(
        id="fig5",
        paper=True,
        where="Figure 5a",
        title="The meta-loss along noise pretraining",
        run=run,
        cells=[{"kind": kind} for kind in KINDS],
        options={
            "smoke": {"noise_examples": 64_000, "queries": 10},
            "quick": {"noise_examples": 256_000, "queries": 100},
            "paper": {"noise_examples": PAPER.noise_examples, "queries": 100},
        },
        datasets=tuple(TASKS),
        claims=CLAIMS,
        picture=picture,
    ),
)
