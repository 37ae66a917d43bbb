# SPDX-License-Identifier: LGPL-2.1-or-later
"""The place that a campaign is in, so that nothing else on the machine is seen or touched."""

import ctypes
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

CLONE_FLAGS = 0x00020000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x20000000
MS_REC, MS_PRIVATE, MS_SHARED = 0x4000, 1 << 18, 1 << 20
PLAIN = 65533   # an ordinary user


def group_paths(directory):
    """Where the control group of a place may be, which the process outside removes as well."""
    return [f'{top}/{os.path.basename(directory)}' for top in ('/sys/fs/cgroup', '/sys/fs/cgroup/unified')]


class Place:
    """Namespaces, an empty /run, a target process, a directory to work in, and /mnt.

    Below /mnt are the probe, "box", which is a root with it, two home directories, and a filter of
    system calls.
    """

    def __init__(self, options, directory):
        self.tools, self.inject = os.path.abspath(options.tools), os.path.abspath(options.inject)
        self.hang, self.dir = str(options.hang), directory
        os.chmod(self.dir, 0o755)
        self.report = os.path.join(self.dir, 'report')
        self.work = os.path.join(self.dir, 'work')
        self.temp = os.path.join(self.dir, 'tmp')
        os.mkdir(self.work)
        os.mkdir(self.temp)
        self.host = os.path.join(self.dir, 'host')
        open(self.host, 'w').close()
        # Ordinary users report as well.
        open(self.report, 'w').close()
        os.chmod(self.report, 0o666)
        self.make_homes(os.path.abspath(options.probe))
        # A filter that lets everything through: the kernel counts it.
        with open('/mnt/filter', 'wb') as f:
            f.write(struct.pack('HBBI', 6, 0, 0, 0x7fff0000))
        self.group = self.make_group()
        env = dict(os.environ, MARK='marked', LC_ALL='C', TMPDIR=self.temp)
        self.target, pid = self.start_target('-mpun', 'hostname box; ulimit -n 500;', env)
        self.user_target, user_pid = self.start_target('-Urmpun', 'hostname cage;', env)
        os.makedirs('/run/crun/box')
        with open('/run/crun/box/status', 'w') as f:
            f.write(f'{{"pid":{pid},"process-start-time":{self.start_time(pid)},"bundle":"/mnt/box","rootfs":"/mnt/box"}}')
        limit = f'--limit-below={self.group} --limit=cgroup.max.depth=9' if self.group else ''
        self.env = dict(env, HOST=self.host, T=pid, U=user_pid, LIMIT=limit,
                        XNETNS=os.path.join(self.tools, 'xnetns'),
                        NS=' '.join(os.readlink(f'/proc/self/ns/{name}') for name in os.listdir('/proc/self/ns')))

    def make_group(self):
        """A control group of version 2 for those of the tools, where there can be one."""
        for path in group_paths(self.dir):
            if os.path.exists(f'{os.path.dirname(path)}/cgroup.procs'):
                try:
                    os.mkdir(path)
                    return path
                except OSError:
                    pass
        return None

    def groups(self):
        """What is left of control groups: after a kill, until the next group is made there."""
        names = os.walk(self.group) if self.group else ()
        return [f'group {d}' for d, _, _ in names if d != self.group]

    def make_homes(self, probe):
        for home, uid in (('/mnt/root', 0), ('/mnt/user', PLAIN)):
            for name in ('.ssh/id', 'project/.git/config', 'project/file'):
                os.makedirs(os.path.dirname(f'{home}/{name}'), exist_ok=True)
                with open(f'{home}/{name}', 'w') as f:
                    f.write(f'of {name}\n')
            subprocess.run(['chown', '-R', f'{uid}:{uid}', home], check=True)
        for name in ('proc', 'dev', 'sys', 'tmp', 'run'):
            os.makedirs(f'/mnt/box/{name}')
        for top in ('/mnt', '/mnt/box'):
            shutil.copy(probe, f'{top}/probe')
        needs = subprocess.run(['ldd', probe], capture_output=True, text=True).stdout
        for library in re.findall(r'(/\S+) \(0x', needs):
            os.makedirs(f'/mnt/box{os.path.dirname(library)}', exist_ok=True)
            shutil.copy(library, f'/mnt/box{library}')

    @staticmethod
    def start_target(options, before, env):
        """A process that sleeps in namespaces of its own; returns the one to end, and its number."""
        outer = subprocess.Popen(
            ['unshare', options, '--fork', '--mount-proc', '--kill-child', 'sh', '-c', f'{before} exec sleep 100000'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=env)
        path = f'/proc/{outer.pid}/task/{outer.pid}/children'
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with open(path) as f:
                for pid in f.read().split():
                    with open(f'/proc/{pid}/comm') as comm:
                        if comm.read() == 'sleep\n':
                            return outer, pid
            time.sleep(0.02)
        raise SystemExit('campaign: the target does not start')

    @staticmethod
    def start_time(pid):
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')')[1].split()[19]

    def shell(self, line, **more):
        return subprocess.run(['sh', '-c', line], cwd=self.work, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors='replace', **more)

    @staticmethod
    def reap():
        """What a killed tool leaves is given to this process, and seen inside until it is waited for."""
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass

    def command(self, op, *how):
        """The operation's command as words: the tool is started under the injector."""
        tool = os.path.join(self.tools, op.tool)
        traced = ' '.join([self.inject, *how, '-e', op.tool, '-t', self.hang, '--', tool])
        return op.run.format(x=traced)

    def state(self):
        """What a tool could leave: mounts, files, processes are told by the injector."""
        with open('/proc/self/mountinfo') as f:
            mounts = sorted(' '.join(line.split()[3:5]) for line in f)
        files = sorted(os.path.join(d, name) for top in ('/run', '/mnt', self.work, self.temp)
                       for d, dirs, names in os.walk(top) for name in dirs + names)
        return mounts, files

    def end(self):
        for target in (self.target, self.user_target):
            target.kill()
            target.wait()


