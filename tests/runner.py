# SPDX-License-Identifier: LGPL-2.1-or-later
"""All of tests/run except installing packages: build, run, count, look for leftovers.

Four builds: `dev` (gcc, ASan and UBSan), `release` (gcc, as shipped), `static` (the
tools that can be carried, with a suite of their own) and `clang` (compiled only).
Root runs the suites twice, as itself and as an ordinary user without an account, each
on the release and on the dev build, except suites that would test nothing new there.
Every line of TAP counts as one test. A program that dies or hangs counts as one more
failure.

This process is a subreaper: whatever the tests leave running becomes its child, so
it is found by parentage, not by name. The same goes for temporary files: TMPDIR is
a directory of this run, and must be empty at the end.
"""

import argparse
import ctypes
import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from hosts.ring import Ring
from results import Case, Part, count_program, indent, say

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# An ordinary user without an account; the suites use the same id.
USER = '65533'
AS_USER = ['setpriv', '--reuid', USER, '--regid', USER, '--clear-groups', '--inh-caps=-all', '--']
PR_SET_CHILD_SUBREAPER = 36
# What is built of a profile, if not everything.
TARGETS = {'static': [f'cmd/{tool}' for tool in ('xunshare', 'xnsenter', 'xlsns', 'xnetns')]}


# ------------------------------------------------------------------ leftovers

def children():
    """Living children of this process, with their names."""
    found = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/stat') as file:
                head, _, tail = file.read().rpartition(')')
        except OSError:
            continue
        state, parent = tail.split()[:2]
        if int(parent) == os.getpid() and state not in 'ZX':
            found[int(pid)] = head.partition('(')[2]
    return found


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def left_processes():
    """Ends what the tests left running, and says so."""
    deadline = time.monotonic() + 8
    while children() and time.monotonic() < deadline:
        reap()
        time.sleep(0.05)
    left = children()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    while children():
        reap()
        time.sleep(0.05)
    reap()
    return [f'process {pid} ({name})' for pid, name in left.items()]


def machine_state():
    """Mounts of namespaces, names of network namespaces and links."""
    state = set()
    with open('/proc/self/mountinfo') as file:
        for line in file:
            fields = line.split()
            if fields[fields.index('-') + 1] == 'nsfs':
                state.add(f'mount {fields[4]}')
    for path, word in (('/run/netns', 'name'), ('/sys/class/net', 'link')):
        if os.path.isdir(path):
            state.update(f'{word} {name}' for name in os.listdir(path))
    return state


# ------------------------------------------------------------------ the run

