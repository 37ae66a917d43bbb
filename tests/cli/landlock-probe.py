# SPDX-License-Identifier: LGPL-2.1-or-later
# Tries what rules of Landlock may refuse, for xunshare-landlock.bats. Each argument is
# WORD=VALUE; what came of it is printed: "ok", or the name of an errno. With "listen=PATH" it
# is what is outside the rules: it listens everywhere, and runs the command that follows.
import ctypes
import errno
import fcntl
import os
import socket
import stat
import subprocess
import sys
import termios


def opened(path, flags):
    os.close(os.open(path, flags))


def ioctl(path):
    fd = os.open(path, os.O_RDONLY)
    fcntl.ioctl(fd, termios.TCGETS, bytes(64))


def tcp(call, port):
    with socket.socket() as s:
        getattr(s, call)(("127.0.0.1", int(port)))


def udp(port):
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.sendto(b"x", ("127.0.0.1", int(port)))


def unix(name):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(name)


def run(path):
    os.waitpid(os.posix_spawn(path, [path, "true"], {}), 0)


def mount(path):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", path.encode(), b"tmpfs", 0, None) < 0:
        raise OSError(ctypes.get_errno(), "mount")


def make_sock(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)


def listen(path):
    listening = [socket.create_server(("127.0.0.1", port)) for port in (80, 443)]
    udp_socket = socket.socket(type=socket.SOCK_DGRAM)
    udp_socket.bind(("127.0.0.1", 53))
    for name in ("\0libns-landlock", path):
        listening.append(socket.socket(socket.AF_UNIX))
        listening[-1].bind(name)
        listening[-1].listen()
    return subprocess.call(sys.argv[2:])


tries = {
    "read-file": lambda v: opened(v, os.O_RDONLY),
    "write-file": lambda v: opened(v, os.O_WRONLY),
    "execute": run,
    "read-dir": os.listdir,
    "remove-dir": os.rmdir,
    "remove-file": os.unlink,
    "make-dir": os.mkdir,
    "make-reg": lambda v: os.mknod(v, stat.S_IFREG | 0o600),
    "make-sock": make_sock,
    "make-fifo": os.mkfifo,
    "make-sym": lambda v: os.symlink("x", v),
    "truncate": lambda v: os.truncate(v, 0),
    "refer": lambda v: os.rename(*v.split(",")),
    "ioctl-dev": ioctl,
    "connect-tcp": lambda v: tcp("connect", v),
    "bind-tcp": lambda v: tcp("bind", v),
    "udp": udp,
    "unix": unix,
    "abstract": lambda v: unix("\0" + v),
    "signal": lambda v: os.kill(int(v) or os.getppid(), 0),
    "mount": mount,
}

if sys.argv[1].startswith("listen="):
    sys.exit(listen(sys.argv[1].split("=", 1)[1]))
for argument in sys.argv[1:]:
    word, value = argument.split("=", 1)
    try:
        tries[word](value)
        print("ok")
    except OSError as error:
        print(errno.errorcode[error.errno])
