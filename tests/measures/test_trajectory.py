import jax.numpy as jnp
import numpy as np
import pytest

from prenoise.measures import principal_basis


def test_basis_and_projection_are_sklearns_up_to_sign():
    PCA = pytest.importorskip("sklearn.decomposition").PCA
    rng = np.random.default_rng(0)
    runs = [
        rng.normal(size=(length, 12)).astype(np.float32) * np.linspace(3, 0.1, 12, dtype=np.float32)
        for length in (5, 9)
    ]
    together = np.concatenate(runs)
    expected = PCA(3).fit(together)
    basis = principal_basis([jnp.asarray(run) for run in runs], components=3)
    assert np.allclose(np.abs(np.asarray(basis.axes) @ expected.components_.T), np.eye(3), atol=1e-3)
    assert np.allclose(basis.explained, expected.explained_variance_ratio_, atol=1e-4)
    feedback = rng.normal(size=12).astype(np.float32)
    signs = np.sign((np.asarray(basis.axes) * expected.components_).sum(axis=1))
    assert np.allclose(basis.project(jnp.asarray(feedback)), signs * expected.transform(feedback[None])[0], atol=1e-3)


def test_the_sign_of_an_axis_does_not_depend_on_the_order_of_the_runs():
    rng = np.random.default_rng(1)
    a, b = (jnp.asarray(rng.normal(size=(6, 8)).astype(np.float32)) for _ in range(2))
    assert np.allclose(principal_basis([a, b]).axes, principal_basis([b, a]).axes, atol=1e-3)
