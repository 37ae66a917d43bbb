#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Reads metrics on standard input and refuses what Prometheus or OpenMetrics would, or what
# `promtool check metrics` complains about. Prints "NAME{LABELS} VALUE" of each sample, sorted.
import re
import sys

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf'^({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)$')


def main():
    text = sys.stdin.buffer.read().decode('utf-8')
    if not text.endswith('\n# EOF\n'):
        sys.exit('the end is not "# EOF" and a newline')
    described, typed, seen, done = {}, {}, {}, set()
    current = None
    for number, line in enumerate(text.split('\n')[:-2], 1):
        where = f'line {number}: {line!r}: '
        words = line.split(' ', 3)
        if line.startswith('# HELP '):
            name = words[2]
            if name in described or len(words) < 4 or not words[3]:
                sys.exit(where + 'described twice, or not at all')
            if current:
                done.add(current)
            if name in done:
                sys.exit(where + 'the samples of a metric are not together')
            described[name], current = words[3], name
        elif line.startswith('# TYPE '):
            name, kind = words[2], words[3]
            if name != current or name in typed or name in seen:
                sys.exit(where + 'not behind its HELP and before its samples')
            if kind not in ('gauge', 'counter'):
                sys.exit(where + 'unknown type')
            if kind == 'gauge' and name.endswith(('_total', '_count', '_sum', '_bucket')):
                sys.exit(where + 'the name is one of another type')
            typed[name] = kind
        else:
            match = SAMPLE.match(line)
            if not match:
                sys.exit(where + 'no sample')
            name, labels, value = match.groups()
            if name != current or name not in typed:
                sys.exit(where + 'a sample without HELP and TYPE')
            keys = [label.split('=')[0] for label in re.findall(LABEL, labels or '')]
            if len(set(keys)) != len(keys):
                sys.exit(where + 'a label twice')
            series = frozenset(re.findall(LABEL, labels or ''))
            if series in seen.setdefault(name, {}):
                sys.exit(where + 'a series twice')
            seen[name][series] = float(value)
    for name in described:
        if name not in typed:
            sys.exit(f'{name} has no type')
    for name in sorted(seen):
        for series, value in sorted(seen[name].items(), key=lambda item: sorted(item[0])):
            print(f'{name}{{{",".join(sorted(series))}}} {value:g}')


main()
