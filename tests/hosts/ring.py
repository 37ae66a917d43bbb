# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ring "hosts": runs the built suites again in places that differ from this machine.

A host is an environment that tests/hosts/in can run a program in. For each host there is a
test in proof.bats that it is what it says, and a selection of the bats files of the release
build. All test files of all hosts form one queue of jobs, so that no core waits while the
last file of a host runs. Results are counted as in the other parts of tests/run.
"""

import json
import os
import re
import signal
import subprocess
import time

from results import Part, count_program, say

HERE = os.path.dirname(os.path.abspath(__file__))

class Host:
    """Which user runs which tests there. A test is named "suite/file". With ": REGEX" behind
    that only the cases that match are run, and with ": !REGEX" only the others. A test with
    "+" in front is run only with --hosts, and so are all tests of a host without ci."""

    def __init__(self, name, root=(), user=(), needs_root=False, ci=True, build='release'):
        self.name, self.tests = name, {'root': root, 'user': user}
        self.needs_root, self.ci, self.build = needs_root, ci, build


# What creates and enters: who clones, waits, mounts, binds and is confined.
CREATE = ('parity/xunshare', '+cli/xunshare', '+cli/xunshare-life', '+cli/xunshare-mounts',
          '+cli/xunshare-scripts')
ENTER = ('parity/xnsenter', '+cli/xnsenter', '+cli/xnsenter-safe', '+cli/xnsenter-stuck')
# Signals and the ends of processes.
LIVE = ('cli/xunshare-life',)
NAMES = ('parity/xnetns', '+cli/xnetns')
LIST = ('parity/xlsns', '+cli/xlsns', '+cli/xlsns-modes', '+cli/xlsns-hidden')
HINTS = ('+cli/hints', 'cli/xunshare-hints')
# Below a filter nobody guesses that it is the chroot.
FILTERED_HINTS = ('+cli/hints', 'cli/xunshare-hints: !an ordinary user in a chroot')

# Each of the others makes a copy of a tool and strikes it: nothing of the host reaches it.
SAFE = ('+cli/xnsenter-safe: !overwrite|the attack works',)

# Below qemu all is slow: one of each way in which a namespace is held.
HIDDEN = 'cli/xlsns-hidden: ^(01|11|20|23|27|30|34|36|39|40|43) '

# Selections leave out what a host cannot change: a run of everything has some minutes for all.
HOSTS = [
    # Where /run is shared xnetns makes no mount of its own for the names, unlike ip netns.
    Host('shared', ('parity/xnetns: !a shared mount of its own', 'cli/xnetns: !32 adds of one name',
                    'cli/xunshare', 'cli/xlsns-modes: [Pp]ropagation') + HINTS + CREATE + ENTER + LIST,
         needs_root=True),
    # A process that is not there may be one that hidepid conceals, which the hint says.
    Host('hidepid', ('cli/xunshare-hints',),
         ('cli/hints: !ordinary mistake|process of another user', '+cli/xunshare-hints',
          'cli/xlsns: !JSON', '+cli/xlsns-modes: !JSON', '+parity/xlsns', '+cli/xunshare', 'cli/xnsenter-target',
          'cli/xnsenter: !errors are one precise line'),
         needs_root=True),
    Host('noproc', ('hosts/noproc',), needs_root=True),
    # Who is filtered may read no filter, and --like-target says so.
    Host('refuse-clone3-ENOSYS', CREATE + ENTER[:3] + FILTERED_HINTS + ('+cli/xnsenter-stuck: !like-target',)),
    # As the user it would be no_new_privs that newuidmap fails with.
    Host('only-clone3-EPERM', ('parity/xunshare: !subordinate ids', 'parity/xnsenter')),
    # Whether the root of a parent is ours cannot be told there: the parent itself is entered.
    # A detached tree is told by the number of its mount, which only statx gives.
    Host('refuse-statx-ENOSYS', LIST[:3] + ('+cli/xlsns-hidden: !^(38|44) ', 'parity/xnetns',
                                            '+cli/xnsenter-target: !^the only child of a parent outside')),
    Host('only-statx-EPERM', ('parity/xlsns', '+cli/xlsns-hidden: !^(38|44) ')),
    Host('refuse-openat2-ENOSYS', ('+cli/hints', '+' + FILTERED_HINTS[1]) + NAMES),
    Host('refuse-openat2-EPERM', FILTERED_HINTS + ('+parity/xnetns', '+cli/xnetns')),
    # Without memfd_create there is no sealed copy, and no entry that would need one.
    Host('refuse-memfd_create-ENOSYS', ('+hosts/unsealed',)),
    Host('refuse-memfd_create-EPERM', ('hosts/unsealed',)),
    Host('refuse-pidfd_getfd-ENOSYS', ('+cli/xnsenter-target', 'parity/xnsenter')),
    Host('refuse-pidfd_getfd-EPERM', ('cli/xnsenter-target',)),
    Host('docker', ('hosts/container',), ('hosts/container',), needs_root=True),
    Host('podman', ('hosts/container',), ('hosts/container', '+parity/xlsns', 'parity/xunshare'),
         needs_root=True),
    Host('real-podman', ('hosts/container',), ('hosts/container', 'parity/xunshare'),
         needs_root=True),
    Host('nice', ENTER + CREATE),
    Host('background', ENTER + CREATE + LIVE),
    Host('sigchld', ENTER[:2] + ENTER[3:] + SAFE + CREATE + LIVE + NAMES + LIST),
    Host('umask', NAMES + SAFE + ('parity/xunshare', '+cli/xunshare', '+cli/xnsenter')),
    # The helpers of two maps need a dozen descriptors, and bats has as many open.
    # A limit that a test gives a tool is replaced by that of the host.
    Host('nofile', LIST + NAMES + ('+cli/xunshare-scripts: !^rlimit', 'parity/xunshare: !subordinate ids',
                                   'parity/xnsenter')),
    # What follows fetches packages: a whole systemd, a kernel below qemu, a root of another
    # suite, built there.
    Host('systemd', ('hosts/systemd', 'cli/xnetns-hosts', 'parity/xnetns'), needs_root=True, ci=False),
    *(Host('linux-' + suite, ('hosts/kernel', 'cli/xunshare-landlock: UDP|sockets', HIDDEN), needs_root=True, ci=False)
      for suite in ('bookworm', 'trixie', 'sid')),
    *(Host('debian-' + suite, CREATE + ENTER + NAMES + LIST + HINTS,
           ('parity/xunshare', 'cli/xunshare'), needs_root=True, ci=False, build='debian-' + suite)
      for suite in ('trixie', 'sid')),
]


def others(file, regex):
    """A regex of bats for the cases of a file that this one, with its "!", does not match."""
    with open(file) as text:
        names = re.findall(r'^@test ["\'](.*)["\'] \{', text.read(), re.M)
    return '^(%s)$' % '|'.join(re.sub(r'([][.*+?(){}|^$\\])', r'\\\1', name)
                               for name in names if not re.search(regex[1:], name))


class Job:
    """One bats file in one host."""

    def __init__(self, part, name, argv, env, timeout):
        self.part, self.name, self.argv, self.env, self.timeout = part, name, argv, env, timeout
        self.out, self.process, self.began, self.late = None, None, 0, False

    def start(self, work, source):
        # A file, not a pipe: a process left behind would hold the pipe open.
        self.out = open(os.path.join(work, f'job.{id(self)}'), 'w+b')
        self.began = time.monotonic()
        self.process = subprocess.Popen(self.argv, cwd=source, env=self.env, start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.out)

    def end_if_late(self):
        if not self.late and time.monotonic() - self.began > self.timeout:
            self.late = True
            os.killpg(self.process.pid, signal.SIGKILL)

    def entry(self, status):
        """As meson's testlog.json has it."""
        self.out.seek(0)
        text = self.out.read().decode(errors='replace')
        self.out.close()
        os.unlink(self.out.name)
        # 77: the host cannot be had, and the last line says why.
        result = 'TIMEOUT' if self.late else 'SKIP' if status == 77 else 'FAIL' if status else 'OK'
        return {'name': self.name, 'stdout': text, 'result': result, 'returncode': status}


