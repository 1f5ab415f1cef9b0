import json

import jax
import numpy as np
import optax
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from prenoise import Network, UserError, WeightsFileError, load_network, load_state, pretrain, save_network


def about(**more):
    said = {"format": "prenoise-network-2", "activation": "relu", "type": "float32"}
    return {"prenoise": json.dumps(said | more)}


def test_a_network_and_what_made_it_come_back_as_they_were(tmp_path):
    network = Network.random([5, 4, 3], key=0)
    save_network(network, tmp_path / "a b.safetensors", rule="fa", seed=3, noise_examples=640)
    found, made_by = load_network(tmp_path / "a b.safetensors")
    assert all((a == b).all() for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(network), strict=True))
    assert made_by == {"rule": "fa", "seed": 3, "noise_examples": 640}


def test_a_block_of_networks_is_refused_for_it_could_not_be_read(tmp_path):
    block = jax.vmap(lambda key: Network.random([5, 4, 3], key=key))(jax.random.split(jax.random.key(0), 2))
    with pytest.raises(UserError, match="save one at a time"):
        save_network(block, tmp_path / "n")
    assert not (tmp_path / "n").exists()
    save_network(jax.tree.map(lambda leaf: leaf[0], block), tmp_path / "n")
    assert load_network(tmp_path / "n")[0].sizes == (5, 4, 3)


def test_the_file_says_its_sizes_and_version_to_anyone(tmp_path):
    save_network(Network.random([5, 4, 3], key=0), tmp_path / "n")
    content = (tmp_path / "n").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
    said = json.loads(header["prenoise"])
    assert said["sizes"] == [5, 4, 3]
    assert said["version"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    network = Network.random([2, 2], key=0)
    save_network(network, tmp_path / "n")
    before = (tmp_path / "n").read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        save_network(network, tmp_path / "n", other="made by")
    assert [path.name for path in tmp_path.iterdir()] == ["n"]
    assert (tmp_path / "n").read_bytes() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 10**6), flip=st.integers(0, 10**6), junk=st.binary(min_size=1, max_size=9))
def test_a_broken_file_is_refused_in_a_sentence_or_holds_a_network(tmp_path, cut, flip, junk):
    save_network(Network.random([3, 2, 2], key=0), tmp_path / "n")
    content = bytearray((tmp_path / "n").read_bytes())
    start = flip % len(content)
    content[start : start + len(junk)] = junk
    (tmp_path / "n").write_bytes(content[: cut % (len(content) + 1)])
    try:
        network, made_by = load_network(tmp_path / "n")
    except WeightsFileError as refusal:
        said = str(refusal)
    else:
        said = str(tmp_path / "n")
        assert network.sizes == (3, 2, 2)
        assert isinstance(made_by, dict)
    assert str(tmp_path / "n") in said


def arrays(**changed):
    one = {"weights.0": (3, 2), "biases.0": (3,), "weights.1": (2, 3), "biases.1": (2,), "feedback.0": (2, 3)}
    return {name: np.zeros(shape, np.float32) for name, shape in one.items()} | changed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (save(arrays()), "format"),
        (save({}, about()), "expected weights"),
        (save({"weights.1": np.zeros((2, 2), np.float32)}, about()), "expected weights"),
        (save(arrays(other=np.zeros(1, np.float32)), about()), "expected weights"),
        (save(arrays(**{"biases.0": np.zeros(4, np.float32)}), about()), "fit together"),
        (save(arrays(**{"weights.1": np.zeros((2, 4), np.float32)}), about()), "fit together"),
        (save(arrays(**{"feedback.0": np.zeros((3, 2), np.float32)}), about()), "fit together"),
        (save(arrays(**{"weights.0": np.zeros((3, 0), np.float32)}), about()), "fit together"),
        (save(arrays(**{"biases.0": np.full(3, np.nan, np.float32)}), about()), "finite"),
        (save(arrays(**{"biases.0": np.zeros(3, np.float64)}), about()), "finite"),
        (save(arrays(), about(made_by=[1])), "made by"),
        (save(arrays(), about(activation="__import__")), "activation"),
        (save(arrays(), about(type="float8")), "type"),
        (save(arrays(), {"prenoise": "[" * 200_000}), "safetensors"),
        (save(arrays(), {"prenoise": "[]"}), "format"),
        (b"\xff" * 8 + b"{}", "safetensors"),
        (b"", "safetensors"),
    ],
)
def test_a_file_that_holds_no_network_says_why(tmp_path, content, said):
    (tmp_path / "n").write_bytes(content)
    with pytest.raises(WeightsFileError, match=said):
        load_network(tmp_path / "n")


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(WeightsFileError, match="no such file"):
        load_network(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.bool_])
def test_numbers_that_are_no_weights_are_refused(tmp_path, kind):
    (tmp_path / "n").write_bytes(save(arrays(**{"weights.0": np.zeros((3, 2), kind)}), about()))
    with pytest.raises(WeightsFileError, match="finite"):
        load_network(tmp_path / "n")


def header_only(header):
    content = json.dumps(header).encode()
    return len(content).to_bytes(8, "little") + content


@pytest.mark.parametrize("dtype", ["F8_E4M3", "F8_E5M2", "F4", "BF16", "F6_E2M3"])
def test_types_of_few_bits_end_in_a_sentence(tmp_path, dtype):
    header = {"weights.0": {"dtype": dtype, "shape": [2, 2], "data_offsets": [0, 4]}, "__metadata__": about()}
    (tmp_path / "n").write_bytes(header_only(header) + b"\0" * 4)
    with pytest.raises(WeightsFileError):
        load_network(tmp_path / "n")


def test_other_activations_no_biases_and_half_precision_come_back(tmp_path):
    network = Network.random([5, 4, 3], key=0, activation="tanh", biases=False)
    network = jax.tree.map(lambda leaf: leaf.astype("bfloat16"), network)
    save_network(network, tmp_path / "n")
    found, _ = load_network(tmp_path / "n")
    assert found.activation is network.activation
    assert found.biases == (None, None)
    assert all(
        (a == b).all() and a.dtype == b.dtype for a, b in zip(*map(jax.tree.leaves, (found, network)), strict=True)
    )


def test_an_activation_of_ones_own_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UserError, match="activation"):
        save_network(Network.random([5, 4, 3], key=0, activation=lambda x: x), tmp_path / "n")
    assert not (tmp_path / "n").exists()


def test_a_checkpoint_goes_on_as_if_training_had_never_stopped(tmp_path):
    network, optimiser = Network.random([6, 5, 3], key=0), optax.adam(1e-2)
    half, first = pretrain(network, examples=640, key=1, optimiser=optimiser)
    save_network(half, tmp_path / "n", state=first.state, rule="fa")
    assert load_network(tmp_path / "n")[1] == {"rule": "fa"}
    found, state, made_by = load_state(tmp_path / "n", optimiser)
    assert made_by == {"rule": "fa"}
    whole, history = pretrain(network, examples=1280, key=1, optimiser=optimiser, at=[*first.at, 1280])
    resumed, second = pretrain(found, examples=640, state=state, optimiser=optimiser, at=[640, 1280])
    for a, b in zip(jax.tree.leaves(resumed), jax.tree.leaves(whole), strict=True):
        assert (a == b).all()
    assert np.allclose(first.then(second).loss, history.loss)
    with pytest.raises(WeightsFileError, match="another optimiser"):
        load_state(tmp_path / "n", optax.sgd(1e-2))
    save_network(half, tmp_path / "n")
    with pytest.raises(WeightsFileError, match="no state"):
        load_state(tmp_path / "n", optimiser)
