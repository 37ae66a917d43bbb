#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The main jobs of the tools in units of a whole systemd, with the settings by which units
# are confined: each works, or fails with one sentence and a hint that names the setting.
# And names of network namespaces where /, /run and /proc are shared in earnest.

load ../cli/common

setup_file()
{
	[ "${LIBNS_HOST:-}" = systemd ] || skip 'needs tests/hosts/in'
	# Where no setting of a unit hides them, and everybody may read.
	mkdir -p /opt/libns/cmd /opt/libns/lib
	cp "$XUNSHARE" "$XNSENTER" "$XLSNS" "$XNETNS" /opt/libns/cmd
	cp "${XUNSHARE%/*}/../lib/libns.so.0" /opt/libns/lib
	# systemd wants an account; what is written here is gone with this machine.
	echo "$TEST_USER:x:$TEST_UID:$TEST_GID::/:/bin/sh" >>/etc/passwd
	echo "$TEST_USER:x:$TEST_GID:" >>/etc/group
}

setup()
{
	[ "${LIBNS_HOST:-}" = systemd ] || skip 'needs tests/hosts/in'
	XUNSHARE=/opt/libns/cmd/xunshare XNSENTER=/opt/libns/cmd/xnsenter
	XLSNS=/opt/libns/cmd/xlsns XNETNS=/opt/libns/cmd/xnetns
	names=
}

teardown()
{
	cleanup
	for name in $names; do
		ip netns del "$name" 2>/dev/null || :
	done
}

# unit SETTING... -- CMD...: runs CMD as a service with these settings, as `run` does.
unit()
{
	local settings=()
	while [ "$1" != -- ]; do
		settings+=(-p "$1")
		shift
	done
	# systemd expands variables too.
	run systemd-run --quiet --wait --pipe --collect "${settings[@]}" "${@//\$/\$\$}" </dev/null
}

# works SETTING... -- CMD...
works()
{
	unit "$@"
	[ "$status" = 0 ] || fail "exit status $status in a unit with: $*" "$output"
}

# hints WORDS SETTING... -- CMD...: it fails with one sentence, and the hint has the words.
hints()
{
	local words=$1
	shift
	unit "$@"
	[ "$status" = 1 ] || fail "exit status $status in a unit with: $*" "$output"
	one_line
	[[ $output == *$'\n'hint:*"$words"* ]] || fail "no hint with $words in a unit with: $*" "$output"
}

# service NAME SETTING...: a service that stays, and its main process in $started.
service()
{
	local name=$1 settings=()
	shift
	for setting; do
		settings+=(-p "$setting")
	done
	systemd-run --quiet --collect --unit="$name" "${settings[@]}" sleep 1000
	wait_until service_sleeps "$name"
	started=$(systemctl show -P MainPID "$name")
}

service_sleeps()
{
	comm_is "$(systemctl show -P MainPID "$1")" sleep
}

# jobs_of_users SETTING...: what everybody may do works.
jobs_of_users()
{
	works "$@" -- "$XUNSHARE" -Ur id -u
	output_is 0
	works "$@" -- "$XUNSHARE" -Urmpf --mount-proc sh -c 'echo $$; ls /proc | grep -c "^[0-9]*$"'
	[[ ${lines[0]} = 1 ]] || fail "$output"
	works "$@" -- "$XUNSHARE" -Urn --lo sh -c 'ls /sys/class/net >/dev/null && echo there'
	output_is there
	# shellcheck disable=SC2016
	works "$@" -- sh -c '"$1" -Ur sleep 1000 & while ! grep -q sleep /proc/$!/comm; do sleep 0.02; done
		"$2" -t $! id -u; status=$?; kill $!; exit $status' sh "$XUNSHARE" "$XNSENTER"
	output_is 0
	works "$@" -- "$XLSNS" -n -o TYPE
	output_has mnt
	works "$@" -- "$XUNSHARE" --check
}

# jobs_of_root SETTING...: and what needs rights.
jobs_of_root()
{
	works "$@" -- "$XUNSHARE" -mpf --mount-proc sh -c 'echo $$'
	output_is 1
	works "$@" -- "$XNSENTER" -t 1 -u -i true
	works "$@" -- "$XNETNS" list
}

@test "systemd: no setting" {
	jobs_of_users User=root
	jobs_of_root User=root
}

@test "systemd: PrivateMounts" {
	jobs_of_users PrivateMounts=yes
	jobs_of_root PrivateMounts=yes
	service libns-target PrivateMounts=yes
	run -0 "$XNSENTER" -t "$started" -m -- readlink /proc/self/ns/mnt
	output_is "mnt:[$(ns_ino "$started" mnt)]"
	systemctl stop libns-target
}

