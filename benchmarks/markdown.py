"""Tables and lines of Markdown."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column is text, the others numbers.

    >>> print(table(["what", "s"], [["all", "3"]]))
    | what | s |
    | :--- | ---: |
    | all | 3 |
    """
    lines = [head, [":---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
