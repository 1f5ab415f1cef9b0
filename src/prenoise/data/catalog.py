"""The data sets prenoise knows by name, and those that other installed packages add."""

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import cast

from prenoise import plugins

from .dataset import Dataset
from .entry import Entry, RemoteFile
from .errors import DataError
from .formats import read_cifar10, read_cifar100, read_idx_files, read_npz_file, read_stl10, read_svhn, read_usps

Maker = Callable[[], Dataset]
"""a function with which a package makes its data set"""


def _idx(sizes: tuple[int, ...], hashes: tuple[str, ...], *, of_content: bool = True) -> tuple[RemoteFile, ...]:
    """The four files of MNIST and the sets made after it; the hashes are of their content or of the files."""
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    content = (16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000)
    return tuple(
        RemoteFile(f"{names[i]}-ubyte.gz", sizes[i], hashes[i], content[i] if of_content else None) for i in range(4)
    )


_ENTRIES = (
    Entry(
        name="digits",
        title="Digits",
        read=lambda _paths, at_most: read_npz_file([Path(__file__).with_name("digits.npz")], at_most),
        shape=(8, 8),
        classes=10,
        train=1437,
        test=360,
        licence="CC BY 4.0",
        citation="Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI repository, 1998",
        homepage="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
        content_hash="f1c3b83a4816d6f7dd7ed946acb27d14ecc8a007a9d72d33b5e442ae4fffa0f0",
    ),
    Entry(
        name="mnist",
        title="MNIST",
        read=read_idx_files,
        shape=(28, 28),
        classes=10,
        train=60_000,
        test=10_000,
        licence="CC BY-SA 3.0",
        citation="LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998",
        homepage="http://yann.lecun.com/exdb/mnist/",
        files=_idx(
            (9_912_422, 28_881, 1_648_877, 4_542),
            (
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ),
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        content_hash="9a67364004874c840df1f723fe9ffedfe337a64e9926ae08729e7a1413fc8ffc",
    ),
    Entry(
        name="fashion-mnist",
        title="Fashion-MNIST",
        read=read_idx_files,
        shape=(28, 28),
        classes=10,
        train=60_000,
        test=10_000,
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017",
        homepage="https://github.com/zalandoresearch/fashion-mnist",
        files=_idx(
            (26_421_880, 29_515, 4_422_102, 5_148),
            (
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        ),
        mirrors=(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        content_hash="fd207c03f976d5d403965ee95377d1d6738dd03d3ecdbb4515964d1ac2391abd",
    ),
    Entry(
        name="kmnist",
        title="KMNIST",
        read=read_idx_files,
        shape=(28, 28),
        classes=10,
        train=60_000,
        test=10_000,
        licence="CC BY-SA 4.0",
        citation="Clanuwat et al., Deep Learning for Classical Japanese Literature, arXiv:1812.01718, 2018",
        homepage="https://codh.rois.ac.jp/kmnist/",
        files=_idx(
            (18_165_135, 29_497, 3_041_136, 5_120),
            (
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
            of_content=False,
        ),
        mirrors=(
            "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "https://huggingface.co/datasets/tanganke/kmnist/resolve/756d43e894032ce8838db8b32e7500c9c3b5d050/raw/",
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
    ),
    Entry(
        name="usps",
        title="USPS",
        read=read_usps,
        shape=(16, 16),
        classes=10,
        train=7_291,
        test=2_007,
        licence="for research",
        citation="Hull, A database for handwritten text recognition research, IEEE PAMI 16(5), 1994",
        homepage="https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
        values="float32",
        files=(
            RemoteFile("usps.bz2", 6_579_383, "3771e9dd6ba685185f89867b6e249233dd74652389f263963b3b741e994b034f"),
            RemoteFile("usps.t.bz2", 1_831_726, "a9c0164e797d60142a50604917f0baa604f326e9a689698763793fa5d12ffc4e"),
        ),
        mirrors=("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/",),
    ),
    Entry(
        name="cifar10",
        title="CIFAR-10",
        read=read_cifar10,
        shape=(32, 32, 3),
        classes=10,
        train=50_000,
        test=10_000,
        licence="for research",
        citation="Krizhevsky, Learning multiple layers of features from tiny images, 2009",
        homepage="https://www.cs.toronto.edu/~kriz/cifar.html",
        files=(
            RemoteFile(
                "cifar-10-binary.tar.gz",
                170_052_171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        mirrors=(
            "https://www.cs.toronto.edu/~kriz/",
            "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/",
        ),
    ),
    Entry(
        name="cifar100",
        title="CIFAR-100",
        read=read_cifar100,
        shape=(32, 32, 3),
        classes=100,
        train=50_000,
        test=10_000,
        licence="for research",
        citation="Krizhevsky, Learning multiple layers of features from tiny images, 2009",
        homepage="https://www.cs.toronto.edu/~kriz/cifar.html",
        files=(
            RemoteFile(
                "cifar-100-binary.tar.gz",
                168_513_733,
                "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            ),
        ),
        mirrors=("https://www.cs.toronto.edu/~kriz/",),
    ),
    Entry(
        name="stl10",
        title="STL-10",
        read=read_stl10,
        shape=(96, 96, 3),
        classes=10,
        train=5_000,
        test=8_000,
        licence="for research",
        citation="Coates, Ng and Lee, An analysis of single-layer networks in unsupervised feature learning, 2011",
        homepage="https://cs.stanford.edu/~acoates/stl10/",
        files=(
            RemoteFile(
                "stl10_binary.tar.gz",
                2_640_397_119,
                "f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
            ),
        ),
        mirrors=(
            "https://cs.stanford.edu/~acoates/stl10/",
            "https://ai.stanford.edu/~acoates/stl10/",
            "http://ai.stanford.edu/~acoates/stl10/",
        ),
    ),
    Entry(
        name="svhn",
        title="SVHN",
        read=read_svhn,
        shape=(32, 32, 3),
        classes=10,
        train=73_257,
        test=26_032,
        licence="non-commercial",
        citation="Netzer et al., Reading digits in natural images with unsupervised feature learning, 2011",
        homepage="http://ufldl.stanford.edu/housenumbers/",
        files=(
            RemoteFile(
                "train_32x32.mat", 182_040_794, "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"
            ),
            RemoteFile(
                "test_32x32.mat", 64_275_384, "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"
            ),
        ),
        mirrors=("https://ufldl.stanford.edu/housenumbers/", "http://ufldl.stanford.edu/housenumbers/"),
    ),
)

CATALOG: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}
"""The data sets of prenoise itself, by name."""


def added() -> dict[str, Entry | Maker]:
    """The data sets that other installed packages register in the group `prenoise.datasets`, by name.

    Each is an `Entry`, or a function that takes no arguments and returns a `Dataset`.
    """
    sets: dict[str, Entry | Maker] = {}
    for name, found in plugins.named("datasets").items():
        if name in CATALOG:
            raise DataError(f"an installed package registers a data set {name!r}, as prenoise does: rename it there")
        if not isinstance(found, Entry) and not callable(found):
            raise DataError(
                f"an installed package registers {type(found).__name__} as the data set {name!r}: expected an Entry, "
                "or a function that returns a Dataset"
            )
        sets[name] = found if isinstance(found, Entry) else cast(Maker, found)
    return sets


def set_named(name: str) -> Entry | Maker:
    """The entry of that name: of the catalogue, or what an installed package registers.

    >>> set_named("mnist").shape
    (28, 28)
    """
    if name in CATALOG:
        return CATALOG[name]
    sets = CATALOG | added()
    if name in sets:
        return sets[name]
    close = difflib.get_close_matches(name, sets, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise DataError(f"no data set is called {name!r}{hint}: expected {', '.join(sets)}, or a path to an .npz file")