class Ring:
    """run: what tests/runner.py knows of this run, its builds and its results."""

    def __init__(self, run, wanted):
        self.run, self.tests, self.thorough = run, {}, wanted is not None
        self.hosts = [h for h in HOSTS if h.ci] if wanted is None else \
            [h for h in HOSTS if 'all' in wanted or h.name in wanted]
        unknown = set(wanted or ()) - {h.name for h in HOSTS} - {'all'}
        if unknown:
            raise SystemExit(f'tests/run: no host is called {" ".join(sorted(unknown))}; there are '
                             + ' '.join(h.name for h in HOSTS))

    def read_tests(self):
        """The bats files of the release build, as its meson would run them."""
        text = subprocess.check_output(
            ['meson', 'introspect', '--tests', self.run.build_dir('release')])
        for test in json.loads(text):
            suite = test['suite'][0].rpartition(':')[2]
            if os.path.basename(test['cmd'][0]) == 'bats':
                self.tests[f'{suite}/{test["name"]}'] = test
        # Those of the hosts alone, which meson does not run, need what the tests of tools do.
        like = self.tests['cli/common']
        for file in sorted(os.listdir(HERE)):
            name, end = os.path.splitext(file)
            if end == '.bats':
                cmd = [like['cmd'][0], '--tap', os.path.join(HERE, file)]
                self.tests['hosts/' + name] = dict(like, cmd=cmd)

    def places(self):
        """For tests/hosts/in: where builds are, and what has been fetched."""
        places = {'LIBNS_HOST_BUILDS': self.run.builds,
                  'LIBNS_HOST_CACHE': os.path.join(self.run.builds, 'hosts-cache')}
        return dict(places, LIBNS_HOST_OFFLINE='1') if self.run.options.no_install else places

    def build(self, host):
        """For a root with a compiler of its own. False: it cannot be had, and that is said."""
        there = self.run.build_dir(host.build)
        native = os.path.join(self.run.source, 'tests', 'profiles', 'release.ini')
        script = f'[ -e {there}/build.ninja ] || meson setup {there} --native-file {native} && ' \
                 f'ninja -C {there} {" ".join(self.run.jobs())}'
        env = dict(self.run.env, BUILD_ROOT=self.run.build_dir('release'),
                   SOURCE_ROOT=self.run.source, **self.places())
        done = subprocess.run([os.path.join(HERE, 'in'), host.name, 'sh', '-c', script], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        lines = done.stdout.decode(errors='replace').splitlines() or ['']
        if done.returncode == 77:
            self.run.skip(f'host {host.name}', lines[-1])
            return False
        return self.run.check(f'build {host.build}', done.returncode == 0, '\n'.join(lines[-40:]))

    def selected(self, host, user):
        """Yields (name, test, regex or None), the proof first."""
        kind = re.match('(?:real-)?([a-z]*)', host.name)[1]
        names = (f'hosts/proof: ^{kind}: ', *host.tests[user])
        # A dict: what stands there with "+" and without is run once.
        for wanted in dict.fromkeys(n.lstrip('+') for n in names if self.thorough or n[0] != '+'):
            name, _, regex = wanted.partition(': ')
            if self.run.check(f'host {host.name}: {name} is a test', name in self.tests):
                file = self.tests[name]['cmd'][-1]
                yield name, self.tests[name], others(file, regex) if regex[:1] == '!' else regex

    def jobs(self, host, user):
        part = Part('release', user, [], host.name)
        inside = [os.path.join(HERE, 'in'), host.name]
        if user == 'user':
            inside.append('--user')
        tmp = os.path.join(self.run.tmp, host.name)
        os.makedirs(tmp, exist_ok=True)
        os.chmod(tmp, 0o1777)
        for name, test, regex in self.selected(host, user):
            argv = [*test['cmd'][:-1], *(['-f', regex] if regex else []), test['cmd'][-1]]
            env = dict(self.run.env, **test['env'], TMPDIR=tmp, **self.places())
            if host.build != 'release':
                there = self.run.build_dir(host.build)
                env = {k: v.replace(self.run.build_dir('release'), there) for k, v in env.items()}
            # A kernel below qemu runs ten times slower.
            yield Job(part, name, inside + argv, env, test['timeout'] * (2 if host.ci else 10))

    def go(self):
        self.read_tests()
        queue, parts = [], []
        for host in self.hosts:
            if host.needs_root and not self.run.root:
                self.run.skip(f'host {host.name}', 'needs root')
                continue
            if host.build != 'release' and not self.build(host):
                continue
            for user, tests in host.tests.items():
                if not tests or user == 'root' and not self.run.root:
                    continue
                jobs = list(self.jobs(host, user))
                parts.append(jobs[0].part)
                queue += jobs
        began = time.monotonic()
        cases, seconds = self.run_jobs(queue)
        for part in parts:
            self.report(part, cases[part], seconds[part])
        for host in self.hosts:
            self.clean(host)
        say(f'hosts: {time.monotonic() - began:.0f} s')

    def run_jobs(self, queue):
        """Runs all, some at a time; reaps what the tests leave as well."""
        cases = {job.part: [] for job in queue}
        seconds = {job.part: 0 for job in queue}
        waiting, running = list(queue), {}
        while waiting or running:
            while waiting and len(running) < (self.run.options.jobs or os.cpu_count() or 1):
                job = waiting.pop(0)
                job.start(self.run.work, self.run.source)
                running[job.process.pid] = job
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if ended is None:
                for job in running.values():
                    job.end_if_late()
                time.sleep(0.02)
            elif ended.si_pid in running:
                job = running.pop(ended.si_pid)
                cases[job.part] += count_program(job.part, job.entry(job.process.wait()))
                seconds[job.part] += time.monotonic() - job.began
            else:
                os.waitpid(ended.si_pid, 0)
        return cases, seconds

    def report(self, part, cases, seconds):
        self.run.cases += cases
        proofs = [c.result for c in cases if c.name.startswith('hosts/proof')]
        if 'skipped' not in proofs:
            self.run.check(f'{part}: is what it says', 'passed' in proofs)
        count = {r: sum(c.result == r for c in cases) for r in ('passed', 'failed', 'skipped')}
        say(f'{part}: {count["passed"]} passed, {count["failed"]} failed, '
            f'{count["skipped"]} skipped ({seconds:.0f} s of one core)')

    def clean(self, host):
        """The host's directory must be empty in the end."""
        tmp = os.path.join(self.run.tmp, host.name)
        try:
            os.rmdir(tmp)
        except FileNotFoundError:
            pass
        except OSError:
            self.run.check(f'host {host.name}: no temporary file left', False,
                           '\n'.join(sorted(os.listdir(tmp))[:40]))