@test "systemd: PrivateTmp" {
	jobs_of_users PrivateTmp=yes
	jobs_of_root PrivateTmp=yes
	service libns-target PrivateTmp=yes
	run -0 "$XNSENTER" -t "$started" -m -- sh -c 'echo >/tmp/of-the-unit; ls /tmp'
	output_has of-the-unit
	[ ! -e /tmp/of-the-unit ]
	systemctl stop libns-target
}

@test "systemd: PrivateUsers" {
	jobs_of_users PrivateUsers=yes
	works PrivateUsers=yes -- "$XUNSHARE" -m true
	unit PrivateUsers=yes -- "$XNETNS" add a
	[ "$status" = 1 ] || fail "$output"
	one_line
	output_has $'\n'hint:
	[ ! -e /run/netns/a ]
}

@test "systemd: DynamicUser" {
	jobs_of_users DynamicUser=yes
	hints CAP_SYS_ADMIN DynamicUser=yes -- "$XUNSHARE" -u true
}

@test "systemd: RestrictNamespaces" {
	hints RestrictNamespaces= RestrictNamespaces=yes -- "$XUNSHARE" -u true
	hints RestrictNamespaces= RestrictNamespaces=yes -- "$XUNSHARE" -Urpf true
	hints RestrictNamespaces= RestrictNamespaces=yes User=tester -- "$XUNSHARE" -Urm true
	hints RestrictNamespaces= RestrictNamespaces=yes -- "$XNETNS" add a
	service libns-target PrivateNetwork=yes
	hints RestrictNamespaces= RestrictNamespaces=yes -- "$XNSENTER" -t "$started" -n true
	systemctl stop libns-target
	[ ! -e /run/netns/a ]
	# What is allowed works, though the filter knows no clone3.
	works RestrictNamespaces='user mnt pid' -- "$XUNSHARE" -Urmpf --mount-proc true
	hints RestrictNamespaces= RestrictNamespaces='user mnt pid' -- "$XUNSHARE" -Urn true
	works RestrictNamespaces=yes -- "$XLSNS" -n
}

@test "systemd: SystemCallFilter=~@mount" {
	local error
	# Without a number the filter kills. Where xunshare itself mounts, nobody is left to speak.
	hints SystemCallFilter= SystemCallFilter=~@mount SystemCallErrorNumber=EPERM -- "$XUNSHARE" -m true
	for error in SystemCallErrorNumber=EPERM SystemCallErrorNumber=kill; do
		hints SystemCallFilter= SystemCallFilter=~@mount $error -- "$XUNSHARE" -mf true
		hints SystemCallFilter= SystemCallFilter=~@mount $error -- "$XUNSHARE" -Urpf --mount-proc true
		works SystemCallFilter=~@mount $error -- "$XUNSHARE" -Ur id -u
		works SystemCallFilter=~@mount $error -- "$XLSNS" -n
		works SystemCallFilter=~@mount $error -- "$XNSENTER" -t 1 -u -i true
	done
	hints SystemCallFilter= SystemCallFilter=~@mount SystemCallErrorNumber=EPERM -- "$XNETNS" add a
	[ ! -e /run/netns/a ]
}

@test "systemd: SystemCallFilter=@system-service" {
	works SystemCallFilter=@system-service -- "$XUNSHARE" -Ur id -u
	output_is 0
	works SystemCallFilter=@system-service -- "$XLSNS" -n -o TYPE
	output_has mnt
	for how in '' --containers --propagation --holders=/proc/self/ns/net; do
		# shellcheck disable=SC2086
		works SystemCallFilter=@system-service -- "$XLSNS" $how
	done
	hints SystemCallFilter= SystemCallFilter=@system-service -- "$XUNSHARE" -Urmpf true
	unit SystemCallFilter=@system-service -- "$XUNSHARE" --check
	[ "$status" -le 1 ] || fail "exit status $status" "$output"
	[ "${#lines[@]}" -gt 10 ] || fail "$output"
	output_has SystemCallFilter=
}

@test "systemd: RestrictSUIDSGID" {
	jobs_of_users RestrictSUIDSGID=yes
	jobs_of_users RestrictSUIDSGID=yes User=tester
	jobs_of_root RestrictSUIDSGID=yes
	names=a
	works RestrictSUIDSGID=yes -- "$XNETNS" add a
	works RestrictSUIDSGID=yes -- "$XNETNS" exec a true
	works RestrictSUIDSGID=yes -- "$XNETNS" del a
}

@test "systemd: ProtectProc=invisible" {
	works ProtectProc=invisible User=tester -- "$XUNSHARE" -Ur id -u
	works ProtectProc=invisible -- "$XLSNS" -n -o TYPE
	works ProtectProc=invisible User=tester -- "$XLSNS" -v
	output_has hidepid
	hints hidepid ProtectProc=invisible User=tester -- "$XNSENTER" -t 1 -u true
}

