"""The command ``python -m eliza.llm.weights``."""

import argparse
import signal
import sys
from pathlib import Path

from eliza.config import Settings
from eliza.errors import ConfigurationError, Unavailable
from eliza.llm.weights.fetch import fetch


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m eliza.llm.weights",
        description="Fetch the embedded language models once, about 180 MB. A second call finds them at once.",
    )
    parser.add_argument("--data-dir", type=Path, help="where Eliza keeps its data (default: ELIZA_DATA_DIR or .eliza)")
    arguments = parser.parse_args()
    # Being told to stop must clean up like Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        settings = Settings.from_env()
        if settings.env.get("ELIZA_LOCAL_MODEL", "").strip().lower() == "off":
            return 0
        fetch(arguments.data_dir or settings.data_dir)
    except ConfigurationError as error:
        print(error.message, file=sys.stderr)
        return 2
    except Unavailable as error:
        print(f"{error.message}\nWithout them the server starts and answers as the classic ELIZA.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was fetched whole is kept for the next call.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
