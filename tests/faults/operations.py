# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main operations of the four tools, each with what shows that it was done.

`run` is a command; {x} is the tool. `before` makes the place that it works on, `done` is
true once it has done its work, `after` undoes the work, so that the next run finds the
same place. All of them are lines of the shell, run in a directory of their own, where
$T is a process in a mount, pid, uts and network namespace of its own, and the container "box" of
crun, $U one in a user namespace of its own as well, $HOST a file that only the outside has, and $XNETNS xnetns, for what is no part of `run`.

An operation without `done` has its output as its only effect. /mnt has the probe, a root for
containers ("box"), a filter of system calls and the homes of root and of an ordinary user; $NS are the namespaces outside,
$LIMIT is a limit by a control group, if there can be one.
"""

from dataclasses import dataclass


@dataclass
class Operation:
    name: str
    tool: str
    run: str
    before: str = ':'
    done: str = ''
    after: str = ':'
    short: bool = False     # part of the short campaign
    asks: str = ''          # netlink requests of these types are part of it, PROTOCOL.TYPE
    collect: str = ''       # `xnetns gc`, where a kill may leave what it is for
    confined: bool = False  # its output is how it is confined: this and nothing less


def uncover(names):
    """Unmounts namespaces from files; once more where a look at one of them had kept it busy."""
    return (f'for f in {names}; do umount $f 2>/dev/null || [ "$(stat -f -c %T $f)" != nsfs ] ||'
            ' { sleep 0.5; umount $f; }; done; :')


def on_terminal(command):
    """Runs it on a terminal, with its standard error apart, by which it is judged."""
    return f'script -qec "{command} 2>words" /dev/null; code=$?; cat words >&2; exit $code'


WIRED = ('ip netns add two; ip link add xn-two group 30830 type veth peer name eth0 netns two; ip link set xn-two up;'
         ' ip addr add 10.171.0.1/30 dev xn-two; ip -n two addr add 10.171.0.2/30 dev eth0; ip -n two link set eth0 up')
# That it is written down, and is so.
LED = ('[ "$(cat /run/xnetns/ports/*/two | tr "\\n" ,)" = "tcp * 8080 10.171.0.2 80,udp * 53 10.171.0.2 53," ]'
       ' && nft list map inet xnetns pub4 | tr -d "\\n\\t " | grep -q "{{udp.53:10.171.0.2.53,tcp.8080:10.171.0.2.80}}"'
       ' && [ "$(cat /proc/sys/net/ipv4/conf/xn-two/route_localnet)" = 1 ]'
       ' && [ "$(nft list table inet xnetns | grep -c "xnetns 5")" = 26 ]')
PUBLISHED = WIRED + '; "$XNETNS" publish -q two 8080:80 53:53/udp'
UNNAMED = 'ip -a netns delete; rm -rf /run/xnetns'
GC = '"$XNETNS" gc'
UNWIRED = ('ip link del xn-two; ip -a netns delete; rm -rf /run/xnetns;'
           ' nft "add table inet xnetns; delete table inet xnetns"')


def connected(name, link, routes):
    """That a link is up and has addresses and routes of both families."""
    return (f'[ "$(ip -n {name} -o addr show {link} up scope global | wc -l)" = 2 ] && '
            f'[ "$( (ip -n {name} -4 route; ip -n {name} -6 route) | grep -c "{link} proto static")" = {routes} ]')


BRIDGED = ' && '.join([connected('two', 'to-one', 2), connected('three', 'to-one', 2),
                       '[ "$(ip -n one -o link show master br0 up | wc -l)" = 2 ]',
                       '[ "$( (ip -n one -4 route; ip -n one -6 route) | grep -c "xn-.* proto static")" = 4 ]',
                       '[ "$( (ip -n one -4 route; ip -n one -6 route) | grep -c "br0 proto static")" = 2 ]'])


def operations():
    loopback = 'sh -c "ip -o link show up | cut -d: -f2"'
    # Without this capability xlsns does not look into the mount namespaces of other places,
    # where things come and go.
    view = 'nsenter --net=/run/netns/view'
    x = 'setpriv --bounding-set=-sys_admin {x} --bpf=never'
    router = ('ip netns add view; ip -n view link add wan0 type veth peer name wan1; ip -n view link set wan0 up; '
              'ip -n view addr add 192.0.2.1/24 dev wan0; ip -n view route add default via 192.0.2.2')
    wired = ('ip -n one route | grep -q ^default && ip -n one addr show eth0 up | grep -q 10.171 && '
             'ip -n one addr show lo up | grep -q 127.0.0.1 && ip -n view -d link show xn-one up | grep -q "alias one" && '
             'ip netns exec view nft list table inet xnetns | grep -q masquerade && '
             'ip netns exec view sh -c "grep -q 1 /proc/sys/net/ipv4/conf/xn-one/forwarding && '
             'grep -q 1 /proc/sys/net/ipv4/conf/wan0/forwarding"')
    unwired = 'ip -n view link del xn-one 2>/dev/null; ip -a netns delete; rm -rf /run/xnetns'
    plain = 'setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all'
    box = '{x} --container=/mnt/box -- /probe container "$NS" w:/new w:/tmp/new w:/sys/new w:/proc/sysrq-trigger w:"$HOST" 7</'

    more = ("--setup='exec >/dev/null; ip link add one type dummy || :' --final-user=current --pty --rlimit=nofile=99 "
            "$LIMIT -- /probe")

    def sandbox(home, how='', more=''):
        return (f'cd {home}/project && HOME={home} {how} {{x}} --sandbox --rw=. --protect=.git --protect=.env {more} '
                f'-- /mnt/probe sandbox "$NS" w:file w:new w:.git/config w:.git/new w:.env w:{home}/new w:/etc/new w:/tmp/new '
                f'w:/var/tmp/new w:/run/new w:"$HOST" r:{home}/.ssh/id 7</')

    return [
        # xunshare
        Operation('container', 'xunshare', box, short=True, confined=True),
        Operation('container of a user', 'xunshare', f'{plain} {box}', confined=True),
        Operation('container and more', 'xunshare', box.replace('-- /probe', more), confined=True),
        Operation('container with a filter', 'xunshare', box.replace('-- /probe', '--seccomp=/mnt/filter -- /probe'),
                  confined=True),
        Operation('sandbox', 'xunshare', sandbox('/mnt/root'), confined=True),
        Operation('sandbox of a user', 'xunshare', sandbox('/mnt/user', plain), short=True, confined=True),
        Operation('sandbox with a filter, of a user', 'xunshare', sandbox('/mnt/user', plain, '--seccomp=/mnt/filter'), confined=True),
        Operation('sandbox and more', 'xunshare', sandbox('/mnt/root', more='--hide=file --seccomp=strict --landlock=fs:rx:/ '
                  '--landlock=net --pty --new-session --timeout=9 --rlimit=nofile=99 --setenv=NEW=1 $LIMIT'), confined=True),
        Operation('sandbox with a network', 'xunshare', f'{view} true && ' + sandbox('/mnt/root', f'{view} env', '--pasta'),
                  before=router, after='ip -a netns delete', confined=True),
        Operation('user namespace', 'xunshare', '{x} -Ur id -u', short=True),
        Operation('pid namespace', 'xunshare', "{x} -Urpf --mount-proc sh -c 'echo $$; ls -d /proc/[0-9]*'",
                  short=True),
        Operation('pid namespace of a user', 'xunshare', f"{plain} {{x}} -Urpf --mount-proc sh -c 'echo $$; ls -d /proc/[0-9]*'"),
        Operation('pid 1', 'xunshare', "{x} -Urp --init --mount-proc sh -c 'echo $PPID'"),
        Operation('exit status', 'xunshare', "{x} -Urpf sh -c 'exit 7' || [ $? = 7 ] && echo seven"),
        Operation('all types', 'xunshare',
                  "{x} -Urmuinpf --cgroup --mount-proc --hostname=box sh -c 'hostname; echo $$'"),
        Operation('as root', 'xunshare', "{x} -muinpf --mount-proc sh -c 'echo $$; ls /proc/self/fd | wc -l'"),
        Operation('clock', 'xunshare', "{x} -UrTf --boottime=1000000 awk '{{print ($1 > 1000000)}}' /proc/uptime"),
        Operation('root', 'xunshare', '{x} -Ur -R /usr -w /share pwd -P'),
        Operation('mounts', 'xunshare', "{x} -Urmpf --tmpfs=/:ro --ro-bind=/usr --symlink=usr/bin:/bin --symlink=usr/lib:/lib "
                  "--symlink=usr/lib64:/lib64 --mount-dev --mount-proc --bind=/usr:/x/y sh -c "
                  "'ls -d /*; grep -c . /proc/mounts; ls /dev | wc -l; touch /usr/new /new 2>&1; echo $$'"),
        Operation('overlay', 'xunshare', "{x} -Urm --pivot-root=/usr:ro --tmp-overlay=/ --dir=/a/b -w /a/b sh -c "
                  "'pwd; ls -d /a /etc; touch /share/new; ls /share/new'"),
        Operation('limits of privilege', 'xunshare', '{x} -U --map-users=0:0:1 --map-groups=0:0:1 --keep-caps -S 0 -G 0 '
                  'sh -c "id -G; cat /proc/self/uid_map"'),
        # Where a rule were lost, the file would be made.
        Operation('landlock', 'xunshare', "{x} --landlock=fs:rx:/ --landlock=net sh -c 'touch new 2>&1; echo $?'"),
        Operation('landlock inside', 'xunshare', "{x} -Urmpf --tmpfs=/ --ro-bind=/usr --symlink=usr/bin:/bin "
                  "--symlink=usr/lib:/lib --symlink=usr/lib64:/lib64 --mount-proc --tmpfs=/mnt "
                  "--landlock=fs:rx:/usr --landlock=fs:rw:/mnt --landlock=scope sh -c "
                  "'touch /mnt/new /new 2>&1; ls /mnt; ls / 2>&1 || :'"),
        Operation('id ranges', 'xunshare', '{x} -U --map-users=0:0:10 --map-groups=0:0:10 cat /proc/self/uid_map'),
        Operation('kept uts', 'xunshare', '{x} --uts=k true', before=': >k',
                  done='[ "$(stat -f -c %T k)" = nsfs ]', after=uncover('k'), short=True),
        Operation('kept three', 'xunshare', '{x} --uts=k --ipc=l --net=m true', before=': >k; : >l; : >m',
                  done='[ "$(stat -f -c %T k l m | sort -u)" = nsfs ]',
                  after=uncover('k l m')),
        Operation('kept user and mount', 'xunshare', '{x} -r --user=k --mount=l true', before=': >k; : >l',
                  done='[ "$(stat -f -c %T k l | sort -u)" = nsfs ]',
                  after=uncover('k l')),
        Operation('terminal', 'xunshare', on_terminal("{x} -Urpf --mount-proc --pty sh -c 'tty; echo /proc/[0-9]*; ls /proc/self/fd | wc -l'")),
        Operation('time limit', 'xunshare', "{x} -Urpf --timeout=9:1 --new-session --kill-child=TERM sh -c 'echo $$'"),
        Operation('loopback', 'xunshare', f'{{x}} -r --lo {loopback}'),
        Operation('joined network', 'xunshare', f"{{x}} --join-net=two -m sh -c '{loopback}; ls /proc/self/fd | wc -l'",
                  before='ip netns add two; ip -n two link add one up type dummy', after='ip -a netns delete'),
        Operation('pasta', 'xunshare', f'{view} {{x}} -r --pasta {loopback}', before=router, after='ip -a netns delete'),
        Operation('reports', 'xunshare', "{x} -Urpf --status-fd=3 --ready-fd=4 --block-fd=5 sh -c 'echo $$' 3>&1 4>&1 5</"
                  "etc/hostname; cat"),
        Operation('files', 'xunshare', "{x} -Urmni --tmpfs=/srv --file=7:/srv/file --dir=/srv/x --overlay=/usr:/etc:/srv/x "
                  "--mount-mqueue=/srv/y --mount-sys=ro --hide=/mnt/root --protect=/srv/file sh -c 'cat /srv/file; "
                  "echo more >>/srv/file; ls -d /srv/*/hosts; ls /mnt/root; ls /sys' 2>&1 7</etc/hostname"),
        Operation('dry run', 'xunshare', '{x} -Urpf --mount-proc --dry-run true'),
        Operation('explain', 'xunshare', '{x} -Urpf --mount-proc --explain=json true'),
        # A fault is a state of the machine that a line may tell of; that no line is lost is judged.
        Operation('check', 'xunshare', "{x} --check >lines; [ $? -le 1 ] && "
                  "awk '$1 ~ /^(ok|limited|no)$/ {{print $2}}' lines"),
        # xnsenter
        Operation('enter', 'xnsenter', '{x} -t $T -- sh -c "hostname; id -u; ls -d $HOST"', short=True),
        Operation('enter all', 'xnsenter', '{x} -t $T -a -- sh -c "hostname; ls -d /proc/1"'),
        Operation('enter all as a user', 'xnsenter', f"{plain} {{x}} -t $(cat pid) -a -- sh -c 'hostname; id -u; ls -d /proc/1'",
                  before=f"{plain} unshare -Urmpun --fork --mount-proc --kill-child sh -c 'hostname den; exec sleep 1000' "
                  '>/dev/null 2>&1 & echo $! >outer; until pid=$(cat /proc/$!/task/$!/children) && '
                  '[ "$(cat /proc/${pid% }/comm)" = sleep ]; do sleep 0.02; done; echo $pid >pid', after='kill $(cat outer)'),
        Operation('enter uts', 'xnsenter', '{x} -t $T -u hostname'),
        Operation('enter like', 'xnsenter', '{x} -t $T --like-target -- sh -c "hostname; ulimit -n; nice; '
                  'grep -E \'^(Cap|NoNew|Groups)\' /proc/self/status; cat /proc/self/oom_score_adj"', short=True),
        Operation('enter dropped', 'xnsenter', '{x} -t $T --drop-caps all -- grep ^Cap /proc/self/status'),
        Operation('enter environment', 'xnsenter', '{x} -t $T --env -- sh -c \'echo "$MARK"\''),
        Operation('enter directory', 'xnsenter', '{x} -t $T --wd=/usr -- pwd'),
        Operation('enter plan', 'xnsenter', '{x} -t $T --plan'),
        Operation('enter tools', 'xnsenter', '{x} -t $T --tools -- sh -c "hostname"'),
        Operation('enter with time', 'xnsenter', '{x} -t $T --timeout=9 -- hostname'),
        Operation('enter network', 'xnsenter', f'{{x}} -t $T -n -- {loopback}'),
        Operation('enter host root', 'xnsenter', '{x} -t $T --host-root=/mnt/box -- sh -c "hostname; ls /mnt/box/mnt"'),
        Operation('enter terminal', 'xnsenter', on_terminal("{x} -t $T --pty -- sh -c 'tty; hostname'")),
        Operation('enter container', 'xnsenter', '{x} -t container:box --like-target -- sh -c "hostname; ulimit -n"'),
        Operation('enter account', 'xnsenter', '{x} -t $T -S nobody --clean-env --keep-fd=7 -- sh -c "id; cat <&7" 7</etc/hostname'),
        # A child that was given up may still be seen: the tracer learns of its end before its maker does.
        Operation('enter user', 'xnsenter', '{x} -t $U -- sh -c "hostname; id -u; cat /proc/1/comm"'),
        Operation('enter user like', 'xnsenter', '{x} -t $U --like-target --env -- sh -c "hostname; id -u; cat /proc/self/limits; echo $MARK"'),
        Operation('enter user tools', 'xnsenter', '{x} -t $U --tools -- hostname'),
        Operation('enter user parent', 'xnsenter', '{x} -t $U -u --user-parent -- sh -c "hostname; cat /proc/self/uid_map"'),
        # xlsns
        Operation('list', 'xlsns', x, short=True),
        Operation('list all columns', 'xlsns', x + ' --output-all'),
        Operation('list json', 'xlsns', x + ' -J'),
        Operation('list of one', 'xlsns', x + ' -p $T'),
        Operation('holders', 'xlsns', x + ' --holders $(readlink /proc/$T/ns/uts | tr -dc 0-9)'),
        Operation('compare', 'xlsns', '{x} --compare $$ $T; [ $? = 1 ]'),
        Operation('pid map', 'xlsns', x + ' --pid-map $T'),
        # The injector is in there, with words that differ from run to run.
        Operation('pid tree', 'xlsns', x + ' --pid-tree >tree; code=$?; grep -v -e inject -e sh -e xlsns tree; exit $code'),
        Operation('propagation', 'xlsns', x + ' --propagation=$T'),
        Operation('graph', 'xlsns', x + ' --graph=dot'),
        Operation('containers', 'xlsns', x + ' --containers'),
        Operation('metrics', 'xlsns', x + ' --metrics'),
        Operation('page', 'xlsns', x + ' --graph=html >page; code=$?; grep -v -e inject -e xlsns page; exit $code'),
        Operation('persistent', 'xlsns', x + ' -P -t net', before='ip netns add two', after='ip -a netns delete'),
        Operation('list json flat', 'xlsns', x + ' -J -l --output-all'),
        Operation('filter', 'xlsns', x + " -Q 'TYPE == \"net\" && NPROCS > 0' -o NS,TYPE,NPROCS"),
        # xnetns
        Operation('add', 'xnetns', '{x} add one', done='[ "$(stat -f -c %T /run/netns/one)" = nsfs ]',
                  after='umount -l /run/netns/one 2>/dev/null; rm -rf /run/netns/one /run/xnetns', short=True,
                  collect=GC),
        Operation('delete', 'xnetns', '{x} delete two', before='ip netns add two', done='! [ -e /run/netns/two ]',
                  after='umount -l /run/netns/two 2>/dev/null; rm -rf /run/netns/two /run/xnetns', short=True,
                  collect=GC),
        Operation('delete all', 'xnetns', '{x} -a delete', before='ip netns add two; ip netns add three',
                  done='[ -z "$(ls /run/netns)" ]', after='ip -a netns delete'),
        Operation('names', 'xnetns', '{x} list', before='ip netns add two; ip netns add three',
                  after='ip -a netns delete', short=True),
        Operation('names json', 'xnetns', '{x} -j list', before='ip netns add two; ip netns add three',
                  after='ip -a netns delete'),
        Operation('exec', 'xnetns', '{x} exec two ls /sys/class/net', before='ip netns add two',
                  after='ip -a netns delete'),
        # Its own name servers, or no program.
        Operation('run', 'xnetns', "{x} run --net none --dns 192.0.2.7 -- sh -c 'cat /etc/resolv.conf; ls /sys/class/net'"),
        Operation('run of a user', 'xnetns', f"{plain} {{x}} run --net none --dns 192.0.2.7 -- "
                  "sh -c 'cat /etc/resolv.conf; ls /sys/class/net; id -u'", short=True),
        Operation('run with a network', 'xnetns', f"{view} {{x}} run -q --dns none -- sh -c '{loopback}; ip route'", before=router,
                  done='! ip -n view link | grep -q xn-', after=unwired, collect=f'{view} {GC}'),
        Operation('run with pasta', 'xnetns', f"{view} {{x}} run -q --net pasta --dns none -- {loopback}", before=router,
                  after=unwired),
        Operation('exec as a user', 'xnetns', '{x} exec two -u nobody sh -c "id; ls /sys/class/net"', before='ip netns add two',
                  after='ip -a netns delete'),
        Operation('exec in all', 'xnetns', f'{{x}} --all exec {loopback}', before='ip netns add two; ip netns add three',
                  after='ip -a netns delete'),
        Operation('who', 'xnetns', '{x} who two', before='ip netns add two; ip netns exec two sleep 60 >/dev/null 2>&1 & echo $! >pid; '
                  'until [ "$(cat /proc/$(cat pid)/comm)" = sleep ]; do sleep 0.02; done',
                  after='kill $(cat pid); ip -a netns delete'),
        Operation('batch', 'xnetns', 'printf "add one\nset one 7\nexec one cat\nlist\ndel one\n" >file; {view} {x} -b file'.replace(
                  '{view}', view), before='ip netns add view', done='[ "$(ls /run/netns)" = view ]', after='ip -a netns delete'),
        # The relay ends by a signal, as somebody would end it.
        Operation('forward', 'xnetns', 'mkfifo ready; {x} forward -q two 0:80 --ready-fd 9 9>ready & exec <ready; read -r line; '
                  'kill -TERM $(cat /proc/$!/task/$!/children); wait $!; code=$?; echo "$line"; [ $code = 143 ] || exit $code',
                  before='ip netns add two', after='ip -a netns delete'),
        Operation('forward in', 'xnetns', 'mkfifo ready; {x} forward --in -q two 8080 --ready-fd 9 9>ready & exec <ready; read -r line; '
                  'kill -TERM $(cat /proc/$!/task/$!/children); wait $!; code=$?; echo "$line"; [ $code = 143 ] || exit $code',
                  before='ip netns add two', after='ip -a netns delete'),
        Operation('pids', 'xnetns', '{x} pids two',
                  before='ip netns add two; ip netns exec two sleep 60 >/dev/null 2>&1 & echo $! >pid; '
                  'until [ "$(cat /proc/$(cat pid)/comm)" = sleep ]; do sleep 0.02; done',
                  after='kill $(cat pid); ip -a netns delete'),
        Operation('identify', 'xnetns', '{x} identify $$', before='ip netns add two', after='ip -a netns delete'),
        Operation('attach', 'xnetns', '{x} attach here $T', done='[ "$(stat -f -c %T /run/netns/here)" = nsfs ]',
                  after='umount -l /run/netns/here 2>/dev/null; rm -f /run/netns/here'),
        # Numbers of a network namespace that is dying are in use for a while: each run has a
        # network namespace of its own to give them in.
        Operation('set', 'xnetns', f'{view} {{x}} set two 7', before='ip netns add two; ip netns add view',
                  done=f'{view} ip netns list-id | grep -q "nsid 7"', after='ip -a netns delete'),
        # Ports, of a namespace that is wired by hand.
        Operation('publish', 'xnetns', '{x} publish -q two 8080:80 53:53/udp', before=WIRED, done=LED, after=UNWIRED,
                  collect=GC),
        Operation('publish once more', 'xnetns', '{x} publish -q two 8080:80 53:53/udp', before=PUBLISHED, done=LED,
                  after=UNWIRED),
        Operation('unpublish', 'xnetns', '{x} unpublish -q two --all', before=PUBLISHED,
                  done='! nft list table inet xnetns | grep -q 10.171.0.2 && ! ls /run/xnetns/ports/*/two && '
                  '[ "$(cat /proc/sys/net/ipv4/conf/xn-two/route_localnet)" = 0 ]', after=UNWIRED,
                  collect=GC, asks=r'0\.26'),
        Operation('ports', 'xnetns', '{x} publish', before=PUBLISHED, after=UNWIRED),
        # As a host: a network namespace with a link that leads out.
        Operation('up', 'xnetns', f'{view} {{x}} up one -q --dns none', before=router, done=wired, after=unwired,
                  short=True, collect=f'{view} {GC}'),
        Operation('up isolated', 'xnetns', f'{view} {{x}} up one -q --net isolated --ip4 10.9.0.2/30', before=router,
                  done='ip -n one addr show eth0 up | grep -q 10.9.0.2/30 && ip -n view addr show xn-one up | grep -q 10.9.0.1/30',
                  after=unwired),
        Operation('up of a peer', 'xnetns', f'{view} {{x}} up one -q --net peer=two', before=f'{router}; ip netns add two',
                  done='ip -n one addr show eth0 up | grep -q 10.171 && ip -n two addr show xn-one up | grep -q 10.171',
                  after=unwired),
        Operation('second up', 'xnetns', f'{view} {{x}} up one -q --dns none',
                  before=f'{router}; {view} $XNETNS up one -q --dns none; ip -n one route del default; ip -n one link set lo down',
                  done=wired, after=unwired),
        Operation('down', 'xnetns', f'{view} {{x}} down one -q', before=f'{router}; {view} $XNETNS up one -q --dns none',
                  done='! [ -e /run/netns/one ] && ! ip -n view link show xn-one && '
                  '! ip netns exec view nft list table inet xnetns && [ -z "$(find /run/xnetns -type f)" ]',
                  after=unwired, short=True, collect=f'{view} {GC}'),
        Operation('down all', 'xnetns', f'{view} {{x}} down --all -q',
                  before=f'{router}; {view} $XNETNS up one -q --dns none; {view} $XNETNS up two -q --dns none',
                  done='[ "$(ls /run/netns)" = view ] && ! ip -n view link | grep -q xn-', after=unwired),
        # What is left of a namespace that others have deleted. What cannot be mended is a finding.
        Operation('gc', 'xnetns', f'{view} {{x}} gc >out; code=$?; cat out; grep -e FAIL -e skip out >&2; exit $code',
                  before=f'{router}; {view} $XNETNS up one -q --dns none; ip -n view link del xn-one; ip netns del one',
                  done='! ip netns exec view nft list table inet xnetns && [ -z "$(find /run/xnetns -type f)" ]',
                  after=unwired, collect=f'{view} {GC}', asks=r'12\.2561'),
        Operation('doctor', 'xnetns', f'{view} {{x}} doctor >out; code=$?; cat out; grep skip out >&2; [ $code -le 1 ]',
                  before=f'{router}; {view} $XNETNS up one -q --dns none; ip -n view link del xn-one; ip netns del one',
                  after=unwired),
        Operation('doctor fix', 'xnetns', f'{view} {{x}} doctor --fix >out; code=$?; cat out; grep -e FAIL -e skip out >&2; exit $code',
                  before=f'{router}; {view} $XNETNS up one -q --dns none; ip -n view link del xn-one; ip netns del one',
                  done='! ip netns exec view nft list table inet xnetns && [ -z "$(find /run/xnetns -type f)" ]',
                  after=unwired, collect=f'{view} {GC}'),
        # Nobody answers outside: that is told, and nothing else is wrong. What is not known is a line.
        Operation('test', 'xnetns', f'{view} {{x}} test one --timeout 1 >out; code=$?; cat out; grep ^skip out >&2; [ $code -le 1 ]',
                  before=f'{router}; {view} $XNETNS up one -q --dns none', after=unwired, asks=r'0\.(26|90)'),
        Operation('up with ports', 'xnetns', f'{view} {{x}} up one -q --dns 192.0.2.7 -p 8080:80', before=router,
                  done=f'{wired} && ip netns exec view nft list map inet xnetns pub4 | grep -q 8080 && grep -q 192.0.2.7 /etc/netns/one/resolv.conf',
                  after=f'{view} $XNETNS down one -q; {unwired}', collect=f'{view} {GC}'),
        Operation('up of a bridge', 'xnetns', f'{view} {{x}} up one -q --net bridge=br7 --ip4 10.9.0.2/24 --dns none',
                  before=f'{router}; ip -n view link add br7 up type bridge',
                  done='ip -n one addr show eth0 up | grep -q 10.9.0.2/24 && ip -n view link show xn-one | grep -q "master br7"',
                  after=unwired, collect=f'{view} {GC}'),
        Operation('up of a device', 'xnetns', f'{view} {{x}} up one -q --net host-dev=dev7 --ip4 10.9.0.2/24 --dns none',
                  before=f'{router}; ip -n view link add dev7 type veth peer name dev8',
                  done='ip -n one addr show dev7 up | grep -q 10.9.0.2/24 && ! ip -n view link show dev7', after=unwired,
                  collect=f'{view} {GC}'),
        Operation('down of a device', 'xnetns', f'{view} {{x}} down one -q',
                  before=f'{router}; ip -n view link add dev7 type veth peer name dev8; '
                  f'{view} $XNETNS up one -q --net host-dev=dev7 --ip4 10.9.0.2/24 --dns none',
                  done='! [ -e /run/netns/one ] && ip -n view link show dev7', after=unwired, collect=f'{view} {GC}'),
        Operation('up dry', 'xnetns', f'{view} {{x}} up one --dry-run --dns none', before=router, after=unwired),
        Operation('connect', 'xnetns', '{x} connect -q two three', before='ip netns add two; ip netns add three',
                  done=connected('two', 'to-three', 2) + ' && ' + connected('three', 'to-two', 2), after=UNNAMED),
        Operation('disconnect', 'xnetns', '{x} disconnect -q two three',
                  before='ip netns add two; ip netns add three; "$XNETNS" connect -q two three',
                  done='! ip -n two link show to-three && ! ip -n three link show to-two', after=UNNAMED),
        Operation('bridge', 'xnetns', '{x} bridge -q one add two three', before='ip netns add two; ip netns add three',
                  done=BRIDGED, after=UNNAMED),
        Operation('bridge once more', 'xnetns', '{x} bridge -q one add two three',
                  before='ip netns add two; ip netns add three; "$XNETNS" bridge -q one add two three; '
                  'ip -n two -4 addr flush dev to-one; ip -n one link set xn-three nomaster', done=BRIDGED,
                  after=UNNAMED),
        Operation('bridge ports', 'xnetns', '{x} bridge one',
                  before='ip netns add two; "$XNETNS" bridge -q --ip4 192.0.2.1/24 --ip6 off one add two',
                  after=UNNAMED),
        Operation('bridge del', 'xnetns', '{x} bridge -q one del two',
                  before='ip netns add two; "$XNETNS" bridge -q one add two', done='! ip -n one link show xn-two',
                  after=UNNAMED),
        Operation('bridge delete', 'xnetns', '{x} bridge -q one delete',
                  before='ip netns add two; "$XNETNS" bridge -q one add two', done='! [ -e /run/netns/one ]',
                  after=UNNAMED),
        Operation('list-id', 'xnetns', f'{view} {{x}} list-id',
                  before=f'ip netns add two; ip netns add view; {view} ip netns set two 7',
                  after='ip -a netns delete'),
    ]
