"""Which examples make a small training set. The same on every machine, and the same for every rule that is compared."""

import numpy as np

from .errors import DataError


def first(labels_or_n: np.ndarray | int, n: int) -> np.ndarray:
    """Indices of the first `n` examples, given the labels or the number of them.

    >>> first(60_000, 4)
    array([0, 1, 2, 3])
    """
    available = labels_or_n if isinstance(labels_or_n, int) else len(labels_or_n)
    _check(n, available)
    return np.arange(n)


def stratified(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Indices of `n` examples at random, every class in the share it has in `labels`.

    To one example where all classes are as large. A class that is a part f of the labels is off by
    (1 + classes x f) / 2 at most.

    The order is that of a sequence drawn from `seed` in which every beginning is stratified, so a smaller set is the
    beginning of a larger one: `stratified(labels, 100, seed)` equals `stratified(labels, 200, seed)[:100]`.

    >>> labels = np.array([0, 1] * 50)
    >>> chosen = stratified(labels, 10, seed=0)
    >>> np.bincount(labels[chosen])
    array([5, 5])
    """
    labels = np.asarray(labels)
    _check(n, len(labels))
    # Raw bits, because numpy keeps them the same from version to version, unlike what its distributions make of them.
    draw = np.random.Philox(key=seed).random_raw(len(labels))
    shuffled = np.argsort(draw, kind="stable")
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.lexsort((draw, place))[:n]


def _check(n: int, available: int) -> None:
    if not 1 <= n <= available:
        raise DataError(f"cannot choose {n:,} examples: there are {available:,}, and at least one is needed")
