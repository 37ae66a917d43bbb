/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_DIAGNOSE_H
#define LIBNS_DIAGNOSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/check.h>

/*
 * The knowledge behind libns_check_new() and libns_error_hint(): probes, each
 * of which looks at one thing that can be in the way of namespaces, and says
 * what it sees. Not async-signal-safe.
 */

/* What was looked at, and what was seen. */
enum diagnose_fact {
	FACT_UNKNOWN, /* it could not be looked at */
	FACT_NO,
	FACT_YES
};

/* Where the caller is; gathered once for all probes (diagnose/place.c). */
struct diagnose_place {
	enum diagnose_fact procfs;    /* /proc is a procfs, and shows this process */
	bool is_procfs;               /* it is one, whomever it shows */
	enum diagnose_fact filter;    /* a seccomp filter is on this process */
	enum diagnose_fact unit;      /* a service of systemd started it */
	char unit_name[128];          /* "cron.service"; "" if not known */
	enum diagnose_fact container; /* some marks of container managers are there */
	char manager[32];             /* "docker", "podman", "systemd-nspawn", ...; or "" */
	enum diagnose_fact labelled;  /* a security module confines it */
	char label[160];              /* profile or domain; "" if not known */
	uint64_t fatal; /* a filter kills for calls that looking takes, see diagnose_fatal() */
};

void diagnose_look_around(struct diagnose_place *place);

struct diagnose_question {
	uint64_t types;    /* namespace types that matter, or 0 if not known */
	const char *text;  /* sentence of a failure, or "" */
	unsigned int step; /* what failed, and with which errno; 0: nothing did */
	int code;
	const struct diagnose_place *place;
};

struct diagnose_probe {
	const char *topic;
	/* The finding comes in as LIBNS_VERDICT_OK without words. */
	void (*look)(const struct diagnose_question *question, struct libns_finding *finding);
};

/* The calls that a look takes and that a filter kills for, as bits; and their names. */
uint64_t diagnose_fatal(void);
const char *diagnose_fatal_names(uint64_t fatal, char *buf, size_t size);

/* Asks one probe, in a child where a look can be fatal. Returns its verdict. */
unsigned int diagnose_ask(const struct diagnose_probe *probe,
			  const struct diagnose_question *question, struct libns_finding *finding);

/* For the probes: the verdict with its sentence, and the way out. */
void diagnose_say(struct libns_finding *finding, unsigned int verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void diagnose_advise(struct libns_finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A number out of /proc/self/status (decimal); @missing if there is none. */
uint64_t diagnose_status(const char *key, uint64_t missing);

/*
 * Whether the caller has entered a new user namespace whose maps are not both
 * written. Its capabilities then count inside only, and its ids mean nothing.
 */
bool diagnose_is_unmapped(void);

/* The effective user; of an unmapped caller, the one its program was started by. */
uid_t diagnose_uid(void);

/* The real group; of an unmapped caller, the one its program was started with. */
gid_t diagnose_gid(void);

/* A number out of a file such as a sysctl; @missing if it cannot be read. */
uint64_t diagnose_number(const char *path, uint64_t missing);

/* Attempt: unshare(2). */
int diagnose_attempt_unshare(uint64_t types);

/* Attempt: clone3(2), to no effect. */
int diagnose_attempt_clone3(uint64_t arg);

/* How to have @call allowed, by whoever is seen to have put the filter there. */
void diagnose_advise_filter(const struct diagnose_place *place, const char *setting,
			    const char *call, struct libns_finding *finding);

/* Where the caller is (diagnose/place.c), and what refuses its calls (diagnose/filter.c) */
extern const struct diagnose_probe diagnose_procfs;
extern const struct diagnose_probe diagnose_filter;
extern const struct diagnose_probe diagnose_seccomp;
extern const struct diagnose_probe diagnose_label;

/* Who and where the caller is (diagnose/self.c) */
extern const struct diagnose_probe diagnose_unprivileged_userns;
extern const struct diagnose_probe diagnose_apparmor;
extern const struct diagnose_probe diagnose_no_new_privs;
extern const struct diagnose_probe diagnose_threads;
extern const struct diagnose_probe diagnose_privilege;
extern const struct diagnose_probe diagnose_change_ids;
extern const struct diagnose_probe diagnose_change_root;
extern const struct diagnose_probe diagnose_change_time;
extern const struct diagnose_probe diagnose_choose_caps;
extern const struct diagnose_probe diagnose_persist;
extern const struct diagnose_probe diagnose_ptrace;
extern const struct diagnose_probe diagnose_processes;
extern const struct diagnose_probe diagnose_ids;
extern const struct diagnose_probe diagnose_setgroups;
extern const struct diagnose_probe diagnose_rlimit;

/* Its version, and what that leaves open (diagnose/landlock.c); the look is one for a list of all
 * findings, too. */
extern const struct diagnose_probe diagnose_landlock;
void diagnose_look_landlock(const struct diagnose_question *question,
			    struct libns_finding *finding);

/* Types of namespaces and their limits (diagnose/type.c) */
extern const struct diagnose_probe diagnose_limits;
extern const struct diagnose_probe diagnose_kernel_types;
extern const struct diagnose_probe diagnose_dead_pid;
extern const struct diagnose_probe diagnose_outer_pid;
/* For exactly one type; its topic is the name of the type. */
void diagnose_one_type(uint64_t type, const struct diagnose_place *place,
		       struct libns_finding *finding);

/* Whether the caller's namespace of @type belongs to another user namespace than the caller's. */
bool diagnose_is_foreign(uint64_t type);

/* Mounts and the root directory (diagnose/mount.c) */
extern const struct diagnose_probe diagnose_chroot;
extern const struct diagnose_probe diagnose_perhaps_chroot;
extern const struct diagnose_probe diagnose_proc_sys;
extern const struct diagnose_probe diagnose_root_mount;
extern const struct diagnose_probe diagnose_proc_mount;
extern const struct diagnose_probe diagnose_sys_mount;
extern const struct diagnose_probe diagnose_pid_for_proc;
extern const struct diagnose_probe diagnose_hidepid;

/* Maps of id ranges (diagnose/idmap.c) */
extern const struct diagnose_probe diagnose_newuidmap;
extern const struct diagnose_probe diagnose_newgidmap;
extern const struct diagnose_probe diagnose_account;
extern const struct diagnose_probe diagnose_subuid;
extern const struct diagnose_probe diagnose_subgid;
extern const struct diagnose_probe diagnose_own_map;
extern const struct diagnose_probe diagnose_gid_map;
extern const struct diagnose_probe diagnose_setfcap;

/* The file a failure is about (diagnose/file.c) */
extern const struct diagnose_probe diagnose_missing;
extern const struct diagnose_probe diagnose_directory;
extern const struct diagnose_probe diagnose_program;

/* Who owns what a name of a network namespace needs (diagnose/netns.c) */
extern const struct diagnose_probe diagnose_mount_owner;
extern const struct diagnose_probe diagnose_names;
extern const struct diagnose_probe diagnose_names_dir;
extern const struct diagnose_probe diagnose_network_owner;
extern const struct diagnose_probe diagnose_net_admin;
extern const struct diagnose_probe diagnose_ipc_owner;
extern const struct diagnose_probe diagnose_named_owner;
extern const struct diagnose_probe diagnose_tun;

/* The features of the kernel, one by one; NULL beyond the end (diagnose/kernel.c). */
const struct diagnose_probe *diagnose_kernel_at(size_t i);

#endif
