"""A measure of a block of seeds is what it is for each, and no measure of a network's arrays mixes seeds up."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prenoise import Examples, Network, UserError, measures
from prenoise.measures.meta import Shots

RNG = np.random.default_rng(0)
EXAMPLES = Examples.of(RNG.normal(size=(60, 5)), np.arange(60) % 3)
SHOTS = Shots.of(EXAMPLES, key=0, shots=4)
CHANCES = jnp.asarray(RNG.dirichlet(np.ones(4), (3, 50)).astype(np.float32))
LABELS = jnp.asarray(RNG.integers(0, 4, (3, 50)))

OF_NETWORKS = {
    "alignment": measures.alignment,
    "alignment by signs": lambda network: measures.alignment(network, "usf"),
    "distance": measures.distance_to_feedback,
    "features": lambda network: measures.features(network, EXAMPLES),
    "probabilities": lambda network: measures.probabilities(network, EXAMPLES),
    "accuracy": lambda network: measures.accuracy(network, EXAMPLES),
    "loss": lambda network: measures.mean_loss(network, EXAMPLES),
    "generalisation": lambda network: measures.generalisation_error(network, EXAMPLES[:30], EXAMPLES[30:]),
    "meta-loss": lambda network: measures.meta_loss(network, [SHOTS], steps=2),
    "rank of weights": lambda network: measures.effective_rank(network.weights[0]),
    "singular values": lambda network: measures.singular_values(network.weights[1]),
}
OF_CHANCES = {
    "confidence": lambda chance, labels: measures.confidence(chance),
    "chance distance": lambda chance, labels: measures.chance_distance(chance),
    "bins": measures.reliability_bins,
    "calibration error": measures.expected_calibration_error,
    "Brier score": measures.brier_score,
    "log loss": measures.log_loss,
    "area under ROC": lambda chance, labels: measures.auroc(chance[..., 0], chance[..., 1]),
    "gram": lambda chance, labels: measures.gram(chance),
    "area under curve": lambda chance, labels: measures.area_under_curve(chance[..., 0], np.arange(50)),
}


def same(block, each):
    for together, *apart in zip(jax.tree.leaves(block), *map(jax.tree.leaves, each), strict=True):
        assert together.shape == (3, *apart[0].shape)
        assert np.allclose(together, jnp.stack(apart), atol=1e-4)


def networks(hidden=(7, 6)):
    return [Network.random([5, *hidden, 3], key=key) for key in range(3)]


@pytest.mark.parametrize("name", OF_NETWORKS)
def test_a_block_of_networks_is_measured_seed_by_seed(name):
    measure = OF_NETWORKS[name]
    block = jax.tree.map(lambda *leaves: jnp.stack(leaves), *networks())
    same(measure(block), [measure(network) for network in networks()])
    same(jax.jit(jax.vmap(measure))(block), [measure(network) for network in networks()])


@pytest.mark.parametrize("name", OF_CHANCES)
def test_a_block_of_arrays_is_measured_seed_by_seed(name):
    measure = OF_CHANCES[name]
    expected = [measure(chance, labels) for chance, labels in zip(CHANCES, LABELS, strict=True)]
    same(measure(CHANCES, LABELS), expected)
    same(jax.jit(jax.vmap(measure))(CHANCES, LABELS), expected)


def test_labels_may_be_the_same_for_all_seeds():
    together = measures.brier_score(CHANCES, LABELS[0])
    assert np.allclose(together, [float(measures.brier_score(chance, LABELS[0])) for chance in CHANCES], atol=1e-5)


@pytest.mark.parametrize("measure", [measures.alignment, measures.distance_to_feedback])
def test_feedback_that_is_no_feedback_of_the_rule_is_refused(measure):
    direct = Network.random([5, 7, 6, 3], key=0, direct=True)
    with pytest.raises(UserError, match="the rule fa needs feedback of shape"):
        measure(direct)
    with pytest.raises(UserError, match="the rule fa needs feedback of shape"):
        measure(jax.tree.map(lambda leaf: leaf[None], direct))


def test_a_weight_of_zero_has_no_sign_and_weighs_nothing_in_the_angle():
    network = Network(
        (jnp.ones((2, 2)), jnp.array([[1.0, 0.0], [1.0, 0.0]])), (jnp.zeros(2), jnp.zeros(2)), (jnp.ones((2, 2)),)
    )
    (angles,) = measures.alignment(network, "usf")
    assert np.allclose(angles, [0, 90], atol=0.05)
