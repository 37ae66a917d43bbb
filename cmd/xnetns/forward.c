/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xnetns forward: single ports into a network namespace, or out of one, by a relay in this
 * process. It ends with a signal, or with what the word has named: a name that is deleted, a process
 * that ends. Nothing has to be undone.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/file.h"
#include "xnetns/place.h"

enum { OPT_IN = CLI_LONG_BASE, OPT_READY_FD, OPT_BACKGROUND, OPT_DRY_RUN, OPT_UDP_TIMEOUT };

const struct cli_option xnetns_forward_options[] = {
	{ OPT_IN, "in", CLI_NO_ARG, NULL, "listen inside, and connect to the host", NULL },
	{ OPT_UDP_TIMEOUT, "udp-timeout", CLI_ARG, "sec",
	  "forget who has sent no datagram for so long (60)", NULL },
	{ OPT_READY_FD, "ready-fd", CLI_ARG, "fd", "write a line there once it listens", NULL },
	{ OPT_BACKGROUND, "background", CLI_NO_ARG, NULL, "go on in the background once it listens",
	  NULL },
	{ OPT_DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "print what would be done", NULL },
	{ 'q', "quiet", CLI_NO_ARG, NULL, "do not print where it listens", NULL },
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	CLI_OPTIONS_END,
};

/* The descriptors that end it. */
enum { END_SIGNAL, END_OF_PLACE, N_ENDS };

struct request {
	struct xnetns *x;
	const char *word; /* of the namespace */
	struct place place;
	struct libns_forward *forwards;
	size_t n_forwards;
	uint32_t udp_seconds;
	int ready_fd;
	bool in, background, dry_run, quiet;
	int ends[N_ENDS];
	struct libns_relay *relay;
};

/* ---------------------------------------------------------------- arguments */

static int take_option(struct request *q, int id)
{
	const struct cli *cli = q->x->cli;

	if (xnetns_take_option(q->x, id))
		return 0;
	if (id == OPT_IN)
		q->in = true;
	else if (id == OPT_BACKGROUND)
		q->background = true;
	else if (id == OPT_DRY_RUN)
		q->dry_run = true;
	else if (id == 'q')
		q->quiet = true;
	else if (id == OPT_READY_FD)
		return cli_fd(cli, "--ready-fd", optarg, &q->ready_fd) ? 0 : XNETNS_USAGE;
	else if (!cli_u32(cli, "--udp-timeout", optarg, &q->udp_seconds))
		return XNETNS_USAGE;
	if (id == OPT_UDP_TIMEOUT && (q->udp_seconds < 1 || q->udp_seconds > 86400)) {
		cli_error(cli, "--udp-timeout: '%s' is not from 1 to 86400", optarg);
		return XNETNS_USAGE;
	}
	return 0;
}

static int take_words(struct request *q, int argc, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (argc < 2) {
		cli_usage(q->x->cli, "%s", argc ? "no port is given" : "no namespace is given");
		return XNETNS_USAGE;
	}
	q->word = argv[0];
	q->n_forwards = (size_t)argc - 1;
	q->forwards = calloc(q->n_forwards, sizeof(*q->forwards));
	if (!q->forwards)
		return cli_error(q->x->cli, "out of memory");
	for (size_t i = 0; i < q->n_forwards; i++) {
		q->forwards[i].size = sizeof(q->forwards[i]);
		if (libns_forward_parse(argv[i + 1], q->in ? LIBNS_FORWARD_IN : 0, &q->forwards[i],
					&err) < 0)
			return xnetns_fail(q->x, &err, XNETNS_USAGE);
	}
	return 0;
}

/* ---------------------------------------------------------------- what is printed */

static void print_json(const struct request *q, pid_t pid)
{
	struct json_writer *json = &q->x->json;
	char text[LIBNS_FORWARD_TEXT];

	json_begin(json);
	for (size_t i = 0; i < q->n_forwards; i++) {
		const struct libns_forward *f = &q->forwards[i];

		json_object(json);
		json_text(json, "namespace", q->word);
		json_text(json, "direction", q->in ? "in" : "out");
		json_text(json, "protocol", f->flags & LIBNS_FORWARD_UDP ? "udp" : "tcp");
		json_text(json, "listen",
			  libns_forward_format(q->in ? &f->inside : &f->host, text));
		json_text(json, "connect",
			  libns_forward_format(q->in ? &f->host : &f->inside, text));
		if (pid)
			json_number(json, "pid", pid);
		json_object_end(json);
	}
	json_end(json);
}

static void print_words(const struct request *q, const char *verb)
{
	char host[LIBNS_FORWARD_TEXT], inside[LIBNS_FORWARD_TEXT];

	for (size_t i = 0; i < q->n_forwards; i++) {
		const struct libns_forward *f = &q->forwards[i];
		bool udp = f->flags & LIBNS_FORWARD_UDP;

		libns_forward_format(&f->host, host);
		libns_forward_format(&f->inside, inside);
		printf("%s on %s%s", verb, q->in ? inside : host, udp ? "/udp" : "");
		if (q->in) {
			printf(" in '");
			xnetns_print_name(q->word);
			printf("', for %s\n", host);
		} else {
			printf(", for %s in '", inside);
			xnetns_print_name(q->word);
			puts("'");
		}
	}
}

