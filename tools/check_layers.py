#!/usr/bin/env python3
"""Includes point down: which layer may name which, and which library.

`src/README.md` has the same table in words.
"""
import re

import sources

# What a layer may include of ours: whole layers, or single headers.
OURS = {
    "domain": [],
    "telemetry": ["domain/"],
    "storage": ["domain/", "telemetry/"],
    "actors": ["domain/", "telemetry/", "storage/store.hpp", "storage/disk_state.hpp"],
    "net": ["domain/", "telemetry/"],
    "sinks": ["domain/", "telemetry/"],
    "app": ["domain/", "telemetry/", "storage/", "actors/", "net/", "sinks/"],
}

# Values and text: allowed everywhere.
VOCABULARY = ("nlohmann/", "simdjson.h", "fmt/")

LIBRARIES = {
    "domain": [],
    "telemetry": ["spdlog/", "prometheus/"],
    "storage": ["rocksdb/", "xxhash.h", "boost/unordered/"],  # flat tables: docs/decisions/0055
    "actors": ["caf/"],
    "net": ["boost/", "openssl/"],
    "sinks": ["openssl/"],
    "app": [""],
}

# Single files that may name more, each for a reason.
EXCEPTIONS = {
    "src/domain/result.hpp": ["boost/system/"],  # result<T> is built on it until std::expected is here
    "src/domain/uuid.cpp": ["boost/uuid/", "openssl/evp.h"],  # deterministic ids, docs/decisions/0007, 0060
    "src/domain/hash.cpp": ["xxhash.h"],  # shards and epochs, docs/decisions/0007
    "src/sinks/http_client.cpp": ["curl/"],  # the only user of libcurl, docs/decisions/0012
    # The only door: it finds actors anew for each message and shares a mailbox with each subscriber.
    "src/net/actor_gateway.cpp": ["caf/", "actors/interfaces.hpp", "actors/messages.hpp", "actors/node_services.hpp",
                                  "actors/store_watch.hpp", "actors/subscriber.hpp"],
}

# A third-party header is one that starts like this; the rest is the standard library or the kernel.
THIRD_PARTY = ("boost/", "caf/", "nlohmann/", "simdjson", "fmt/", "spdlog/", "prometheus/", "rocksdb/", "openssl/",
               "xxhash", "toml", "CLI/", "zlib", "curl/", "benchmark/")


def check():
    for path in sources.files("src"):
        layer = path.parts[1]
        if layer not in OURS:
            yield f"{path}:1: src/{layer} is not a layer that tools/check_layers.py knows"
            continue
        extra = EXCEPTIONS.get(str(path), [])
        for number, text in sources.lines(path):
            quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', text)
            angled = re.match(r"\s*#\s*include\s+<([^>]+)>", text)
            if quoted:
                name = quoted.group(1)
                if not name.startswith((f"{layer}/", *OURS[layer], *extra)):
                    why = "is not below it" if "/" in name else "must be named from src/"
                    yield f'{path}:{number}: {layer} must not include "{name}": it {why}'
            elif angled:
                name = angled.group(1)
                allowed = (*VOCABULARY, *LIBRARIES[layer], *extra)
                if name.startswith(THIRD_PARTY) and not name.startswith(allowed):
                    yield f"{path}:{number}: {layer} must not use <{name}>"


sources.run(check)
