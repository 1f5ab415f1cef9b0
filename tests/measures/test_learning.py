import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from prenoise import Examples, Network
from prenoise.measures import accuracy, area_under_curve, generalisation_error, mean_loss


@pytest.fixture
def judged():
    rng = np.random.default_rng(0)
    network = Network.random([5, 8, 3], key=0)
    return network, *(Examples.of(rng.normal(size=(n, 5)), rng.integers(0, 3, n)) for n in (50, 30))


def test_accuracy_and_loss_are_sklearns(judged):
    reference = pytest.importorskip("sklearn.metrics")
    network, examples, _ = judged
    chance = np.exp(np.asarray(network(examples.inputs), np.float64))
    assert float(accuracy(network, examples)) == pytest.approx(
        reference.accuracy_score(examples.labels, chance.argmax(axis=1))
    )
    expected = reference.log_loss(examples.labels, chance / chance.sum(axis=1, keepdims=True), labels=[0, 1, 2])
    assert float(mean_loss(network, examples)) == pytest.approx(expected, rel=1e-4)


def test_generalisation_error_is_test_minus_training_loss(judged):
    network, train, test = judged
    gap = float(mean_loss(network, test)) - float(mean_loss(network, train))
    assert float(generalisation_error(network, train, test)) == pytest.approx(gap, abs=1e-6)


def test_a_network_without_an_opinion_loses_the_logarithm_of_its_classes(judged):
    network, examples, _ = judged
    silent = Network((network.weights[0], jnp.zeros((3, 8))), network.biases, network.feedback)
    assert float(mean_loss(silent, examples)) == pytest.approx(np.log(3), rel=1e-5)


def test_area_under_curve_is_scipys_trapezoid_over_the_span():
    rng = np.random.default_rng(0)
    at, curves = np.sort(rng.uniform(size=9)).astype(np.float32), rng.uniform(size=(4, 9)).astype(np.float32)
    expected = scipy.integrate.trapezoid(curves, at, axis=1) / (at[-1] - at[0])
    assert np.allclose(area_under_curve(jnp.asarray(curves), jnp.asarray(at)), expected, atol=1e-5)