def enter_place(shared):
    """Namespaces of our own; the first process of the pid namespace is a copy of us.

    Returns a directory, which the process outside removes when all has ended.
    """
    directory = tempfile.mkdtemp(prefix='libns-faults.')
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_FLAGS) < 0:
        os.rmdir(directory)
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    pid = os.fork()
    if pid:
        signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGKILL))
        _, status = os.waitpid(pid, 0)
        shutil.rmtree(directory)
        for path in group_paths(directory):
            for group, _, _ in os.walk(path, topdown=False):
                os.rmdir(group)
        sys.exit(os.waitstatus_to_exitcode(status) & 0xff)
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)
    for args in ((b'none', b'/', None, MS_REC | MS_PRIVATE), (b'proc', b'/proc', b'proc', 0),
                 (b'tmpfs', b'/run', b'tmpfs', 0),
                 (b'tmpfs', b'/mnt', b'tmpfs', 0)):
        if libc.mount(args[0], args[1], args[2], args[3], None) < 0:
            raise SystemExit(f'campaign: cannot mount on {args[1].decode()}: {os.strerror(ctypes.get_errno())}')
    # Name servers of namespaces are files there.
    os.makedirs('/run/etc/work')
    os.makedirs('/run/etc/upper')
    if libc.mount(b'overlay', b'/etc', b'overlay', 0, b'lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work') < 0:
        raise SystemExit('campaign: cannot make a copy of /etc')
    # A sandbox hides what it finds in the home of its user: the one of the machine is not looked at.
    with open('/etc/passwd') as f:
        accounts = f.read()
    with open('/etc/passwd', 'w') as f:
        f.write(re.sub(r'^([^:]*:[^:]*:0:.*:)[^:]*(:[^:]*)$', r'\1/mnt/root\2', accounts, flags=re.M))
    # What mount(8), umount(8) and ip(8) leave is not what is looked for.
    os.mkdir('/run/mount')
    # ip netns makes it a mount point at its first use; later runs find the same place.
    if shared and libc.mount(b'none', b'/', None, MS_REC | MS_SHARED, None) < 0:
        raise SystemExit('campaign: cannot share the mounts')
    subprocess.run(['ip', 'netns', 'add', 'first'], check=True)
    subprocess.run(['ip', 'netns', 'delete', 'first'], check=True)
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    return directory
