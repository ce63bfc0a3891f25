"""``python -m cribble`` is the command line."""

from cribble.cli import main

if __name__ == "__main__":
    main()