/* An end as socat(1) has it; since 1.8 it knows named network namespaces. */
static void print_end(const struct request *q, const struct libns_forward *f, bool inside,
		      bool listens)
{
	const struct libns_forward_end *end = inside ? &f->inside : &f->host;
	bool v6 = end->address.family == AF_INET6, port = end->kind == LIBNS_FORWARD_PORT;
	const char *kind = f->flags & LIBNS_FORWARD_UDP ? "UDP" : "TCP";
	char address[LIBNS_IP_TEXT];

	libns_ip_format(&end->address, false, address);
	if (!port)
		printf(" %s-%s:'%s'", end->kind == LIBNS_FORWARD_PATH ? "UNIX" : "ABSTRACT",
		       listens ? "LISTEN" : "CONNECT", end->path);
	else if (listens)
		printf(" %s%d-LISTEN:%u,bind=%s%s%s,reuseaddr", kind, v6 ? 6 : 4, end->port,
		       v6 ? "[" : "", address, v6 ? "]" : "");
	else
		printf(" %s%d:%s%s%s:%u", kind, v6 ? 6 : 4, v6 ? "[" : "", address, v6 ? "]" : "",
		       end->port);
	if (listens)
		printf(",fork");
	if (inside && end->kind != LIBNS_FORWARD_PATH) {
		printf(",netns='");
		xnetns_print_name(q->word);
		putchar('\'');
	}
}

static void print_plan(const struct request *q)
{
	if (!q->place.named) {
		/* No other tool has a word for it. */
		print_words(q, "# listen");
		return;
	}
	for (size_t i = 0; i < q->n_forwards; i++) {
		printf("socat");
		print_end(q, &q->forwards[i], q->in, true);
		print_end(q, &q->forwards[i], !q->in, false);
		putchar('\n');
	}
}

static void tell_event(const struct libns_relay_event *event, void *data)
{
	const struct request *q = data;

	switch (event->state) {
	case LIBNS_RELAY_LO_UP:
		if (!q->quiet)
			cli_error(q->x->cli,
				  "note: the interface lo of '%s' was down; it is up now", q->word);
		break;
	case LIBNS_RELAY_FAILED:
		cli_fail(q->x->cli, event->error);
		break;
	case LIBNS_RELAY_PAUSED:
		cli_error(q->x->cli, "further connections have to wait: %s",
			  libns_error_text(event->error));
		break;
	}
}

/* ---------------------------------------------------------------- what ends it */

static int watch_signals(const struct request *q)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		/* What nohup(1) or a shell has ignored for us stays so. */
		if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		cli_error(q->x->cli, "cannot wait for signals: %s", strerror(errno));
	return fd;
}

static int watch_names(const struct request *q)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd >= 0 && inotify_add_watch(fd, "/run/netns", IN_DELETE | IN_MOVED_FROM) >= 0)
		return fd;
	cli_error(q->x->cli, "cannot watch names: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A namespace that was found by a descriptor or a path has no end that could be seen. */
static int watch_place(struct request *q)
{
	const struct libns_proc *proc =
		q->place.target ? libns_target_get_proc(q->place.target) : NULL;
	int fd = -1;

	if (q->place.named) {
		fd = watch_names(q);
		if (fd < 0)
			return CLI_FAILURE;
	} else if (proc && libns_proc_get_pidfd(proc) >= 0) {
		fd = fcntl(libns_proc_get_pidfd(proc), F_DUPFD_CLOEXEC, 3);
	}
	q->ends[END_OF_PLACE] = fd;
	return 0;
}

/* Whether the name still stands for the namespace. */
static bool is_still_named(const struct request *q)
{
	int fd = libns_netns_open(LIBNS_NETNS_RUN, q->word, NULL);
	bool same = fd >= 0 && libns_fd_same(fd, q->place.ns_fd, NULL) == 1;

	if (fd >= 0)
		close(fd);
	return same;
}

/* Return: whether it is over. */
static bool has_ended(struct request *q)
{
	char events[4096];

	if (!q->place.named) {
		if (!q->quiet)
			cli_error(q->x->cli, "the process of '%s' has ended", q->word);
		return true;
	}
	while (read(q->ends[END_OF_PLACE], events, sizeof(events)) > 0)
		continue;
	if (is_still_named(q))
		return false;
	if (!q->quiet)
		cli_error(q->x->cli, "the name '%s' was deleted", q->word);
	return true;
}

/* ---------------------------------------------------------------- the relay */

static int listen_all(struct request *q)
{
	struct libns_relay_options options = LIBNS_RELAY_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	options.ns_fd = q->place.ns_fd;
	options.name = q->word;
	options.udp_idle_ms = 1000 * q->udp_seconds;
	options.event = tell_event;
	options.data = q;
	if (libns_relay_new(&options, &q->relay, &err) < 0)
		return cli_fail(q->x->cli, &err);
	for (size_t i = 0; i < q->n_forwards; i++)
		if (libns_relay_add(q->relay, &q->forwards[i], &err) < 0)
			return cli_fail(q->x->cli, &err);
	return 0;
}

/* So that whoever waits for the end of a pipe or of a lock waits for the caller alone. */
static void close_callers(const struct request *q)
{
	DIR *dir = file_open_dir(AT_FDCWD, "/proc/self/fd");
	const struct dirent *entry;

	/* What this process has opened itself is closed by execve(2). */
	while (dir && (entry = file_next_entry(dir))) {
		int fd = atoi(entry->d_name), flags = fcntl(fd, F_GETFD);

		if (fd > 2 && flags >= 0 && !(flags & FD_CLOEXEC))
			close(fd);
	}
	if (dir)
		file_close_dir(dir);
	if (q->ready_fd > 2)
		close(q->ready_fd);
}

/* In the background nobody hears what is said, and nothing of the caller's is held open. */
static int leave_terminal(const struct request *q)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || setsid() < 0)
		return cli_error(q->x->cli, "cannot go on in the background: %s", strerror(errno));
	for (int i = 0; i <= 2; i++)
		dup2(fd, i);
	close(fd);
	close_callers(q);
	return 0;
}

