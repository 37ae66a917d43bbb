/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The part of scan/bpf.c that runs in the kernel. It writes one record for each
 * thread, and before that one for each of its files that has to do with
 * namespaces.
 *
 * Compiled for the BPF machine, and made to fit the running kernel by libbpf
 * (CO-RE): the structures below name the fields that are read, their places come
 * from the kernel's own description (BTF). A kernel without one of them refuses
 * the program, and procfs is read instead.
 *
 * It reads what procfs would show, and nothing else: each line does the same as
 * the kernel does for the link in /proc.
 *
 * There are two ways to read. Plain pointers, which the verifier follows, take
 * time when the program is loaded, since it looks through all names of the
 * kernel's types for each pointer that leads away from a thread.
 * BPF_CORE_READ() takes time for each thread (35 ns). For the eight namespaces
 * the former is better.
 */

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel/bpf-record.h"

/* The LGPL lets a copy be used under the GPL, which the kernel asks for. */
char terms[] SEC("license") = "GPL";

#define NSFS_MAGIC          0x6e736673
#define SOCKFS_MAGIC        0x534f434b
#define ANON_INODE_FS_MAGIC 0x09041934
#define FMODE_PATH          0x4000
#define FMODE_NEED_UNMOUNT  0x10000000 /* a detached tree ends with it */
#define TUN_DEVICE          (10u << 20 | 200)
#define AF_UNIX             1
#define TCP_LISTEN          10
#define PF_KTHREAD          0x00200000

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct proc_ns_operations {
	int type; /* up to Linux 6.17 */
};

struct ns_common {
	unsigned int inum;
	__u32 ns_type; /* from Linux 6.18 */
	const struct proc_ns_operations *ops;
};

struct user_namespace {
	struct ns_common ns;
};

