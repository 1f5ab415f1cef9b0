"""`python -m prenoise`."""

from prenoise.cli import main

main()
