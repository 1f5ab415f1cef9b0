from hypothesis import given
from hypothesis import strategies as st

from prenoise.study.lab import seed_blocks


@given(st.lists(st.integers(), unique=True), st.integers(1, 9))
def test_blocks_hold_every_seed_once_in_order(seeds, width):
    blocks = seed_blocks(seeds, width)
    assert [seed for block in blocks for seed in block] == seeds
    assert all(len(block) == width for block in blocks[:-1])
