"""Which examples make a small training set: the same ones on every machine for the same seed."""

import numpy as np

from .errors import DataError


def stratified(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Indices of `n` examples drawn at random from `labels`, every class in the share that it has there.

    The shares are exact to one example where all classes are as large; a class that is a part f of the labels is off by
    (1 + classes x f) / 2 at most. The order is that of a sequence drawn from `seed` in which every beginning is
    stratified, so a smaller set is the beginning of a larger one: `stratified(labels, 100, seed)` equals
    `stratified(labels, 200, seed)[:100]`.

    >>> labels = np.array([0, 1] * 50)
    >>> chosen = stratified(labels, 10, seed=0)
    >>> np.bincount(labels[chosen])
    array([5, 5])
    """
    labels = np.asarray(labels)
    if not 1 <= n <= len(labels):
        raise DataError(f"cannot choose {n:,} examples: there are {len(labels):,}, and at least one is needed")
    # Raw bits, because numpy keeps them the same from version to version, unlike what its distributions make of them.
    draw = np.random.Philox(key=seed).random_raw(len(labels))
    shuffled = np.argsort(draw, kind="stable")
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.lexsort((draw, place))[:n]
