import pytest
from hypothesis import given
from hypothesis import strategies as st

from prenoise.study.lab import block_width, seed_blocks

sizes = st.integers(1, 2**40)


@given(st.sampled_from(["cpu", "gpu"]), sizes, sizes)
def test_a_block_is_never_empty_and_fits_when_one_seed_does(device, memory, bytes_per_seed):
    width = block_width(device, memory, bytes_per_seed)
    assert width >= 1
    assert width == 1 or width * bytes_per_seed <= memory


def test_a_gpu_takes_wide_blocks_and_a_core_narrow_ones():
    assert block_width("gpu", 16 * 2**30, 2**20) == 256
    assert block_width("gpu", 2**30, 2**23) == 64
    assert block_width("cpu", 16 * 2**30, 2**23) == 1
    assert block_width("cpu", 16 * 2**30, 2**10) == 4


def test_the_widest_block_can_be_set():
    assert block_width("gpu", 2**40, 1, widest=10) == 10
    with pytest.raises(ValueError, match="device is one of"):
        block_width("tpu", 1, 1)


@given(st.lists(st.integers(), unique=True), st.integers(1, 9))
def test_blocks_hold_every_seed_once_in_order(seeds, width):
    blocks = seed_blocks(seeds, width)
    assert [seed for block in blocks for seed in block] == seeds
    assert all(len(block) == width for block in blocks[:-1])
