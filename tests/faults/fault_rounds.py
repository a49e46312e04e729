"""How often the fault tests do it: a few times by default, as often as RELIABILITY asks with WEIR_FAULTS=full."""
import os


def rounds(usual, full):
    return full if os.environ.get("WEIR_FAULTS") == "full" else usual
