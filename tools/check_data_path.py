#!/usr/bin/env python3
"""Every actor header carries its contract, and the data path is one chain.

Six lines above the factory: Data path, Owns, Supervisor, On start, Quits on,
Never. A file that is named must exist, and where actor A hands on to actor B,
the line of B must name A before it.
"""
import re

import sources

KEYS = ("Data path", "Owns", "Supervisor", "On start", "Quits on", "Never")

# Headers in src/actors that declare no actor.
NO_FACTORY = re.compile(r"\bbehavior_type\s+\w+\(")
PREFIXES = ("actors/", "net/", "storage/", "domain/", "app/")


def contract(path):
    """{key: (line, text)} of the contract; a text may go on in further lines."""
    found, key = {}, None
    for number, text in sources.lines(path):
        start = re.match(r"/// (%s)\s+(.*)" % "|".join(KEYS), text)
        if start:
            key = start.group(1)
            found[key] = (number, start.group(2))
        elif key and text.startswith("///   "):
            found[key] = (found[key][0], found[key][1] + " " + text[3:].strip())
        else:
            key = None
    return found


def stations(text):
    """"a, b -> c" as [[a, b], [c]]; words in parentheses are remarks."""
    text = re.sub(r"\([^)]*\)", "", text).rstrip(". ")
    return [[word.strip() for word in part.split(",") if word.strip()] for part in text.split("->")]


def exists(name):
    return any((sources.ROOT / "src" / f"{name}{suffix}").exists() for suffix in (".hpp", ".cpp"))


def check():
    paths = {}
    for path in sources.files("src/actors", suffixes=(".hpp",)):
        if not NO_FACTORY.search((sources.ROOT / path).read_text(encoding="utf-8")):
            continue
        lines = contract(path)
        for key in KEYS:
            if key not in lines:
                yield f"{path}:1: the contract has no line '{key}'"
        if "Data path" in lines:
            paths[f"actors/{path.stem}"] = (path, *lines["Data path"])
    for name, (path, number, text) in paths.items():
        chain = stations(text)
        if chain in ([["none"]], [["not on it"]]):
            continue
        place = next((i for i, group in enumerate(chain) if name in group), None)
        if place is None:
            yield f"{path}:{number}: the data path does not name {name} itself"
            continue
        for station in [one for group in chain for one in group]:
            if not station.startswith(PREFIXES) or not exists(station):
                yield f"{path}:{number}: src/{station} does not exist"
        for following in chain[place + 1] if place + 1 < len(chain) else []:
            if following not in paths:
                continue
            other, line, answer = paths[following]
            groups = stations(answer)
            at = next((i for i, group in enumerate(groups) if following in group), 0)
            if not any(name in group for group in groups[:at]):
                yield f"{other}:{line}: {name} hands on to {following}, which does not name it"


sources.run(check)
