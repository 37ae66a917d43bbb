# SPDX-License-Identifier: LGPL-2.1-or-later
"""Results of tests: reading what a program wrote as TAP, and printing it."""

import re

PLAN = re.compile(r'^1\.\.(\d+)', re.M)
RESULT = re.compile(r'^(not )?ok\b\s*\d*\s*-?\s*(.*?)(?:\s#\s*(skip|todo)\b\S*\s*(.*))?$', re.I)


class Case:
    def __init__(self, part, name, result, reason=''):
        self.part, self.name, self.result, self.reason = part, name, result, reason


class Part:
    """Suites of one build that one user runs, perhaps in a host of tests/hosts."""

    def __init__(self, build, user, suites, host=None):
        self.build, self.user, self.suites, self.host = build, user, suites, host

    def __str__(self):
        return f'host {self.host} as {self.user}' if self.host else f'{self.build} as {self.user}'


def say(*words):
    print(*words, flush=True)


def indent(text):
    return '\n'.join('    ' + line for line in text.rstrip().splitlines())


def read_tap(text):
    """Yields (passed, name, skip reason or None, diagnostics) for every result."""
    before, current = [], None
    for line in text.splitlines():
        match = RESULT.match(line)
        if match:
            if current:
                yield current
            reason = match[4] if (match[3] or '').lower() == 'skip' else None
            if reason == '':
                # tests/tap.h gives the reason on a line of its own.
                reason = next((b[8:] for b in before if b.startswith('# skip: ')), '')
            current = (not match[1], match[2], reason, before)
            before = []
        elif line.startswith('1..0'):
            reason = line.partition('#')[2].strip()
            yield (True, '', re.sub('^skip(ped)?:? *', '', reason, flags=re.I), [])
        elif line.startswith('#') or not re.match(r'1\.\.\d+$', line):
            before.append(line)
            if current and not current[0]:
                current[3].append(line)
    if current:
        yield current


def count_program(part, entry):
    """The cases of one test program, as an entry of meson's testlog.json."""
    name = entry['name'].split(':', 1)[-1]
    out = entry.get('stdout', '')
    plan = PLAN.search(out)
    tap = list(read_tap(out)) if plan else []
    cases, where = [], f'{part}: ' if part.host else ''
    for passed, case, reason, notes in tap:
        result = 'failed' if not passed else 'passed' if reason is None else 'skipped'
        cases.append(Case(part, f'{name}: {case}', result, reason or ''))
        if not passed:
            say(f'  FAILED {where}{name}: {case}')
            say(indent('\n'.join(notes)))
    if entry['result'] in ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS'):
        lost = plan is not None and len(tap) < int(plan[1])
        if lost or not any(c.result == 'failed' for c in cases):
            what = f'{len(tap)} of {plan[1]} cases have ended' if lost else entry['result']
            say(f'  FAILED {where}{name}: {what}, exit status {entry.get("returncode")}')
            say(indent('\n'.join((out + entry.get('stderr', '')).splitlines()[-40:])))
            cases.append(Case(part, name, 'failed'))
        elif entry.get('stderr'):
            say(indent('\n'.join(entry['stderr'].splitlines()[-20:])))
    elif not tap:
        skipped = entry['result'] == 'SKIP'
        cases.append(Case(part, name, 'skipped' if skipped else 'passed',
                          (out.strip().splitlines() or ['no reason'])[-1] if skipped else ''))
    return cases
