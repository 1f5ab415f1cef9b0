"""From the name of a data set to examples a network can learn from."""

from pathlib import Path

from prenoise.data import Dataset
from prenoise.data import load as load_arrays
from prenoise.examples import Examples, Scaling


def load(
    dataset: str | Path | Dataset, *, scaling: Scaling = "standardise", data_dir: Path | None = None
) -> tuple[Examples, Examples]:
    """Training and test examples of a data set.

    `dataset` is the name of a set (`prenoise data list`), the path of a user's `.npz`, or a `Dataset` such as
    `prenoise.data.from_arrays` makes. `scaling` says how inputs become numbers for the network, as in `Examples.of`;
    the test examples are scaled as the training examples are. `data_dir` is the folder with the files of named sets.

    >>> train, test = load("digits")
    >>> len(train), len(test), train.raw.dtype
    (1437, 360, dtype('uint8'))
    """
    arrays = dataset if isinstance(dataset, Dataset) else load_arrays(dataset, data_dir=data_dir)
    train = Examples.of(arrays.x_train, arrays.y_train, scaling=scaling)
    return train, Examples.of(arrays.x_test, arrays.y_test, like=train)
