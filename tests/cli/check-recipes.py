#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of recipes in docs/cookbook.md has each of them, and is true.

usage: check-recipes.py SOURCE-ROOT

The command is an example in the section of the recipe and in EXAMPLES of the manual page, the test is there,
and each recipe has a line.
"""

import re
import sys


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def examples_of_page(text):
    """EXAMPLES, and those sections that are nothing but an example with what it is for."""
    parts = re.split(r'^# (?=[A-Z])', text, flags=re.MULTILINE)
    return re.sub(r'\\(.)', r'\1', ''.join(p for p in parts if re.match('EXAMPLES|ORDINARY USERS', p)))


def main():
    root, bad = sys.argv[1] + '/', []
    text, table = read(root + 'docs/cookbook.md').split('\n## All recipes\n')
    sections = {}
    for part in re.split(r'^(?=\*\*|## )', text, flags=re.MULTILINE):
        title = re.match(r'\*\*(.*?)\*\*', part, re.DOTALL)
        if title:
            sections[title.group(1).replace('\n', ' ')] = part
    sections['[A container is stuck](runbook.md)'] = read(root + 'docs/runbook.md')
    seen = set()
    for line in table.split('\n'):
        if not line.startswith('| ') or line.startswith(('| recipe |', '| --- |')):
            continue
        row = re.fullmatch(r'\| (.*) \| `(.*)` \| (\w+)\((\d)\) \| `([a-z/-]+)`: (.*) \|', line)
        if not row:
            bad.append('is no line of the table: ' + line)
            continue
        recipe, command, page, volume, file, test = row.groups()
        command = command.replace('\\|', '|')
        seen.add(recipe)
        if command not in sections.get(recipe, ''):
            bad.append(f'{recipe}: the section is not there, or has no "{command}"')
        if command not in examples_of_page(read(f'{root}docs/man/{page}.{volume}.scd')):
            bad.append(f'{recipe}: EXAMPLES of {page}({volume}) have no "{command}"')
        tests = read(f'{root}tests/{file}.bats')
        if not any(f'@test {quote}{test}{quote} {{\n' in tests for quote in '\'"'):
            bad.append(f"{recipe}: there is no test '{test}' in {file}.bats")
    bad += [f'{recipe}: has no line in the table' for recipe in sections if recipe not in seen]
    for line in bad:
        print('docs/cookbook.md: ' + line)
    return 1 if bad or not seen else 0


if __name__ == '__main__':
    sys.exit(main())
