"""The one HTTP client of all sources: requests, rate limits, redaction, journals. Knows no upstream's records."""

import sys

# requests imports chardet where it lies about (lm-eval brings it): tables of every language, half the time in which a command
# starts, to guess encodings that nothing here asks for. It takes charset-normalizer instead, which it comes with.
if "requests" not in sys.modules and "chardet" not in sys.modules:
    sys.modules["chardet"] = None  # type: ignore[assignment]
    import requests  # noqa: F401

    del sys.modules["chardet"]
