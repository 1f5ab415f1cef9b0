"""`python -m prenoise`."""

from prenoise.cli import main

if __name__ == "__main__":  # the workers of a run import this file too
    main()
