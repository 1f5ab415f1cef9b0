"""The contenders of the benchmarks compute what prenoise computes. The compiled one is checked before it is timed."""

import importlib
from dataclasses import replace

import jax
import pytest
from benchmarks.contest import TOLERANCE
from benchmarks.problem import Problem, prepare

NEEDS = {
    "jax_steps": [],
    "pytorch_dataloader": ["torch"],
    "pytorch_tensors": ["torch"],
    "biotorch_layers": ["torch", "biotorch"],
}


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    path = tmp_path_factory.mktemp("problem") / "problem.npz"
    prepare(str(path), sizes=[64, 30, 20, 10], examples=6_500, check_steps=102)
    return Problem.load(path)


@pytest.fixture(params=NEEDS)
def contender(request):
    """As a user runs it, who has not told JAX to be strict."""
    for package in NEEDS[request.param]:
        pytest.importorskip(package)
    if "torch" in NEEDS[request.param]:
        import torch

        torch.set_num_threads(1)  # its threads wait by spinning, and the tests of other workers wait for them
    with jax.numpy_rank_promotion("allow"):
        yield importlib.import_module(f"benchmarks.contenders.{request.param}").Contender


def test_an_epoch_with_its_short_batch_ends_in_the_weights_of_prenoise(problem, contender):
    entered = contender(problem)
    entered.epoch(problem.order)
    assert problem.difference(entered.weights()) <= TOLERANCE


def test_other_feedback_does_not(problem, contender):
    entered = contender(replace(problem, feedback=problem.weights[1:]))
    entered.epoch(problem.order)
    assert problem.difference(entered.weights()) > 10 * TOLERANCE


def test_pretraining_on_noise_moves_the_weights(problem, contender):
    entered = contender(problem)
    entered.pretrain(3)
    moved = [abs(after - before).max() for after, before in zip(entered.weights(), problem.weights, strict=True)]
    assert all(0 < most < 1e-3 for most in moved)
