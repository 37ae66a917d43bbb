#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Holds JSON on standard input against a table of docs/json.md.
# usage: json-schema.py docs/json.md SECTION [KEY-THAT-MUST-HAVE-ELEMENTS...]
import json
import re
import sys


def read_table(path, section):
    """{"namespaces[].ns": (["number"], optional)}"""
    table, inside = {}, False
    for line in open(path, encoding="utf-8"):
        if line.startswith("## "):
            inside = line[3:].strip() == section
        match = inside and re.match(r"\| `([^`]+)` \| ([^|]+) \|", line)
        if match:
            types = match[2].strip()
            optional = types.endswith(", optional")
            table[match[1]] = (types.removesuffix(", optional").split(" or "), optional)
    if not table:
        sys.exit(f"{path} has no table '{section}'")
    return table


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def fits(value, type_):
    if type_.startswith("["):
        return isinstance(value, list) and all(fits(item, type_[1:-1]) for item in value)
    return {
        "number": is_number(value),
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "null": value is None,
        "object": isinstance(value, dict),
    }[type_]


def check(table, value, prefix, seen):
    """Every key of an object is in the table, and every one of the table is there."""
    keys = {k[len(prefix):] for k in table if k.startswith(prefix)}
    direct = {re.split(r"[.\[]", k)[0] for k in keys}
    for key in value:
        if key not in direct:
            sys.exit(f"{prefix}{key} is not in the table")
    for key in direct:
        path = prefix + key
        if path in table:
            types, optional = table[path]
            if key not in value:
                if not optional:
                    sys.exit(f"{path} is missing")
                continue
            seen.add(path)
            if not any(fits(value[key], t) for t in types):
                sys.exit(f"{path} is {value[key]!r}, not {' or '.join(types)}")
        elif any(k.startswith(path + "[].") for k in table):
            if not isinstance(value.get(key), list):
                sys.exit(f"{path} is no list")
            for item in value[key]:
                seen.add(path + "[]")
                check(table, item, path + "[].", seen)
        else:
            if not isinstance(value.get(key), dict):
                sys.exit(f"{path} is no object")
            check(table, value[key], path + ".", seen)


seen_keys = set()
document = json.load(sys.stdin)
# A list has no key: "[].name".
check(read_table(sys.argv[1], sys.argv[2]), {"": document} if isinstance(document, list) else document, "", seen_keys)
for needed in sys.argv[3:]:
    if needed not in seen_keys:
        sys.exit(f"nothing of {needed} was seen")
