#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""recipes.py PACKAGING ROOT PREFIX LIBDIR: what is installed below ROOT is in exactly one package.

Reads debian/*.install, libns.spec and APKBUILD of PACKAGING as their tools would, as far as these
recipes go, and prints what is in no package or in several, and what a recipe names that is not there.
"""

import fnmatch
import os
import re
import sys

# What abuild moves into a subpackage by its name, in the order in which they are named.
APK_SPLITS = {
    'dev': ['usr/include/*', 'usr/lib/pkgconfig/*', 'usr/share/*.[cho]', 'usr/lib/*.so'],
    'doc': ['usr/share/doc/*', 'usr/share/man/*'],
    'static': ['usr/lib/*.a'],
    'bash-completion': ['usr/share/bash-completion/completions/*'],
    'fish-completion': ['usr/share/fish/vendor_completions.d/*'],
    'zsh-completion': ['usr/share/zsh/site-functions/*'],
}


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as file:
        return file.read()


def installed(root, prefix, libdir):
    """Paths as with the prefix /usr and the library in /usr/lib."""
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = '/' + os.path.relpath(os.path.join(folder, name), root)
            if path.startswith(libdir + '/'):
                path = '/usr/lib' + path[len(libdir):]
            elif path.startswith(prefix + '/'):
                path = '/usr' + path[len(prefix):]
            found.append(path.lstrip('/'))
    return sorted(found)


def matches(path, pattern):
    """A pattern that names a folder, or has a star at its end, stands for all below it."""
    return fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, pattern.rstrip('/') + '/*')


def debian(packaging):
    lists = {}
    for name in sorted(os.listdir(os.path.join(packaging, 'debian'))):
        if name.endswith('.install') or name == 'not-installed':
            lines = read(packaging, 'debian', name).splitlines()
            words = [line.split()[0] for line in lines if line.strip() and not line.startswith('#')]
            lists[name] = [word.replace('usr/lib/*/', 'usr/lib/') for word in words]
    return lists


def spec(packaging):
    text = read(packaging, 'libns.spec')
    macros = {'_bindir': 'usr/bin', '_libdir': 'usr/lib', '_includedir': 'usr/include', '_mandir': 'usr/share/man',
              '_datadir': 'usr/share', '_libexecdir': 'usr/libexec', 'name': 'libns', 'soversion': '0'}
    lists = {}
    for name, body in re.findall(r'^%files *(\S*)\n(.*?)(?=^%|\Z)', re.sub(r'^%(license|dir) .*\n', '', text, flags=re.M)
                                 .replace('%{', '\0'), flags=re.M | re.S):
        lists['%files ' + name] = [re.sub('\0(\\w+)}', lambda m: macros[m[1]], line)
                                   for line in body.splitlines() if line.strip()]
    removed = re.findall(r'^rm -r %\{buildroot\}(\S+)$', text, flags=re.M)
    lists['rm'] = [re.sub(r'%\{(\w+)\}', lambda m: macros[m[1]], path) for path in removed]
    return lists


def apk(packaging, files):
    """Here the first package takes it, and the last one what is left."""
    text = read(packaging, 'APKBUILD')
    names = re.search(r'^subpackages="(.*?)"', text, flags=re.M | re.S)[1].split()
    left, lists = list(files), {}
    for name in names:
        name = name.replace('$pkgname-', '')
        own = re.search(r'^' + name + r'\(\) \{(.*?)^\}', text, flags=re.M | re.S)
        patterns = re.search(r'amove (.*)', own[1])[1].split() if own else APK_SPLITS[name]
        lists[name] = [path for path in left if any(matches(path, pattern) for pattern in patterns)]
        left = [path for path in left if path not in lists[name]]
    lists['libns'] = ['usr/lib/libns.so.*']
    return lists


def compare(recipe, files, lists):
    wrong = []
    for path in files:
        owners = [name for name, patterns in lists.items() if any(matches(path, p) for p in patterns)]
        if len(owners) != 1:
            wrong.append(f'{recipe}: {path} is in {", ".join(owners) or "no package"}')
    for name, patterns in lists.items():
        if not patterns:
            wrong.append(f'{recipe}: {name} has no file')
        wrong += [f'{recipe}: {name} names {pattern}, which is not there'
                  for pattern in patterns if not any(matches(path, pattern) for path in files)]
    return wrong


def main():
    packaging, root, prefix, libdir = sys.argv[1:]
    files = installed(root, prefix, libdir)
    wrong = compare('debian', files, debian(packaging))
    wrong += compare('libns.spec', files, spec(packaging))
    wrong += compare('APKBUILD', files, apk(packaging, files))
    print('\n'.join(wrong), end='\n' if wrong else '')
    return 1 if wrong or len(files) < 100 else 0


if __name__ == '__main__':
    sys.exit(main())