class Run:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.root = os.geteuid() == 0
        self.cases = []
        self.tmp = os.path.join(work, 'tmp')
        os.mkdir(self.tmp)
        os.chmod(self.tmp, 0o1777)
        self.source = self.reachable_source()
        inside = self.source == TOP and os.access(TOP, os.W_OK)
        self.builds = os.path.abspath(options.build_dir) if options.build_dir else \
            os.path.join(TOP if inside else work, 'build-run')
        home = os.path.join(work, 'home')
        os.mkdir(home)
        os.chmod(home, 0o1777)
        self.env = dict(os.environ, TMPDIR=self.tmp, HOME=home, LC_ALL='C')
        if self.root:
            # No folder that an ordinary user cannot search: that changes errors of exec.
            self.env['PATH'] = ':'.join(f'{d}/{b}' for d in ('/usr/local', '/usr', '')
                                        for b in ('sbin', 'bin'))
        for name in ('CC', 'CFLAGS', 'LDFLAGS', 'DESTDIR', 'MAKEFLAGS'):
            self.env.pop(name, None)

    def reachable_source(self):
        """The checkout, or a copy of it where the ordinary user cannot read it."""
        if not self.root or not shutil.which('setpriv'):
            return TOP
        probe = [*AS_USER, 'test', '-x', os.path.join(TOP, 'tests', 'run')]
        if subprocess.run(probe).returncode == 0:
            return TOP
        copy = os.path.join(self.work, 'source')
        shutil.copytree(TOP, copy, symlinks=True, ignore=shutil.ignore_patterns('build*'))
        subprocess.run(['chmod', '-R', 'a+rX', copy], check=True)
        return copy

    def command(self, argv, user='root'):
        """Runs a program to its end; returns its exit status and output."""
        if user == 'user' and self.root:
            argv = [*AS_USER, *argv]
        # A file, not a pipe: a process left behind would hold the pipe open.
        with tempfile.TemporaryFile(dir=self.work) as out:
            program = subprocess.Popen(argv, cwd=self.source, env=self.env,
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            # As pid 1 would: orphans of the tests end with us, and tests look at that.
            while (pid := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT).si_pid) != program.pid:
                os.waitpid(pid, 0)
            status = program.wait()
            out.seek(0)
            return status, out.read().decode(errors='replace')

    def check(self, name, ok, text=''):
        """One test of our own."""
        self.cases.append(Case(None, name, 'passed' if ok else 'failed'))
        if not ok:
            say(f'  FAILED {name}')
            say(indent(text))
        return ok

    def skip(self, name, reason):
        self.cases.append(Case(None, name, 'skipped', reason))

    def build_dir(self, profile):
        return os.path.join(self.builds, profile)

    def build(self, profile):
        build, began = self.build_dir(profile), time.monotonic()
        native = os.path.join(self.source, 'tests', 'profiles', profile + '.ini')
        with open(native) as file:
            wanted = file.read()
        stamp = os.path.join(build, 'profile.ini')
        try:
            with open(stamp) as file:
                known = file.read()
        except OSError:
            known = None
        text, ok = '', False
        # A build directory of another day may be unusable: then once more from nothing.
        for fresh in (known != wanted, True):
            if fresh:
                shutil.rmtree(build, ignore_errors=True)
                status, text = self.command(['meson', 'setup', build, '--native-file', native])
                if status:
                    break
                with open(stamp, 'w') as file:
                    file.write(wanted)
            status, text = self.command(['ninja', '-C', build, *self.jobs(),
                                         *TARGETS.get(profile, [])])
            ok = status == 0
            if ok or fresh:
                break
        say(f'build {profile}: {"ok" if ok else "failed"} ({time.monotonic() - began:.0f} s)')
        # With werror the compilers are covered; this is for the linker and meson.
        warnings = [line for line in text.splitlines() if re.search(r'\bwarning:', line, re.I)]
        self.check(f'build {profile}', ok, '\n'.join(text.splitlines()[-60:]))
        if ok:
            self.check(f'build {profile}: no warnings', not warnings, '\n'.join(warnings))
        return ok

    def jobs(self):
        return ['-j', str(self.options.jobs)] if self.options.jobs else []

    def run_part(self, part):
        build, began = self.build_dir(part.build), time.monotonic()
        logs = os.path.join(build, 'meson-logs')
        log = os.path.join(logs, f'run-{part.user}.json')
        if os.path.exists(log):
            os.unlink(log)
        if self.root:
            os.chmod(logs, 0o1777)
        suites = [word for suite in part.suites for word in ('--suite', suite)]
        # What would say nothing new there, see tests/cli/meson.build.
        if self.root and part.user == 'user':
            suites += ['--no-suite', 'root']
        if part.build == 'dev' and not self.options.suite and not self.options.quick:
            suites += ['--no-suite', 'plain']
        # One more than there are processors, since many tests wait: for a packet that does not come,
        # or for a process to end.
        argv = ['meson', 'test', '-C', build, '--no-rebuild', f'--logbase=run-{part.user}',
                '--num-processes', str(self.options.jobs or (os.cpu_count() or 1) + 1), *suites]
        _, text = self.command(argv, user=part.user)
        if self.root:
            os.chmod(logs, 0o755)
        cases = []
        try:
            with open(log) as file:
                for line in file:
                    cases += count_program(part, json.loads(line))
        except OSError:
            pass
        if not cases and 'No suitable tests' not in text:
            self.check(f'{part}', False, '\n'.join(text.splitlines()[-40:]))
        self.cases += cases
        count = {r: sum(c.result == r for c in cases) for r in ('passed', 'failed', 'skipped')}
        left = left_processes()
        self.check(f'{part}: no process left', not left, '\n'.join(left))
        say(f'{part}: {count["passed"]} passed, {count["failed"]} failed, '
            f'{count["skipped"]} skipped ({time.monotonic() - began:.0f} s)')

    def lint(self):
        if not shutil.which('shellcheck'):
            self.skip('shellcheck', 'shellcheck is not installed')
            return
        scripts = ['docs/packages.sh', 'docs/quickstart', 'docs/namespaces', 'tests/run', '.ci/run']
        bats = []
        for folder, _, names in os.walk(os.path.join(self.source, 'tests')):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.source)
                if name.endswith(('.bash', '.sh')):
                    scripts.append(path)
                elif name.endswith('.bats'):
                    bats.append(path)
        scripts = [s for s in scripts if os.path.exists(os.path.join(self.source, s))]
        # bats sets variables in ways shellcheck cannot follow: errors only there.
        for paths, level in ((scripts, 'warning'), (bats, 'error')):
            if paths:
                status, text = self.command(['shellcheck', '-x', '-S', level, *sorted(paths)])
                self.check(f'shellcheck, {len(paths)} files', status == 0, text)

    # -------------------------------------------------------------- the plan

    def parts(self):
        suites = self.options.suite
        if self.options.quick:
            return [Part('dev', 'root' if self.root else 'user', suites or ['unit', 'api'])]
        # The install suite writes into the build directory, and parity compares
        # behaviour, not memory: both need one build only.
        everything = ['unit', 'api', 'fuzz', 'cli', 'parity', 'install', 'faults']
        plan = {
            ('release', 'root'): everything,
            ('dev', 'root'): ['unit', 'api', 'fuzz', 'cli'],
            ('release', 'user'): ['unit', 'api', 'cli', 'parity'] if self.root else everything,
            # Root's tests of the tools have ordinary users in them, too.
            ('dev', 'user'): ['unit'] if self.root else ['unit', 'api', 'fuzz', 'cli'],
            ('static', 'root' if self.root else 'user'): ['static'],
        }
        parts = []
        for (build, user), wanted in plan.items():
            if user == 'root' and not self.root:
                continue
            if suites:
                wanted = [s for s in wanted if s in suites]
            if wanted:
                parts.append(Part(build, user, wanted))
        return parts

    def go(self):
        before = machine_state()
        ring = None
        if self.options.hosts or not self.options.quick and not self.options.suite:
            ring = Ring(self, self.options.hosts)
        parts = [] if self.options.hosts else self.parts()
        profiles = list(dict.fromkeys(part.build for part in parts)) or ['release']
        if not self.options.quick and not self.options.suite and not self.options.hosts:
            self.lint()
            if shutil.which('clang'):
                profiles.append('clang')
            else:
                self.skip('build clang', 'clang is not installed')
        built = {profile: self.build(profile) for profile in profiles}
        for part in parts:
            if built[part.build]:
                self.run_part(part)
        if ring and built['release']:
            ring.go()
            left = left_processes()
            self.check('hosts: no process left', not left, '\n'.join(left))
        left = sorted(machine_state() - before)
        self.check('no mount, name or link left', not left, '\n'.join(left))
        files = [os.path.join(d, f) for d, ds, fs in os.walk(self.tmp) for f in ds + fs]
        self.check('no temporary file left', not files, '\n'.join(files[:40]))

    # -------------------------------------------------------------- skips

    def judge_skips(self):
        """Groups the skips by reason, finds each in expected-skips or counts a failure."""
        rules = read_rules(os.path.join(TOP, 'tests', 'expected-skips'))
        fine = {case.name for case in self.cases if case.result == 'passed'}
        skips = [case for case in self.cases if case.result == 'skipped']
        # Root's first: where even root has a good reason, an ordinary user needs none.
        skips.sort(key=lambda case: case.part is not None and case.part.user != 'root')
        groups = {}
        for case in skips:
            tags = {'any'} | ({case.part.build, case.part.user} if case.part else set())
            tags |= {'host', case.part.host} if case.part and case.part.host else set()
            tags |= {'elsewhere'} if case.name in fine else set()
            tags |= set() if self.root else {'rootless'}
            tags |= {'no-install'} if self.options.no_install else set()
            why = next((why for need, pattern, why in rules
                        if need <= tags and fnmatch.fnmatch(case.reason, pattern)), None)
            if why is not None and case.part and case.part.user == 'root':
                fine.add(case.name)
            groups.setdefault((case.reason, why), []).append(case)
        for (reason, why), cases in sorted(groups.items(), key=lambda g: (g[0][1] or '', g[0])):
            say(f'skipped {len(cases)}: {reason or "no reason"} ({why or "NOT EXPECTED"})')
            for case in cases if why is None else []:
                say(f'    {case.name}' + (f' [{case.part}]' if case.part else ''))
        bad = sum(len(cases) for (_, why), cases in groups.items() if why is None)
        if groups:
            self.check('every skip is expected', not bad,
                       f'{bad} of them not: see above and tests/expected-skips')


