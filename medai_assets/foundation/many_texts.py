"""Looking for any of many byte strings at once.

What belongs here: how RE2 has to be asked so that it stays within its fast automaton. What is looked for, and what a match
means, belongs to who asks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MEMORY = 256 << 20  # bytes of one pattern; used as far as the data lead through its automaton


def patterns_for(written: Sequence[bytes], together: int) -> list[re.Pattern[bytes]]:
    """Patterns of which one finds something in bytes where any of the texts stands; what RE2 has to say it keeps to itself.

    Args:
        written: the texts, as RE2 writes them.
        together: how many one pattern takes; with too many RE2 leaves its fast automaton, whatever memory it may use.
    """
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, not characters
    options.max_mem, options.log_errors = _MEMORY, False
    lots = (written[at : at + together] for at in range(0, len(written), together))
    return [re2.compile(b"|".join(lot), options) for lot in lots]
