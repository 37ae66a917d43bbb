# SPDX-License-Identifier: LGPL-2.1-or-later
"""Packages and roots of other Debian suites, unpacked into a cache, never installed.

apt gets a separate configuration, with the mirror of this machine's Debian and another
suite. If something cannot be had, Missing is raised with the reason, with which the tests
are then skipped.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess

KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'


class Missing(Exception):
    pass


def run(argv, what, **more):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **more)
    text = done.stdout.decode(errors='replace')
    if done.returncode:
        raise Missing(f'{what}: {(text.strip().splitlines() or ["no reason"])[-1]}')
    return text


def mirror():
    """Where this machine has its Debian from."""
    if os.environ.get('LIBNS_HOST_OFFLINE'):
        raise Missing('nothing was to be fetched')
    if not shutil.which('apt-get') or not os.path.exists(KEYRING):
        raise Missing('no Debian here to ask for packages')
    text = run(['apt-get', 'indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(SITE)'],
               'the sources of apt cannot be read')
    sites = [line.split('|')[2] for line in text.splitlines() if line.startswith('Debian|Debian|')]
    if not sites:
        raise Missing('no Debian mirror is configured here')
    return sites[0]


class Suite:
    def __init__(self, name, cache):
        self.name, self.top = name, os.path.join(cache, name)
        self.conf = os.path.join(self.top, 'apt.conf')
        os.makedirs(self.top, exist_ok=True)
        # Until this process ends: two that fetch the same would be in each other's way.
        self.lock = open(os.path.join(self.top, 'lock'), 'w')
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def release(self):
        self.lock.close()

    def apt(self, *argv, cwd=None):
        return run(['apt-get', '-q', '-c', self.conf, *argv], f'apt-get {argv[0]} for {self.name}',
                   cwd=cwd)

    def prepare(self):
        """An index of the suite."""
        if os.path.exists(os.path.join(self.top, 'ready')):
            return
        site = mirror()
        for name in ('lists/partial', 'archives/partial', 'debs', 'roots'):
            os.makedirs(os.path.join(self.top, name), exist_ok=True)
        with open(os.path.join(self.top, 'sources.list'), 'w') as file:
            file.write(f'deb [signed-by={KEYRING}] {site} {self.name} main\n')
        with open(self.conf, 'w') as file:
            file.write(f'Dir::Etc::SourceList "{self.top}/sources.list";\n'
                       'Dir::Etc::SourceParts "-";\n'
                       f'Dir::State::Lists "{self.top}/lists";\n'
                       f'Dir::Cache::Archives "{self.top}/archives";\n'
                       'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
                       'Acquire::Languages "none";\nAPT::Sandbox::User "root";\n')
        self.apt('update')
        open(os.path.join(self.top, 'ready'), 'w').close()

    def unpack(self, *packages):
        """The directory into which these packages are unpacked."""
        root = os.path.join(self.top, 'roots', '+'.join(packages))
        if os.path.isdir(root):
            return root
        self.prepare()
        debs = os.path.join(self.top, 'debs')
        half = root + '.half'
        shutil.rmtree(half, ignore_errors=True)
        for package in packages:
            self.apt('download', package, cwd=debs)
            found = [name for name in os.listdir(debs) if name.startswith(package + '_')]
            run(['dpkg', '-x', os.path.join(debs, sorted(found)[-1]), half],
                f'{package} of {self.name} cannot be unpacked')
        os.rename(half, root)
        return root

    def depends(self, package, pattern):
        """The dependencies of a package that match, as of a kernel behind its meta package."""
        self.prepare()
        text = run(['apt-cache', '-c', self.conf, 'depends', package],
                   f'{package} is not known in {self.name}')
        found = re.findall(r'^ *\|?Depends: (\S+)', text, re.M)
        return [name for name in found if re.fullmatch(pattern, name)]

    def bootstrap(self, packages):
        """A root with these packages beside the smallest set."""
        # Another list is another root.
        root = os.path.join(self.top, 'root-' + hashlib.sha256(' '.join(packages).encode()).hexdigest()[:8])
        if os.path.exists(os.path.join(root, 'usr')):
            return root
        if not shutil.which('debootstrap'):
            raise Missing('debootstrap is not installed')
        half = root + '.half'
        shutil.rmtree(half, ignore_errors=True)
        # In a mount namespace: its procfs would be one that is covered by nothing.
        run(['unshare', '-m', '--propagation', 'private',
             'debootstrap', '--variant=minbase', f'--keyring={KEYRING}', f'--include={",".join(packages)}', self.name, half, mirror()],
            f'debootstrap {self.name}')
        os.rename(half, root)
        return root
