#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the examples of a document and compares what they print with what the document says.

usage: run-examples.py FILE          runs the examples of FILE where this is started
       run-examples.py --check DIR   every example of the documents below DIR is run by a test or is in
                                     the list of those that are not, tests/cli/examples-not-run

A line that begins with "$ " is a command of an ordinary user, and one with "# " of root; it goes on
in the next line if it ends with a backslash or has an open quote, here-document or loop. What follows up to
the next command is the output, errors included. Numbers, own addresses of IPv6 and the widths of columns may differ, and a
line "..." stands for any lines. In Markdown such lines stand in blocks that begin with "```console"; a
block that begins with "```sh NAME" is a file of that name, and every other block says what it is, as
"```c" and "```text" do. In a manual page (*.scd) lines may be folded. A command there that is indented
and has no block has no output in the document: whatever it prints, its status has to be 0.

All commands of a document are typed into two shells, that of the user and that of root, as by somebody
who goes through it: a variable, a directory, and the number of a program in the background ($!) last.
A command after one that ends with "&" is typed again for ten seconds, until it prints what it should.
In a page, commands of root right behind one of the user, in a block, are typed into the shell that
this one starts.
"""

import glob
import os
import re
import select
import subprocess
import sys
import tempfile
import time

USER = int(os.environ.get('TEST_UID', '65533'))
MARK = 'this-command-has-ended'
LOOP = 'while IFS= read -r file; do . "$file" </dev/null; echo ' + MARK + ' $?; done'
# What a line begins with that somebody is to type, in blocks that are not examples by their form.
TYPED = re.compile(r'(?:xunshare|xnsenter|xlsns|xnetns|libns-ip|ip|nsenter|unshare|docker|meson|ninja|'
                   r'cc|sudo|ssh|systemd-run|tests/\w+(?:/\w+)?|docs/\w+)(?: |$)|[$#] |for \w+ in|PATH=')


class Example:
    def __init__(self, number, prompt, command, strict):
        self.number, self.prompt, self.command, self.strict = number, prompt, command, strict
        self.output, self.typed = [], ''

    def open(self):
        """Does the command go on in the next line?"""
        command = self.command.rstrip('\n')
        here = re.search(r'<<-?["\']?(\w+)', command)
        return not self.output and (
            command.endswith('\\')
            or len(re.findall(r'\bdo$', command, re.M)) > len(re.findall(r'^done\b', command, re.M))
            or len(re.findall(r"'", re.sub(r'\\.', '', command))) % 2 == 1
            or bool(here) and not re.search(rf'^\t*{here.group(1)}$', command, re.MULTILINE))


def add_line(found, number, line, strict=True):
    if found and found[-1].open():
        found[-1].command += line + '\n'
    elif line[:2] in ('$ ', '# '):
        found.append(Example(number, line[0], line[2:] + '\n', strict))
    elif found:
        found[-1].output.append(line)


def examples_of_markdown(text):
    """The examples, the files [(name, text)], and lines that somebody types and nobody runs."""
    kind, found, block, files, others, before = None, [], [], [], [], ''
    for number, line in enumerate(text.split('\n'), 1):
        if line.startswith('```'):
            if kind and kind[0] == 'sh':
                files.append((kind[1], ''.join(block)))
            found += block if kind == ['console'] else []
            kind, block = None if kind is not None else line[3:].split(), []
            if kind == [] or kind == ['sh']:
                others.append((number, line + ' says not what is in the block'))
                kind = ['text']
        elif kind is None:
            if line.startswith('    ') and not before:
                others.append((number, line.strip()))
        elif kind == ['console']:
            add_line(block, number, line)
        elif kind[0] == 'sh':
            block.append(line + '\n')
        elif kind == ['text'] and TYPED.match(line):
            others.append((number, line))
        before = line
    return found, files, others


def examples_of_page(text):
    found, block, others, inside, before = [], [], [], False, ''
    for number, line in enumerate(text.split('\n'), 1):
        if line.startswith('```'):
            for one in block:
                last = found[-1] if found else None
                if last in block and last.prompt == '$' and one.prompt == '#' and (
                        last.typed or not last.output):
                    # For the shell that the one before starts.
                    last.typed += one.command
                    last.output += one.output
                else:
                    found.append(one)
            inside, block = not inside, []
        elif inside:
            line = re.sub(r'\\([\\*_])', r'\1', line)
            if not block and line[:2] not in ('$ ', '# ') and TYPED.match(line):
                others.append((number, line))
            add_line(block, number, line)
        elif re.match(r'\t+[$#] ', line):
            found.append(Example(number, line.strip()[0],
                                 re.sub(r'\\(.)', r'\1', line.strip()[2:]) + '\n', False))
        elif line.startswith('\t') and before == number - 1 and found and not found[-1].strict and (
                found[-1].open()):
            found[-1].command += re.sub(r'\\(.)', r'\1', line.strip()) + '\n'
        elif line.startswith('\t') and TYPED.match(line.strip()):
            others.append((number, line.strip()))
        if line.startswith('\t'):
            before = number
    return found, [], others


def read(path):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    return (examples_of_page if path.endswith('.scd') else examples_of_markdown)(text)


def not_run(root):
    """(document, first line of the command) -> reason"""
    reasons, key = {}, None
    with open(os.path.join(root, 'tests/cli/examples-not-run'), encoding='utf-8') as file:
        for line in file:
            if line.startswith('\t'):
                reasons[key] = (reasons[key] + ' ' + line.strip()).strip()
            elif line.strip() and not line.startswith('#'):
                document, _, command = line.rstrip('\n').partition(': ')
                key = document, command
                reasons[key] = ''
    return reasons


def pattern(lines, folded):
    """What matches the output, numbers and white space aside."""
    parts = []
    for line in lines:
        if line == '...':
            parts.append(r'(?:.*\n)*?')
            continue
        words = [re.sub(r'fd[0-9a-f]+:[0-9a-f:]+|\d+', lambda number: r'[0-9a-f:]+' if ':' in number.group()
                        else r'\d+', re.escape(word)) for word in line.split()]
        parts.append(r'\s*' + r'\s+'.join(words) + (r'\s+' if folded else r'\s*\n'))
    return re.compile(''.join(parts))


class Shell:
    def __init__(self, prompt, directory):
        self.file = os.path.join(directory, 'command-' + ('user' if prompt == '$' else 'root'))
        options = {}
        if prompt == '$' and os.geteuid() == 0:
            options = {'user': USER, 'group': USER, 'extra_groups': []}
        self.process = subprocess.Popen(['sh', '-c', LOOP], stdin=subprocess.PIPE, bufsize=0,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        self.rest = b''

    def more(self, seconds):
        out = self.process.stdout.fileno()
        if not select.select([out], [], [], seconds)[0]:
            return False
        data = os.read(out, 1 << 16)
        self.rest += data
        return bool(data)

    def type(self, command):
        """Runs it. Return: its output and its status."""
        with open(self.file, 'w', encoding='utf-8') as file:
            file.write(command)
        os.chmod(self.file, 0o644)
        os.write(self.process.stdin.fileno(), self.file.encode() + b'\n')
        end, mark = time.monotonic() + 120, re.compile(MARK.encode() + rb' (\d+)\n')
        while not (found := mark.search(self.rest)):
            if time.monotonic() > end or not self.more(1) and self.process.poll() is not None:
                return self.rest.decode(errors='replace') + '(no end)\n', 1
        output, self.rest = self.rest[:found.start()], self.rest[found.end():]
        return output.decode(errors='replace'), int(found.group(1))

    def wait_for(self, output, wanted):
        """What programs in the background print may come later."""
        end = time.monotonic() + 5
        while not wanted.fullmatch(output) and time.monotonic() < end:
            self.more(0.1)
            output += self.rest.decode(errors='replace')
            self.rest = b''
        return output


def run_one(shell, example, folded, again):
    command = example.command
    if example.typed:
        command = command.rstrip('\n') + " <<'end-of-input'\n" + example.typed + 'end-of-input\n'
    # An interactive shell says "[1] 4711".
    lines = [line for line in example.output if not re.fullmatch(r'\[\d+\] \d+', line)]
    wanted, end = pattern(lines, folded), time.monotonic() + 10
    while True:
        output, status = shell.type(command)
        good = status == 0 if not example.strict else bool(wanted.fullmatch(output))
        if good or not again or time.monotonic() > end:
            break
        time.sleep(0.2)
    if not good and example.strict and lines:
        output = shell.wait_for(output, wanted)
        good = bool(wanted.fullmatch(output))
    if not good:
        print(f':{example.number}: {command}expected:\n'
              + ('\n'.join(lines) if example.strict else 'status 0') + f'\ngot: (status {status})\n{output}')
    return good


def run(path):
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
    found, files, _ = read(path)
    skipped = not_run(root)
    name = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    good, n, again = True, 0, False
    for file, text in files:
        with open(file, 'w', encoding='utf-8') as out:
            out.write(text)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        os.chmod(directory, 0o755)
        shells = {}
        for example in found:
            if (name, example.prompt + ' ' + example.command.split('\n')[0]) in skipped:
                continue
            n += 1
            shell = shells.get(example.prompt) or shells.setdefault(
                example.prompt, Shell(example.prompt, directory))
            good &= run_one(shell, example, path.endswith('.scd'), again)
            again = example.command.rstrip().endswith('&')
        for shell in shells.values():
            shell.process.kill()
            shell.process.wait()
    if not n:
        print(f'{path}: there are no examples')
    return 0 if good and n else 1


def check(root):
    skipped, bad = not_run(root), []
    with open(os.path.join(root, 'tests/cli/doc-examples.bats'), encoding='utf-8') as file:
        tests = file.read()
    for path in sorted(glob.glob(root + '/*.md') + glob.glob(root + '/docs/**/*.md', recursive=True)
                       + glob.glob(root + '/docs/man/*.scd')):
        name = os.path.relpath(path, root)
        found, _, others = read(path)
        commands = [(e.number, e.prompt + ' ' + e.command.split('\n')[0]) for e in found]
        run_here = [c for c in commands if (name, c[1]) not in skipped]
        if run_here and f"@test '{name}" not in tests:
            bad.append(f'{name}: its examples have no test in tests/cli/doc-examples.bats')
        for number, line in others:
            if (name, line) not in skipped:
                bad.append(f'{name}:{number}: is neither run nor in tests/cli/examples-not-run: {line}')
        for number, line in commands + others:
            if not skipped.get((name, line), 'is run'):
                bad.append(f'{name}:{number}: is listed without a reason: {line}')
            skipped[name, line] = 'seen'
    for (name, line), reason in skipped.items():
        if reason != 'seen':
            bad.append(f'tests/cli/examples-not-run: there is no such example: {name}: {line}')
    print('\n'.join(bad), end='\n' if bad else '')
    return 1 if bad else 0


def main():
    if len(sys.argv) == 3 and sys.argv[1] == '--check':
        return check(sys.argv[2])
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    return run(sys.argv[1])


if __name__ == '__main__':
    sys.exit(main())
