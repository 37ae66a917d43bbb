#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Types keys into an interactive shell on a terminal of its own.

usage: type-keys.py STEP...
A step is either WAIT:TEXT, until the terminal shows TEXT, or what is typed: ^C and ^Z
are keys, anything else a line. Fails if nothing comes for ten seconds. What the
terminal showed goes to standard output.
"""

import os
import pty
import select
import signal
import sys

KEYS = {'^C': b'\x03', '^Z': b'\x1a'}

pid, terminal = pty.fork()
if pid == 0:
    # A shell does not undo what it inherits as ignored.
    for name in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTOU, signal.SIGCHLD):
        signal.signal(name, signal.SIG_DFL)
    os.environ.update(PS1='ready> ', TERM='dumb')
    os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])

seen = b''


def wait_for(text):
    """Reads until the text appears, and forgets what was before its end."""
    global seen
    while text not in seen:
        if not select.select([terminal], [], [], 10)[0]:
            sys.exit(f'type-keys: no {text!r} after: {seen!r}')
        more = os.read(terminal, 4096)
        sys.stdout.buffer.write(more)
        seen += more
    seen = seen.partition(text)[2]


wait_for(b'ready> ')
for step in sys.argv[1:]:
    if step.startswith('WAIT:'):
        wait_for(step[5:].encode())
    else:
        os.write(terminal, KEYS.get(step, step.encode() + b'\n'))
os.write(terminal, b'exit\n')
os.waitpid(pid, 0)
