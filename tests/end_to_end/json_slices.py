"""Raw slices of JSON texts: what stands between the commas, byte for byte.

Re-dumping a parsed value would hide changes of spelling (1.0 and 1, \\u00e9 and the letter), and Weir promises to
hand out the bytes that came in. So the tests compare slices of text, never values.
"""
import json

# Numbers stay text: Python refuses integers of more than 4,300 digits, JSON does not.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_SPACE = " \t\r\n"


def _skip(text, at):
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _value_end(text, at):
    try:
        return _DECODER.raw_decode(text, at)[1]
    except StopIteration as end:
        raise ValueError(f"no JSON value at {end.value}") from None


def members(text, at=0):
    """The members of the object that starts at `at`: ([(key, raw value), ...], end of the object)."""
    at = _skip(text, at)
    if text[at:at + 1] != "{":
        raise ValueError(f"no object at {at}: {text[at:at + 40]!r}")
    found = []
    at = _skip(text, at + 1)
    if text[at] == "}":
        return found, at + 1
    while True:
        end = _value_end(text, at)
        key = json.loads(text[at:end])
        at = _skip(text, end)
        if text[at] != ":":
            raise ValueError(f"no colon at {at}")
        at = _skip(text, at + 1)
        end = _value_end(text, at)
        found.append((key, text[at:end]))
        at = _skip(text, end)
        if text[at] == "}":
            return found, at + 1
        if text[at] != ",":
            raise ValueError(f"no comma at {at}")
        at = _skip(text, at + 1)


def fields(text):
    """Key -> raw value of one object; a key that stands twice is an error."""
    found, end = members(text)
    if _skip(text, end) != len(text):
        raise ValueError(f"text behind the object: {text[end:end + 40]!r}")
    keyed = dict(found)
    if len(keyed) != len(found):
        raise ValueError(f"a key stands twice: {[key for key, _ in found]}")
    return keyed


def elements(text):
    """The raw elements of an array."""
    at = _skip(text, 0)
    if text[at:at + 1] != "[":
        raise ValueError(f"no array: {text[at:at + 40]!r}")
    found = []
    at = _skip(text, at + 1)
    if text[at] == "]":
        return found
    while True:
        end = _value_end(text, at)
        found.append(text[at:end])
        at = _skip(text, end)
        if text[at] == "]":
            return found
        if text[at] != ",":
            raise ValueError(f"no comma at {at}")
        at = _skip(text, at + 1)


def objects(text):
    """The raw objects of a text that holds several, separated by white space (a batched WebSocket message)."""
    found = []
    at = _skip(text, 0)
    while at < len(text):
        end = _value_end(text, at)
        found.append(text[at:end])
        at = _skip(text, end)
    return found


def entry(text):
    """One frame of a stream as the history checker wants it: scalars decoded, `data` raw."""
    raw = fields(text)
    decoded = {key: json.loads(raw[key]) for key in
               ("seq", "id", "type", "time", "source", "sourceSeq", "causationId", "dead", "gap", "replayed", "job",
                "data_base64", "datacontenttype") if key in raw}
    decoded["data"] = raw.get("data")
    return decoded
