#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the examples of a document and compares what they print with what the document says.

usage: run-examples.py FILE

Examples are the blocks of a Markdown file that begin with "```console". A line that begins with
"$ " is a command of an ordinary user, and one with "# " of root; a line that ends with a backslash
goes on in the next one. A block that begins with "```sh NAME" is a file of that name. What follows up to the next command is the output, errors included. Numbers
and the widths of columns may differ, and a line "..." stands for any lines. All commands of a file
run one after the other in the directory where this is started, each in a shell of its own.
"""

import os
import re
import subprocess
import sys

USER = int(os.environ.get('TEST_UID', '65533'))


def examples(text):
    """Yields (line number, prompt, command, output); files are written on the way."""
    kind, found, script = None, None, None
    for number, line in enumerate(text.split('\n'), 1):
        if line.startswith('```'):
            if found:
                yield found
            if script:
                with open(kind[1], 'w', encoding='utf-8') as file:
                    file.write(''.join(script))
            kind = None if kind else line[3:].split()
            found, script = None, [] if kind and kind[0] == 'sh' and len(kind) == 2 else None
        elif script is not None:
            script.append(line + '\n')
        elif not kind or kind != ['console']:
            continue
        elif found and not found[3] and found[2].endswith('\\\n'):
            found[2] += line + '\n'
        elif line[:2] in ('$ ', '# '):
            if found:
                yield found
            found = [number, line[0], line[2:] + '\n', []]
        elif found:
            found[3].append(line)


def pattern(lines):
    """What matches the output, numbers and white space aside."""
    parts = []
    for line in lines:
        if line == '...':
            parts.append(r'(?:.*\n)*?')
            continue
        words = [re.sub(r'\d+', r'\\d+', re.escape(word)) for word in line.split()]
        parts.append(r'\s*' + r'\s+'.join(words) + r'\s*\n')
    return re.compile(''.join(parts))


def run(prompt, command):
    options = {}
    if prompt == '$' and os.geteuid() == 0:
        options = {'user': USER, 'group': USER, 'extra_groups': []}
    done = subprocess.run(['sh', '-c', command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors='replace', timeout=120,
                          check=False, **options)
    return done.stdout


def main():
    bad, n = 0, 0
    with open(sys.argv[1], encoding='utf-8') as file:
        text = file.read()
    for number, prompt, command, lines in examples(text):
        n += 1
        output = run(prompt, command)
        if not pattern(lines).fullmatch(output):
            bad += 1
            print(f'{sys.argv[1]}:{number}: {command}expected:\n' + '\n'.join(lines)
                  + f'\ngot:\n{output}')
    if not n:
        print(f'{sys.argv[1]}: there are no examples')
    return 1 if bad or not n else 0


if __name__ == '__main__':
    sys.exit(main())
