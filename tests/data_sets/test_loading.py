"""A name or a path becomes a data set that says where it came from; nothing is ever downloaded."""

import shutil
import socket

import numpy as np
import pytest

import prenoise
from prenoise.data import CATALOG, DataError, find, load


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("something opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_digits_are_embedded_and_the_same_everywhere():
    digits = load("digits")
    assert digits.x_train.shape == (1437, 8, 8)
    assert digits.x_test.shape == (360, 8, 8)
    assert digits.x_train.dtype == np.uint8
    assert digits.x_train.max() == 16
    assert digits.source == "embedded"
    assert digits.content_hash == CATALOG["digits"].content_hash
    assert set(digits.y_test) == set(range(10))


def test_digits_are_those_of_scikit_learn():
    """Whose first four fifths are to learn from, and the others to test on."""
    pixels, labels = pytest.importorskip("sklearn.datasets").load_digits(return_X_y=True)
    digits = load("digits")
    np.testing.assert_array_equal(np.concatenate([digits.x_train, digits.x_test]).reshape(-1, 64), pixels)
    np.testing.assert_array_equal(np.concatenate([digits.y_train, digits.y_test]), labels)


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files_put_there_by_hand_are_a_local_copy(tmp_path, made, packed):
    content = made.arrays()
    made.idx_set(tmp_path / "mnist", content, packed)
    mnist = load("mnist", data_dir=tmp_path)
    np.testing.assert_array_equal(mnist.x_train, content["x_train"])
    np.testing.assert_array_equal(mnist.y_test, content["y_test"])
    assert mnist.source == "local copy"
    assert mnist.description == "MNIST (local copy: 40 + 20 examples, not the catalogue's)"


@pytest.mark.parametrize("name", ["kmnist.npz", "kmnist-10k.npz", "kmnist/kmnist-mine.npz"])
def test_an_npz_stands_in_for_the_files(tmp_path, made, name):
    (tmp_path / "kmnist").mkdir()
    (tmp_path / name).write_bytes(made.npz(made.arrays()))
    kmnist = load("kmnist", data_dir=tmp_path)
    assert (kmnist.name, kmnist.source) == ("kmnist", "local copy")
    assert find(CATALOG["kmnist"], tmp_path).state == "a local copy"


def test_two_local_copies_are_one_too_many(tmp_path, made):
    for name in ("kmnist-a.npz", "kmnist-b.npz"):
        (tmp_path / name).write_bytes(made.npz(made.arrays()))
    with pytest.raises(DataError, match=r"kmnist-a\.npz, kmnist-b\.npz"):
        load("kmnist", data_dir=tmp_path)


def test_usps_counts_labels_from_one_and_is_read_from_zero(tmp_path, made):
    folder = tmp_path / "usps"
    folder.mkdir()
    values = np.linspace(-1, 1, 3 * 256, dtype=np.float32).reshape(3, 256)
    (folder / "usps.bz2").write_bytes(made.usps(values, np.array([1, 10, 5])))
    (folder / "usps.t.bz2").write_bytes(made.usps(values, np.array([2, 2, 2])))
    usps = load("usps", data_dir=tmp_path)
    assert usps.shape == (16, 16)
    assert usps.y_train.tolist() == [0, 9, 4]
    np.testing.assert_allclose(usps.x_train, values.reshape(-1, 16, 16), rtol=1e-6)


@pytest.mark.parametrize("label", ["0", "11", "1.5", "nan", "1e300"])
def test_usps_labels_out_of_range_are_refused(tmp_path, label):
    folder = tmp_path / "usps"
    folder.mkdir()
    for name in ("usps", "usps.t"):
        (folder / name).write_text(f"1 1:0.5\n{label} 1:0.5\n")
    with pytest.raises(DataError, match="expected whole numbers from 1 to 10"):
        load("usps", data_dir=tmp_path)


def test_usps_pixels_that_are_no_numbers_are_refused(tmp_path):
    folder = tmp_path / "usps"
    folder.mkdir()
    for name in ("usps", "usps.t"):
        (folder / name).write_text("1 1:0.5\n2 1:nan\n")
    with pytest.raises(DataError, match="x_train: found NaN or infinite values in example 1"):
        load("usps", data_dir=tmp_path)


def test_cifar_archive_is_read(tmp_path, made):
    folder = tmp_path / "cifar10"
    folder.mkdir()
    content = made.arrays(train=60, shape=(32, 32, 3))
    (folder / "cifar-10-binary.tar.gz").write_bytes(made.cifar(content["x_train"], content["y_train"]))
    cifar = load("cifar10", data_dir=tmp_path)
    assert len(cifar.x_train) == 50
    assert cifar.shape == (32, 32, 3)
    assert cifar.source == "local copy"


@pytest.mark.parametrize("name", ["cifar100", "stl10", "svhn"])
def test_sets_of_other_classes_and_sizes_are_read(tmp_path, made, name):
    entry = CATALOG[name]
    content = made.arrays(train=20, test=10, shape=entry.shape, classes=entry.classes)
    images = np.concatenate([content["x_train"], content["x_test"]])
    labels = np.concatenate([content["y_train"], content["y_test"]])
    files = {
        "cifar100": lambda: [made.cifar(images, np.stack([labels, labels], 1), ("train.bin", "test.bin"))],
        "stl10": lambda: [made.stl10(content)],
        "svhn": lambda: [made.svhn(content[f"x_{part}"], content[f"y_{part}"]) for part in ("train", "test")],
    }[name]()
    (tmp_path / name).mkdir()
    for file, data in zip(entry.files, files, strict=True):
        (tmp_path / name / file.name).write_bytes(data)
    found = load(name, data_dir=tmp_path)
    assert (found.classes, found.shape, found.source) == (entry.classes, entry.shape, "local copy")
    np.testing.assert_array_equal(np.concatenate([found.x_train, found.x_test])[:20], images[:20])


def test_a_local_copy_must_have_the_catalogue_s_shape_and_classes(tmp_path, made):
    (tmp_path / "kmnist.npz").write_bytes(made.npz(made.arrays(shape=(27, 28))))
    with pytest.raises(DataError, match=r"found examples of shape \(27, 28\), expected \(28, 28\)"):
        load("kmnist", data_dir=tmp_path)
    (tmp_path / "kmnist.npz").write_bytes(made.npz(made.arrays(classes=11)))
    with pytest.raises(DataError, match="the label 10, expected labels from 0 to 9"):
        load("kmnist", data_dir=tmp_path)


def test_a_set_that_is_not_there_says_how_to_get_it(tmp_path, made):
    with pytest.raises(DataError, match="run `prenoise data fetch mnist`"):
        load("mnist", data_dir=tmp_path)
    made.idx_set(tmp_path / "mnist", made.arrays())
    (tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte.gz of mnist is not in .*prenoise data fetch mnist"):
        load("mnist", data_dir=tmp_path)
    assert find(CATALOG["mnist"], tmp_path).state == "in part"


def test_a_misspelt_name_is_caught_as_a_user_s_error():
    with pytest.raises(prenoise.UserError, match=r"did you mean mnist\?"):
        prenoise.load("mnsit")


def test_an_unknown_name_is_told_from_a_path():
    with pytest.raises(DataError, match=r"did you mean mnist\?"):
        load("mnits")
    with pytest.raises(DataError, match=r"nothing\.npz: cannot be read: no such file"):
        load("nothing.npz")


def test_a_user_s_own_file_is_taken_from_anywhere(tmp_path, made, monkeypatch):
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    (folder / "my.npz").write_bytes(made.npz(made.arrays(shape=(7,), classes=3)))
    own = load(folder / "my.npz")
    assert (own.name, own.source, own.classes, own.shape) == ("my", "own file", 3, (7,))
    assert own.description == "my.npz (own file: 40 + 20 examples)"
    monkeypatch.chdir(folder)
    assert load("my.npz").content_hash == own.content_hash
    monkeypatch.setenv("HOME", str(folder))
    assert load("~/my.npz").content_hash == own.content_hash


def test_the_folder_comes_from_the_option_then_the_environment_then_the_cache(tmp_path, made, monkeypatch):
    made.idx_set(tmp_path / "here" / "mnist", made.arrays())
    monkeypatch.setenv("PRENOISE_DATA", str(tmp_path / "here"))
    assert load("mnist").source == "local copy"
    with pytest.raises(DataError, match="elsewhere"):
        load("mnist", data_dir=tmp_path / "elsewhere")
    monkeypatch.delenv("PRENOISE_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(DataError, match="prenoise"):
        load("mnist")


def test_a_bomb_in_the_place_of_a_known_set_is_refused_by_its_size(tmp_path, made):
    import gzip

    made.idx_set(tmp_path / "mnist", made.arrays())
    path = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (10**6, 28, 28))))
    with pytest.raises(DataError, match=r"784,000,000 bytes of unpacked content, expected at most 109,760,000"):
        load("mnist", data_dir=tmp_path)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_real_files_are_known_to_be_the_catalogue_s(data_dir, name):
    found = load(name, data_dir=data_dir)
    assert found.source == "catalogue"
    assert (len(found.x_train), len(found.x_test)) == (60_000, 10_000)
    assert found.description.endswith("(60,000 + 10,000 examples)")


@pytest.mark.parametrize("name", ["kmnist", "cifar10", "usps"])
def test_real_subsets_and_repacked_files_are_local_copies(data_dir, name):
    if find(CATALOG[name], data_dir).state == "not here":
        pytest.skip(f"{name} is not in {data_dir}")
    found = load(name, data_dir=data_dir)
    assert found.classes == 10
    assert found.source == "local copy"
    assert "local copy" in found.description


def test_a_repacked_copy_of_the_true_set_is_the_catalogue_s(data_dir, tmp_path):
    from prenoise.data.formats import read_idx

    names = [file.name for file in CATALOG["mnist"].files]
    arrays = [read_idx(data_dir / "mnist" / name) for name in names]
    np.savez(tmp_path / "mnist.npz", **dict(zip(("x_train", "y_train", "x_test", "y_test"), arrays, strict=True)))
    assert load("mnist", data_dir=tmp_path).source == "catalogue"
    shutil.rmtree(tmp_path)
