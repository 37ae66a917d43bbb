/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_BPF_RECORD_H
#define LIBNS_BPF_RECORD_H

/*
 * What scan.bpf.c writes in the kernel and scan/bpf.c reads: for each thread
 * its files, if it has its own table, and then the thread. Whoever includes
 * this defines __u32 and __u64.
 */

/* The first word of a record. */
enum bpf_kind {
	BPF_TASK,
	BPF_FILE_NS,     /* a namespace: type and ino */
	BPF_FILE_SOCKET, /* in the network namespace ino */
	BPF_FILE_QUEUE,  /* the same, with descriptors in flight */
	BPF_FILE_ASK     /* procfs knows more about it */
};

/* In the order of libns_type_at(). */
enum bpf_type {
	BPF_USER,
	BPF_CGROUP,
	BPF_IPC,
	BPF_UTS,
	BPF_NET,
	BPF_PID,
	BPF_MNT,
	BPF_TIME,
	BPF_N_TYPES
};

/* Inode numbers; 0 if there is none, as after the exit of a main thread. */
struct bpf_task {
	__u32 kind;
	__u32 tgid, tid, ppid, uid;
	__u32 threads;
	__u32 ino[BPF_N_TYPES];
	__u32 owner[BPF_N_TYPES]; /* not of user and pid namespaces */
	__u32 pid_for_children, time_for_children;
	__u32 ask_ns, ask_files; /* they were changing or are too many: read procfs */
	char comm[16];           /* "": a kernel thread */
};

/* All records of a thread have to fit the kernel's buffer, 8 pages. */
#define BPF_MAX_FILES 1000

struct bpf_file {
	__u32 kind;
	__u32 fd;
	__u32 type; /* CLONE_NEW* */
	__u32 ino;
	__u64 socket; /* inode number of the socket */
};

#endif