def read_rules(path):
    rules = []
    with open(path) as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                tags, pattern, why = (field.strip() for field in line.split('|', 2))
                rules.append((set(tags.split()), pattern, why))
    return rules


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog='tests/run', description='Install what is missing, build, run all tests.',
        epilog='Root runs everything twice: as root and as an ordinary user. Ends with '
               '"N passed, N failed, N skipped"; the exit status is 1 if anything failed.')
    parser.add_argument('--quick', action='store_true',
                        help='one build with sanitizers, suites unit and api')
    parser.add_argument('--suite', action='append', metavar='NAME', default=[],
                        help='only this suite (unit api fuzz cli parity install static '
                             'faults); repeatable')
    parser.add_argument('--hosts', action='append', nargs='?', const='all', metavar='NAME',
                        help='only this host of tests/hosts/ring.py, or all, also those that '
                             'are no part of a run of everything; repeatable')
    parser.add_argument('--no-install', action='store_true', help='install nothing')
    parser.add_argument('--build-dir', metavar='DIR',
                        help='where to build (default: build-run in the checkout)')
    parser.add_argument('-j', '--jobs', type=int, metavar='N', help='parallel jobs')
    return parser.parse_args()


def default_signals():
    """The tests get no ignored and no blocked signal of whoever starts them, nohup(1) for one."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    # Python itself ignores the other two, and gives them back to its children.
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def main():
    options = parse_arguments()
    default_signals()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = tempfile.mkdtemp(prefix='libns-run.')
    os.chmod(work, 0o755)
    try:
        run = Run(options, work)
        run.go()
        run.judge_skips()
    finally:
        left_processes()
        shutil.rmtree(work, ignore_errors=True)
    count = {r: sum(c.result == r for c in run.cases) for r in ('passed', 'failed', 'skipped')}
    say(f'{count["passed"]} passed, {count["failed"]} failed, {count["skipped"]} skipped')
    return 1 if count['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
