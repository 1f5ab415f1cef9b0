"""A run in parts keeps what is done, wherever in it Ctrl-C comes."""

import jax
import numpy as np
import pytest

import prenoise
from prenoise.cli.parts import in_parts
from prenoise.history import Interrupted
from prenoise.optimisers import adam


def run(checkpoint, stopped_before=None):
    """Noise in four parts; Ctrl-C comes before one of them has begun."""
    optimiser = adam(1e-3)

    def phase(network, begun, until, tell, **start):
        if begun == stopped_before:
            raise KeyboardInterrupt
        options = {"batch": 8, "optimiser": optimiser, "progress": tell, "at": [begun, until], **start}
        return prenoise.pretrain(network, examples=int(until - begun), **options)

    return in_parts(
        phase,
        prenoise.Network.random([6, 5, 3], key=0),
        [16, 32, 48, 64],
        time_per_step=8,
        key=jax.random.key(1),
        optimiser=optimiser,
        about={},
        checkpoint=checkpoint,
        progress=lambda fraction: None,
    )


@pytest.mark.parametrize("stopped_before", [16, 48])
def test_between_two_parts_ctrl_c_keeps_those_before_it(tmp_path, stopped_before, capsys):
    checkpoint = tmp_path / "parts"
    with pytest.raises(Interrupted, match="goes on from"):
        run(checkpoint, stopped_before)
    network, history = run(checkpoint)
    assert f"({stopped_before} of 64 done)" in capsys.readouterr().err
    whole, expected = run(None)
    assert jax.tree.all(jax.tree.map(np.array_equal, network, whole))
    np.testing.assert_array_equal(history.at, expected.at)
    np.testing.assert_array_equal(history.loss, expected.loss)


def test_before_anything_is_done_there_is_nothing_to_keep(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", 0)
    assert not list(tmp_path.iterdir())