@test "systemd: PrivateNetwork and NetworkNamespacePath" {
	jobs_of_users PrivateNetwork=yes
	jobs_of_root PrivateNetwork=yes
	names=a
	"$XNETNS" add a
	works NetworkNamespacePath=/run/netns/a -- "$XNETNS" identify
	output_is a
	works NetworkNamespacePath=/run/netns/a -- readlink /proc/self/ns/net
	output_is "net:[$(stat -L -c %i /run/netns/a)]"
	service libns-target NetworkNamespacePath=/run/netns/a
	run -0 "$XNETNS" pids a
	output_is "$started"
	run -0 "$XNSENTER" -t "$started" -n -- "$XNETNS" identify
	output_is a
	systemctl stop libns-target
	run -0 "$XNETNS" del a
}

# ---------------------------------------------------------------- names

# whole: what must never be covered is not, and no mount of a namespace is left.
whole()
{
	cat /proc/version >/dev/null && run ! grep ' - nsfs ' /proc/self/mountinfo
}

@test "systemd: xnetns add and delete, again and again" {
	names='a b'
	for _ in 1 2 3; do
		run -0 "$XNETNS" add a
		run -0 "$XNETNS" add b
		run -0 "$XNETNS" exec a true
		run -0 "$XNETNS" del a
		run -0 "$XNETNS" del b
		whole
	done
	run -0 "$XNETNS" list
	output_is ''
}

@test "systemd: names are seen from a unit with PrivateMounts, and gone there too" {
	names='a b'
	"$XNETNS" add a
	service libns-target PrivateMounts=yes
	run -0 "$XNSENTER" -t "$started" -m -- "$XNETNS" list
	output_is a
	run -0 "$XNETNS" add b
	run -0 "$XNSENTER" -t "$started" -m -- "$XNETNS" exec b true
	run -0 "$XNETNS" del a
	run -0 "$XNETNS" del b
	run -0 "$XNSENTER" -t "$started" -m -- sh -c 'ls /run/netns; grep " - nsfs " /proc/self/mountinfo || cat /proc/version'
	output_has 'Linux version'
	systemctl stop libns-target
	whole
}

@test "systemd: a unit's own name is said to stay inside, and is taken over by nobody" {
	names='a later'
	"$XNETNS" add later
	service libns-target PrivateMounts=yes
	run "$XNSENTER" -t "$started" -m -- "$XNETNS" add a
	[ "$status" = 0 ] || [[ $output == *hint:* ]] || fail "$output"
	if [ "$status" = 0 ]; then
		output_has 'in this mount namespace only'
		run ! "$XNETNS" exec a true
		run -0 "$XNSENTER" -t "$started" -m -- "$XNETNS" del a
	fi
	run -0 "$XNETNS" exec later true
	systemctl stop libns-target
	run -0 "$XNETNS" del later
	whole
}

@test "systemd: ip netns and xnetns in turn" {
	names='a b c'
	ip netns add a
	run -0 "$XNETNS" add b
	ip netns add c
	run ! ip netns add b
	run ! "$XNETNS" add a
	run -0 ip netns exec b true
	run -0 "$XNETNS" exec a true
	run -0 "$XNETNS" del a
	ip netns del b
	run -0 "$XNETNS" del c
	cat /proc/version
	run -0 ip netns list
	output_is ''
}

@test "systemd: the unit among the examples makes a wired namespace, for others to run in" {
	sed 's|/usr/bin/xnetns|/opt/libns/cmd/xnetns|' "$SOURCE_ROOT/docs/examples/xnetns@.service" \
		>/run/systemd/system/xnetns@.service
	mkdir -p /etc/xnetns
	echo 'OPTIONS=--net isolated --ip6 off --dns none' >/etc/xnetns/wired
	systemctl daemon-reload
	names=wired
	run -0 systemctl start xnetns@wired
	unit NetworkNamespacePath=/run/netns/wired -- ip -brief address show eth0
	status_is 0
	output_has 10.171.
	# What runs inside may end and come again.
	unit NetworkNamespacePath=/run/netns/wired -- true
	status_is 0
	run -0 systemctl stop xnetns@wired
	[ ! -e /run/netns/wired ]
	run ip link show xn-wired
	[ "$status" != 0 ] || fail "$output"
}

@test "systemd: a kept namespace outlives the unit that made it, and ends with it" {
	cat >/run/systemd/system/libns-kept.service <<-END
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/usr/bin/touch /run/kept-uts
		ExecStart=$XUNSHARE --uts=/run/kept-uts --hostname=box true
		ExecStop=/usr/bin/umount /run/kept-uts
		ExecStop=/usr/bin/rm /run/kept-uts
	END
	systemctl daemon-reload
	run -0 systemctl start libns-kept
	run -0 "$XNSENTER" --uts=/run/kept-uts hostname
	output_is box
	run -0 systemctl stop libns-kept
	[ ! -e /run/kept-uts ]
}
