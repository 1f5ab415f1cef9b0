"""Every bad file ends in one sentence that names it, says what was found, and what was expected."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from prenoise.data import DataError, load
from prenoise.data.formats import read_cifar10, read_idx, read_stl10, read_svhn, read_usps

BAD = sorted(path for path in (Path(__file__).parent / "bad").iterdir() if path.suffix != ".md")
READERS = {
    "idx": read_idx,
    "npz": load,
    "usps": lambda path: read_usps([path, path]),
    "cifar": lambda path: read_cifar10([path]),
    "stl10": lambda path: read_stl10([path]),
    "svhn": lambda path: read_svhn([path, path]),
}
FOUND = {
    "idx-wrong-magic": "89 50 4e 47",
    "idx-truncated": "17 bytes of content, expected the 18",
    "idx-promises-more-than-there-is": "79,228,162,458,924,105,385,300,197,375 bytes",
    "idx-bomb.gz": "content beyond the 4 bytes",
    "npz-lacks-y_test.npz": "no array y_test",
    "npz-pickled-objects.npz": "Python objects",
    "npz-nan.npz": "NaN or infinite values in example 0",
    "npz-no-training-examples.npz": "x_train: found no examples",
    "npz-no-test-examples.npz": "x_test: found no examples",
    "npz-negative-label.npz": "the label -1",
    "npz-unknown-test-label.npz": "the label 2, expected labels from 0 to 1",
    "npz-counts-differ.npz": "one for each of the 4 examples",
    "npz-promises-a-terabyte.npz": "the 1,099,511,627,776",
    "npz-long-header.npz": "a header that cannot be parsed",
    "npz-shape-of-booleans.npz": "an array of shape (True, True)",
    "usps-index-beyond": "indices that rise from 1 to at most 256",
    "stl10-ragged-images.tar.gz": "a whole number of images of 27,648 bytes",
    "stl10-label-zero.tar.gz": "the label 0, expected whole numbers from 1 to 10",
    "svhn-hdf5.mat": "a header that ends in",
    "svhn-promises-gigabytes.mat": "4,294,967,280",
    "svhn-dimensions-lie.mat": "an array of shape (32, 32, 3, 1000000)",
    "cifar-climbs-out.tar.gz": "leads out of the archive",
    "cifar-absolute-path.tar.gz": "leads out of the archive",
    "cifar-lacks-test.tar.gz": "no test_batch.bin",
}


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_file_ends_in_one_sentence(path):
    with pytest.raises(DataError) as error:
        READERS[path.name.split("-")[0]](path)
    sentence = str(error.value)
    assert sentence.startswith(str(path))
    assert "found" in sentence
    assert "expected" in sentence
    assert "\n" not in sentence
    assert len(sentence) < len(str(path)) + 300
    assert FOUND.get(path.name, "") in sentence


def test_the_corpus_still_holds_every_file_that_is_spoken_of():
    assert set(FOUND) <= {path.name for path in BAD}


@pytest.fixture(scope="module")
def whole(made, tmp_path_factory):
    """One valid file of each format, small enough to be cut at every length."""
    content = made.arrays(train=4, test=2, shape=(3, 3), classes=2)
    blank = np.zeros((6, 32, 32, 3), np.uint8)
    return {
        "idx": made.idx(content["x_train"]),
        "idx.gz": gzip.compress(made.idx(content["x_train"])),
        "npz": made.npz(content),
        "usps.bz2": made.usps(content["x_train"].reshape(4, 9), content["y_train"] + 1),
        "cifar.tar.gz": made.cifar(blank, np.arange(6)),
        "svhn": made.svhn(blank[:2, :4, :4], np.arange(2), compressed=False),
        "svhn.packed": made.svhn(blank[:2], np.arange(2)),
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["idx", "idx.gz", "npz", "usps.bz2", "cifar.tar.gz", "svhn", "svhn.packed"])
def test_a_file_cut_at_any_length_is_refused_and_whole_it_is_read(kind, whole, tmp_path):
    path = tmp_path / f"file.{kind}"
    reader = READERS[kind.split(".")[0]]
    path.write_bytes(whole[kind])
    reader(path)
    for length in range(len(whole[kind])):
        path.write_bytes(whole[kind][:length])
        with pytest.raises(DataError):
            reader(path)


def test_usps_text_cut_at_any_length_is_refused_or_still_text(made, tmp_path):
    text = made.usps(np.full((2, 3), 0.5, np.float32), np.array([1, 2]), packed=False)
    path = tmp_path / "text"
    for length in range(len(text)):
        path.write_bytes(text[:length])
        try:
            images, labels, *_ = read_usps([path, path])
        except DataError:
            continue
        assert images.shape == (len(labels), 16, 16)