struct uts_namespace {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct ipc_namespace {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct mnt_namespace {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct net {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct time_namespace {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct cgroup_namespace {
	struct user_namespace *user_ns;
	struct ns_common ns;
};

struct task_struct;

struct pid_namespace {
	struct task_struct *child_reaper;
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct time_namespace *time_ns_for_children;
	struct cgroup_namespace *cgroup_ns;
};

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t euid;
	struct user_namespace *user_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct signal_struct {
	int nr_threads;
};

struct file;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *open_fds;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct files_struct *files;
	char comm[16];
	struct pid *thread_pid;
	const struct cred *real_cred;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
	__u32 i_rdev;
	void *i_private;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	unsigned int f_mode;
	const void *f_op;
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
};

struct sk_buff_head {
	__u32 qlen;
};

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
};

typedef struct {
	int counter;
} atomic_t;

struct scm_stat {
	atomic_t nr_fds;
};

struct unix_sock {
	struct scm_stat scm_stat;
};

struct socket {
	struct sock *sk;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/* A walk through the descriptors of one thread. */
struct walk {
	struct seq_file *seq;
	struct file **files;
	unsigned long *open;
	__u64 word; /* the rest of one word of open */
	__u32 fd;   /* its lowest bit */
	__u32 n;    /* records written */
};

static __u32 active_pid_ns(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid_namespace *ns = 0;
	__u32 level;

	if (!pid)
		return 0;
	level = BPF_CORE_READ(pid, level);
	bpf_core_read(&ns, sizeof(ns), &pid->numbers[level].ns);
	return ns ? BPF_CORE_READ(ns, ns.inum) : 0;
}

/* What is read through NULL, as after the exit of the thread, is 0. */
static void read_proxy(const struct nsproxy *proxy, struct bpf_task *out)
{
	const struct pid_namespace *pid_ns = proxy->pid_ns_for_children;
	const struct uts_namespace *uts = proxy->uts_ns;
	const struct ipc_namespace *ipc = proxy->ipc_ns;
	const struct mnt_namespace *mnt = proxy->mnt_ns;
	const struct net *net = proxy->net_ns;
	const struct cgroup_namespace *cgroup = proxy->cgroup_ns;
	const struct time_namespace *time = proxy->time_ns;

	out->ino[BPF_UTS] = uts->ns.inum;
	out->owner[BPF_UTS] = uts->user_ns->ns.inum;
	out->ino[BPF_IPC] = ipc->ns.inum;
	out->owner[BPF_IPC] = ipc->user_ns->ns.inum;
	out->ino[BPF_MNT] = mnt->ns.inum;
	out->owner[BPF_MNT] = mnt->user_ns->ns.inum;
	out->ino[BPF_NET] = net->ns.inum;
	out->owner[BPF_NET] = net->user_ns->ns.inum;
	out->ino[BPF_CGROUP] = cgroup->ns.inum;
	out->owner[BPF_CGROUP] = cgroup->user_ns->ns.inum;
	out->ino[BPF_TIME] = time->ns.inum;
	out->owner[BPF_TIME] = time->user_ns->ns.inum;
	out->time_for_children = proxy->time_ns_for_children->ns.inum;
	/* procfs has no link to a pid namespace that had no process yet. */
	out->pid_for_children = pid_ns->child_reaper ? pid_ns->ns.inum : 0;
}

static int read_ns(const struct inode *inode, struct bpf_file *out)
{
	struct ns_common *ns = BPF_CORE_READ(inode, i_private);

	out->kind = BPF_FILE_NS;
	out->ino = (__u32)BPF_CORE_READ(inode, i_ino);
	if (bpf_core_field_exists(ns->ns_type))
		out->type = BPF_CORE_READ(ns, ns_type);
	else
		out->type = (__u32)BPF_CORE_READ(ns, ops, type);
	return 1;
}

static int read_socket(const struct file *file, const struct inode *inode, struct bpf_file *out)
{
	const struct socket *socket = BPF_CORE_READ(file, private_data);
	const struct sock *sk;

	out->kind = BPF_FILE_ASK;
	/* It is a descriptor with O_PATH of a socket. */
	if (!socket)
		return 1;
	sk = BPF_CORE_READ(socket, sk);
	if (!sk)
		return 0;
	out->ino = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	out->socket = BPF_CORE_READ(inode, i_ino);
	if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX) {
		out->kind = BPF_FILE_SOCKET;
	} else if (BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_LISTEN) {
		const struct unix_sock *u = (const struct unix_sock *)sk;

		out->kind = BPF_CORE_READ(u, scm_stat.nr_fds.counter) > 0 ? BPF_FILE_QUEUE
									  : BPF_FILE_SOCKET;
	} else if (!BPF_CORE_READ(sk, sk_receive_queue.qlen)) {
		/* Otherwise descriptors may be in flight to sockets that wait to be accepted. */
		out->kind = BPF_FILE_SOCKET;
	}
	return 1;
}

/* It is recognised by the beginning of "[io_uring]"; procfs is asked for the rest. */
static int is_io_uring(const struct file *file)
{
	char name[6] = { 0 };

	bpf_probe_read_kernel_str(name, sizeof(name),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	return name[0] == '[' && name[1] == 'i' && name[2] == 'o' && name[3] == '_' &&
	       name[4] == 'u';
}

/*
 * Kinds of files that have nothing to do with namespaces, told by their table
 * of functions: most descriptors are of few kinds. For descriptors with O_PATH
 * that table tells nothing.
 */
static const void *others[16];

static int read_file(const struct file *file, struct bpf_file *out)
{
	const void *functions = BPF_CORE_READ(file, f_op);
	const void **other = &others[(__u64)functions >> 6 & 15];
	const struct inode *inode;
	unsigned long magic;
	unsigned int mode;

	if (*other == functions)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	magic = BPF_CORE_READ(inode, i_sb, s_magic);
	if (magic == NSFS_MAGIC)
		return read_ns(inode, out);
	if (magic == SOCKFS_MAGIC)
		return read_socket(file, inode, out);
	out->kind = BPF_FILE_ASK;
	if (magic == ANON_INODE_FS_MAGIC ? is_io_uring(file)
					 : BPF_CORE_READ(inode, i_rdev) == TUN_DEVICE)
		return 1;
	mode = BPF_CORE_READ(file, f_mode);
	if (mode & FMODE_NEED_UNMOUNT)
		return 1;
	if (!(mode & FMODE_PATH))
		*other = functions;
	return 0;
}

static long next_fd(__u32 i, struct walk *walk)
{
	struct bpf_file out = { .fd = walk->fd };
	const struct file *file = 0;
	int open = walk->word & 1;

	if (!walk->word)
		return 1;
	walk->word >>= 1;
	walk->fd++;
	if (!open)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), walk->files + out.fd);
	if (!file || !read_file(file, &out))
		return 0;
	if (walk->n++ == BPF_MAX_FILES)
		return 1;
	bpf_seq_write(walk->seq, &out, sizeof(out));
	return 0;
}

static long next_word(__u32 i, struct walk *walk)
{
	walk->word = 0;
	walk->fd = i * 64;
	bpf_probe_read_kernel(&walk->word, sizeof(walk->word), walk->open + i);
	bpf_loop(64, next_fd, walk, 0);
	return walk->n > BPF_MAX_FILES;
}

/* Return: whether the records can be relied on. Nothing stops the thread from leaving its table. */
static int read_files(struct task_struct *task, struct seq_file *seq)
{
	struct files_struct *files = BPF_CORE_READ(task, files);
	struct walk walk = { .seq = seq };
	struct fdtable *fdt;

	/* A table that the whole process shares is read once, for its main thread. */
	if (!files ||
	    (task->pid != task->tgid && files == BPF_CORE_READ(task, group_leader, files)))
		return 1;
	fdt = BPF_CORE_READ(files, fdt);
	walk.files = BPF_CORE_READ(fdt, fd);
	walk.open = BPF_CORE_READ(fdt, open_fds);
	bpf_loop(BPF_CORE_READ(fdt, max_fds) / 64, next_word, &walk, 0);
	return BPF_CORE_READ(task, files) == files && walk.n <= BPF_MAX_FILES;
}

SEC("iter/task")
int scan_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	const struct cred *cred;
	struct nsproxy *proxy;
	struct bpf_task out = { .kind = BPF_TASK };

	if (!task)
		return 0;
	out.ask_files = !read_files(task, ctx->meta->seq);
	out.tgid = (__u32)task->tgid;
	out.tid = (__u32)task->pid;
	out.ppid = (__u32)BPF_CORE_READ(task, real_parent, tgid);
	out.threads = (__u32)BPF_CORE_READ(task, signal, nr_threads);
	cred = BPF_CORE_READ(task, real_cred);
	out.ino[BPF_USER] = BPF_CORE_READ(cred, user_ns, ns.inum);
	out.ino[BPF_PID] = active_pid_ns(task);
	proxy = task->nsproxy;
	read_proxy(proxy, &out);
	/* Nothing stops the thread from changing it meanwhile, which frees what is looked at. */
	out.ask_ns = BPF_CORE_READ(task, nsproxy) != proxy;
	/* procfs shows more about the names of these. */
	if (!(task->flags & PF_KTHREAD)) {
		out.uid = BPF_CORE_READ(cred, euid.val);
		bpf_probe_read_kernel_str(out.comm, sizeof(out.comm), task->comm);
	}
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}