/* On the descriptor of --ready-fd. Who waits there no more is told nothing. Return: 0, or an exit code. */
static int tell_ready(struct request *q)
{
	int code = 0;

	if (q->ready_fd < 0)
		return 0;
	signal(SIGPIPE, SIG_IGN);
	if (write(q->ready_fd, "\n", 1) != 1 && errno != EPIPE)
		code = cli_error(q->x->cli, "cannot write to descriptor %d, which waits for it: %s",
				 q->ready_fd, strerror(errno));
	close(q->ready_fd);
	return code;
}

/* Says that it listens. Return: 0, or an exit code + 1 if it does not go on. */
static int announce(struct request *q)
{
	pid_t pid = 0;
	int code;

	if (q->background) {
		pid = fork();
		if (pid < 0)
			return 1 + cli_error(q->x->cli, "cannot fork: %s", strerror(errno));
		if (pid == 0)
			return leave_terminal(q) ? 1 + CLI_FAILURE : 0;
	}
	if (q->x->as_json)
		print_json(q, pid);
	else if (!q->quiet)
		print_words(q, "listening");
	if (pid && !q->x->as_json && !q->quiet)
		printf("in the background, as process %d\n", pid);
	/* Whoever waits for this line waits for no other. */
	if (fflush(stdout) != 0 && pid)
		kill(pid, SIGTERM);
	code = tell_ready(q);
	if (code && pid)
		kill(pid, SIGTERM);
	/* Nothing is freed: the files of sockets are those of the process that goes on. */
	if (pid)
		_exit(cli_finish(q->x->cli, code));
	return code ? 1 + code : 0;
}

static int carry(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	size_t by, n = q->ends[END_OF_PLACE] >= 0 ? N_ENDS : 1;

	do {
		if (libns_relay_run(q->relay, q->ends, n, &by, &err) < 0)
			return cli_fail(q->x->cli, &err);
	} while (by == END_OF_PLACE && !has_ended(q));
	return 0;
}

static int forward(struct request *q, int argc, char **argv)
{
	int code = take_words(q, argc, argv);

	if (code == 0 && q->ready_fd > 2 && fcntl(q->ready_fd, F_SETFD, FD_CLOEXEC) < 0)
		code = cli_error(q->x->cli, "--ready-fd: descriptor %d: %s", q->ready_fd,
				 strerror(errno));
	if (code == 0)
		code = place_open(q->x, q->word, true, &q->place);
	if (code)
		return code;
	if (q->dry_run) {
		print_plan(q);
		return 0;
	}
	q->ends[END_SIGNAL] = watch_signals(q);
	if (q->ends[END_SIGNAL] < 0)
		return CLI_FAILURE;
	code = watch_place(q);
	/* From here on nothing that happens to the name is missed; before, it may have. */
	if (code == 0 && q->place.named && !is_still_named(q))
		return cli_error(q->x->cli, "the name '%s' was deleted", q->word);
	if (code == 0)
		code = listen_all(q);
	if (code)
		return code;
	code = announce(q);
	return code ? code - 1 : carry(q);
}

int xnetns_forward(void *context, int argc, char **argv)
{
	struct request q = {
		.x = context,
		.place = PLACE_INIT,
		.udp_seconds = 60,
		.ready_fd = -1,
		.ends = { -1, -1 },
	};
	int id, code = 0;

	while (code == 0 && (id = cli_next(q.x->cli, argc, argv)) > 0)
		code = take_option(&q, id);
	if (code)
		return code;
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	code = forward(&q, argc - optind, argv + optind);
	libns_relay_free(q.relay);
	place_done(&q.place);
	for (size_t i = 0; i < N_ENDS; i++)
		if (q.ends[i] >= 0)
			close(q.ends[i]);
	free(q.forwards);
	return code;
}
