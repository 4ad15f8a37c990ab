"""`python -m app`: the same as the command `tongban`."""

import gc

# All that is loaded stays. To look for garbage among it takes nearly a third of a start, and whoever replaces a process that
# died waits for that.
gc.disable()

from app.cli import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
