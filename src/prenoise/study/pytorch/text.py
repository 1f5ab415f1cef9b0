"""A text without end: sums, in words. It needs no file, and the same seed writes the same text everywhere."""

import numpy as np

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " + (
    "seventeen eighteen nineteen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ALPHABET = " .abcdefghijklmnopqrstuvwxyz"
"""Every character that the text can have; the number of a character is its place here."""


def in_words(number: int) -> str:
    """A whole number from 0 to 199.

    >>> in_words(7), in_words(60), in_words(142)
    ('seven', 'sixty', 'one hundred forty two')
    """
    if number < 20:
        return ONES.split()[number]
    head, rest = divmod(number, 100) if number >= 100 else divmod(number, 10)
    words = f"{in_words(head)} hundred" if number >= 100 else TENS.split()[head - 2]
    return f"{words} {in_words(rest)}" if rest else words


def sums(seed: int) -> list[str]:
    """Every sum of two numbers below 100, once, in an order of that `seed`.

    >>> sums(0)[0]
    'seventy five and fifty two is one hundred twenty seven. '
    """
    order = np.argsort(np.random.Philox(key=seed).random_raw(10_000), kind="stable")
    pairs = (divmod(int(place), 100) for place in order)
    return [f"{in_words(one)} and {in_words(other)} is {in_words(one + other)}. " for one, other in pairs]


def windows(sentences: list[str], length: int) -> np.ndarray:
    """The sentences, one after the other, as numbers of characters, cut into rows of `length`."""
    number = {character: place for place, character in enumerate(ALPHABET)}
    ids = np.array([number[character] for character in "".join(sentences)], np.int64)
    return ids[: len(ids) // length * length].reshape(-1, length)
