"""The data sets prenoise knows by name: what they are, where they come from, and how to tell a true copy."""

import math
from dataclasses import dataclass
from typing import Literal

from .errors import DataError


@dataclass(frozen=True)
class RemoteFile:
    """A file as its authors publish it."""

    name: str
    size: int | None
    """bytes on the wire, where known"""
    content_sha256: str | None = None
    """of the content once unpacked, where known: archives repacked with another date are still the same data"""
    file_hash: str | None = None
    """of the file itself, `sha256:...` or `md5:...`"""


@dataclass(frozen=True)
class Entry:
    """One data set of the catalogue."""

    name: str
    title: str
    format: Literal["embedded", "idx", "svmlight", "cifar10"]
    shape: tuple[int, ...]
    train: int
    """number of training examples"""
    test: int
    licence: str
    citation: str
    homepage: str
    classes: int = 10
    files: tuple[RemoteFile, ...] = ()
    """for `idx`: training images and labels, test images and labels; for `svmlight`: training, test"""
    mirrors: tuple[str, ...] = ()
    """addresses that a file's name is appended to, in the order they are tried"""
    content_hash: str | None = None
    """`Dataset.content_hash` of the true set, where known"""

    @property
    def decoded_bytes(self) -> int:
        """Of the true set's images in memory: an upper bound of what its files may hold is a small multiple of this."""
        itemsize = 4 if self.format == "svmlight" else 1
        return (self.train + self.test) * math.prod(self.shape) * itemsize

    @property
    def download_bytes(self) -> int | None:
        """Of all files together, where known."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)


def _idx(
    sizes: tuple[int, ...], contents: tuple[str, ...] = (), hashes: tuple[str, ...] = ()
) -> tuple[RemoteFile, ...]:
    """The four files of MNIST and the sets made after it."""
    return tuple(
        RemoteFile(
            f"{part}-idx{dimensions}-ubyte.gz",
            sizes[i],
            content_sha256=contents[i] if contents else None,
            file_hash=hashes[i] if hashes else None,
        )
        for i, (part, dimensions) in enumerate(
            [("train-images", 3), ("train-labels", 1), ("t10k-images", 3), ("t10k-labels", 1)]
        )
    )


_ENTRIES = (
    Entry(
        name="digits",
        title="Digits",
        format="embedded",
        shape=(8, 8),
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
        format="idx",
        shape=(28, 28),
        train=60_000,
        test=10_000,
        licence="CC BY-SA 3.0",
        citation="LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998",
        homepage="http://yann.lecun.com/exdb/mnist/",
        files=_idx(
            (9_912_422, 28_881, 1_648_877, 4_542),
            contents=(
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
        format="idx",
        shape=(28, 28),
        train=60_000,
        test=10_000,
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017",
        homepage="https://github.com/zalandoresearch/fashion-mnist",
        files=_idx(
            (26_421_880, 29_515, 4_422_102, 5_148),
            contents=(
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        ),
        mirrors=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        content_hash="fd207c03f976d5d403965ee95377d1d6738dd03d3ecdbb4515964d1ac2391abd",
    ),
    Entry(
        name="kmnist",
        title="KMNIST",
        format="idx",
        shape=(28, 28),
        train=60_000,
        test=10_000,
        licence="CC BY-SA 4.0",
        citation="Clanuwat et al., Deep Learning for Classical Japanese Literature, arXiv:1812.01718, 2018",
        homepage="http://codh.rois.ac.jp/kmnist/",
        files=_idx(
            (18_165_135, 29_497, 3_041_136, 5_120),
            hashes=(
                "sha256:51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                "sha256:e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                "sha256:edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                "sha256:20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
        ),
        mirrors=(
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "https://huggingface.co/datasets/tanganke/kmnist/resolve/756d43e894032ce8838db8b32e7500c9c3b5d050/raw/",
        ),
    ),
    Entry(
        name="usps",
        title="USPS",
        format="svmlight",
        shape=(16, 16),
        train=7_291,
        test=2_007,
        licence="free for research",
        citation="Hull, A database for handwritten text recognition research, IEEE PAMI 16(5), 1994",
        homepage="https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
        files=(
            RemoteFile("usps.bz2", None, file_hash="md5:ec16c51db3855ca6c91edd34d0e9b197"),
            RemoteFile("usps.t.bz2", None, file_hash="md5:8ea070ee2aca1ac39742fdd1ef5ed118"),
        ),
        mirrors=("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/",),
    ),
    Entry(
        name="cifar10",
        title="CIFAR-10",
        format="cifar10",
        shape=(32, 32, 3),
        train=50_000,
        test=10_000,
        licence="free for research",
        citation="Krizhevsky, Learning multiple layers of features from tiny images, 2009",
        homepage="https://www.cs.toronto.edu/~kriz/cifar.html",
        files=(
            RemoteFile(
                "cifar-10-binary.tar.gz",
                170_052_171,
                file_hash="sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        mirrors=(
            "https://www.cs.toronto.edu/~kriz/",
            "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/",
        ),
    ),
)

CATALOG: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}


def entry_named(name: str) -> Entry:
    """The catalogue's entry of that name.

    >>> entry_named("mnist").shape
    (28, 28)
    """
    if name in CATALOG:
        return CATALOG[name]
    import difflib

    close = difflib.get_close_matches(name, CATALOG, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise DataError(f"no data set is called {name!r}{hint}: expected {', '.join(CATALOG)}, or a path to an .npz file")
