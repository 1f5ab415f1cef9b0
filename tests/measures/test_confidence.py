import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prenoise import Examples, Network
from prenoise.measures import (
    auroc,
    brier_score,
    chance_distance,
    confidence,
    expected_calibration_error,
    log_loss,
    probabilities,
    reliability_bins,
)


def beliefs(count, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    chance = rng.dirichlet(np.ones(classes), count).astype(np.float32)
    return jnp.asarray(chance), jnp.asarray(rng.integers(0, classes, count))


def plain_calibration_error(chance, labels, bins):
    """Bin by bin, as the definition says it."""
    sure, right = chance.max(axis=1), chance.argmax(axis=1) == labels
    total = 0.0
    for low in np.arange(bins) / bins:
        inside = (sure > low) & (sure <= low + 1 / bins)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    return total


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_calibration_error_is_what_its_definition_says(bins):
    chance, labels = beliefs(500)
    expected = plain_calibration_error(np.asarray(chance, np.float64), np.asarray(labels), bins)
    assert float(expected_calibration_error(chance, labels, bins=bins)) == pytest.approx(expected, abs=1e-5)


def test_reliability_bins_hold_every_example_once():
    chance, labels = beliefs(300)
    diagram = reliability_bins(chance, labels)
    assert float(diagram.share.sum()) == pytest.approx(1)
    assert float((diagram.share * diagram.confidence).sum()) == pytest.approx(
        float(confidence(chance).mean()), rel=1e-5
    )
    right = (chance.argmax(axis=1) == labels).mean()
    assert float((diagram.share * diagram.accuracy).sum()) == pytest.approx(float(right), rel=1e-5)


def test_an_honest_forecaster_is_calibrated_and_a_boaster_is_not():
    rng = np.random.default_rng(0)
    chance = rng.dirichlet(np.ones(3), 50_000).astype(np.float32)
    labels = (rng.uniform(size=(50_000, 1)) > chance.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    assert float(expected_calibration_error(jnp.asarray(chance), jnp.asarray(labels))) < 0.02
    certain = jnp.asarray(np.eye(3, dtype=np.float32)[chance.argmax(axis=1)])
    assert float(expected_calibration_error(certain, jnp.asarray(labels))) > 0.2


@settings(deadline=None, max_examples=8)
@given(known=st.integers(1, 40), unknown=st.integers(1, 40), seed=st.integers(0, 99), ties=st.booleans())
def test_auroc_is_sklearns_with_and_without_ties(known, unknown, seed, ties):
    roc_auc_score = pytest.importorskip("sklearn.metrics").roc_auc_score
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, known + unknown) if ties else rng.normal(size=known + unknown)
    scores = scores.astype(np.float32)
    expected = roc_auc_score([1] * known + [0] * unknown, scores)
    assert float(auroc(jnp.asarray(scores[:known]), jnp.asarray(scores[known:]))) == pytest.approx(expected, abs=1e-5)


def test_probabilities_sum_to_one_and_chance_is_at_no_distance():
    network = Network.random([3, 4, 5], key=0)
    chance = probabilities(network, Examples.of(np.random.default_rng(0).normal(size=(7, 3)), np.zeros(7)))
    assert np.allclose(chance.sum(axis=1), 1, atol=1e-5)
    assert float(chance_distance(jnp.full((6, 5), 0.2))) == 0
    assert float(chance_distance(chance)) == pytest.approx(float(np.sqrt(np.mean((np.asarray(chance) - 0.2) ** 2))))


def test_log_loss_is_scikit_learns():
    sklearn_log_loss = pytest.importorskip("sklearn.metrics").log_loss
    chance, labels = beliefs(400)
    assert float(log_loss(chance, labels)) == pytest.approx(sklearn_log_loss(labels, chance, labels=range(4)), rel=1e-5)


def test_log_loss_of_an_impossible_label_is_finite():
    assert 80 < float(log_loss(jnp.array([[1.0, 0.0]]), jnp.array([1]))) < 90


def test_brier_score_is_the_squared_distance_from_the_truth():
    chance, labels = beliefs(400)
    expected = np.mean([np.sum((row - np.eye(4)[label]) ** 2) for row, label in zip(chance, labels, strict=True)])
    assert float(brier_score(chance, labels)) == pytest.approx(expected, rel=1e-5)
    assert float(brier_score(jnp.eye(4), jnp.arange(4))) == 0
    assert float(brier_score(jnp.eye(4), (jnp.arange(4) + 1) % 4)) == 2
