"""How often the fault tests do it: a few times by default, as often as RELIABILITY asks with WEIR_FAULTS=full."""
import os
import random


def rounds(usual, full):
    return full if os.environ.get("WEIR_FAULTS") == "full" else usual


def dice(run):
    """Random choices that can be made again; prints how."""
    seed = run.seed if run.seed is not None else int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed} (repeat with --seed {seed})")
    return random.Random(seed)
