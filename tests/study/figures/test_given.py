"""What a run is given: a kind's network, data of each seed's own, and refusals that say what is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from prenoise.errors import UserError
from prenoise.measures import accuracy, alignment
from prenoise.program import PerSeed
from prenoise.study.given import Given, per_seed
from prenoise.study.kinds import BP, COMPARED, FA, KINDS, MIRROR, NOISE, ZERO, Kind, add_kinds, kind_named
from prenoise.study.tasks import located

DIGITS = {"mnist": {"name": "digits", "hash": located("digits").content_hash}}


def given(kind=FA, seeds=(0, 1, 2), **options):
    return Given(seeds, {"kind": kind, "epochs": 2, "noise_examples": 6_400, **options}, data=DIGITS)


def test_a_misspelt_option_is_refused_with_those_that_are_known():
    with pytest.raises(UserError, match=r"no option 'epohcs'.*epochs, kind, noise_examples"):
        _ = given().epohcs


def test_an_unknown_kind_and_an_unknown_set_are_refused_with_those_that_are_known():
    with pytest.raises(UserError, match=r"no kind 'FB'.*'FA \+ noise'"):
        kind_named("FB")
    with pytest.raises(UserError, match="no data set 'kmnist': expected one of mnist"):
        given().data("kmnist")


def test_another_kind_under_a_name_that_is_taken_is_refused():
    add_kinds([KINDS[FA]])
    with pytest.raises(UserError, match="another"):
        add_kinds([Kind(FA, "something else")])


def test_all_kinds_of_a_seed_start_from_the_same_feedback_but_for_the_mirror():
    starts = {kind: given(kind).start([64, 10, 10]).network for kind in COMPARED}
    for kind in (NOISE, ZERO, BP):
        assert (starts[kind].feedback[0] == starts[FA].feedback[0]).all()
    assert (starts[BP].weights[0] == starts[FA].weights[0]).all()
    assert (starts[ZERO].weights[0] == starts[FA].weights[0]).all()
    assert not (starts[MIRROR].feedback[0] == starts[FA].feedback[0]).any()


def test_a_zero_readout_has_no_opinion_and_noise_aligns_and_the_mirror_aligns_most():
    def angle(kind):
        network = given(kind, noise_examples=64_000).start([64, 50, 10]).network
        return np.asarray(jax.vmap(lambda network: alignment(network)[-1].mean())(network))

    zero = given(ZERO).start([64, 50, 10]).network
    assert (zero.weights[-1] == 0).all()
    assert (zero.biases[-1] == 0).all()
    assert angle(NOISE).mean() < angle(FA).mean()
    assert (angle(MIRROR) < angle(NOISE)).all()


def test_seeds_learn_from_subsets_of_their_own_with_every_class():
    one = given()
    everything, _ = one.data()
    subset = one.subset(everything, 100).value
    assert subset.raw.shape == (3, 100, 64)
    assert not (subset.raw[0] == subset.raw[1]).all()
    assert all(len(set(labels.tolist())) == 10 for labels in np.asarray(subset.labels))
    assert one.subset(everything, 0) is everything


def test_held_out_examples_and_those_learned_from_are_the_subset():
    one = given(seeds=(4,))
    everything, _ = one.data()
    learn_from, held_out = one.split(everything, 100, 0.2)
    whole = one.subset(everything, 100)
    assert (jnp.concatenate([learn_from.value.labels, held_out.value.labels], axis=1) == whole.value.labels).all()
    assert held_out.value.raw.shape[1] == 20


def test_a_block_of_seeds_with_data_of_their_own_comes_out_as_each_alone():
    def trained(seeds):
        run = given(seeds=seeds)
        everything, test = run.data()
        subset = run.subset(everything, 200)
        record = {"own": Partial(accuracy, examples=subset), "test": Partial(accuracy, examples=test)}
        network, history = run.train(run.start([64, 20, 10]).network, subset, record=record)
        return network, history.record

    block, measured = trained([0, 1])
    for place, seed in enumerate((0, 1)):
        alone, own = trained([seed])
        np.testing.assert_allclose(block.weights[0][place], alone.weights[0][0], atol=1e-5)
        np.testing.assert_allclose(measured["own"][place], own["own"][0], atol=1e-6)
        np.testing.assert_allclose(measured["test"][place], own["test"][0], atol=1e-6)


def test_what_is_marked_differs_by_seed_and_all_else_is_shared():
    found = per_seed(lambda a, b, *, c: a * b + c, PerSeed(jnp.array([1, 2])), jnp.array([10, 20]), c=1)
    assert found.tolist() == [[11, 21], [21, 41]]
