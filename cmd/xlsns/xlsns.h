/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XLSNS_H
#define CMD_XLSNS_H

/*
 * The parts of xlsns: xlsns.c reads the command line, xlsns/run.c takes the
 * snapshot, xlsns/rows.c chooses and nests what is shown, xlsns/cells.c
 * computes cells, xlsns/print.c puts them on paper.
 */

#include <libns/libns.h>

#include "common/cli.h"
#include "xlsns/filter.h"

enum column {
	COL_NS,
	COL_TYPE,
	COL_PATH,
	COL_NPROCS,
	COL_PID,
	COL_PPID,
	COL_COMMAND,
	COL_UID,
	COL_USER,
	COL_NETNSID,
	COL_NSFS,
	COL_PNS,
	COL_ONS,
	COL_CONTAINER,
	COL_OWNERUID,
	COL_OWNER,
	COL_UIDMAP,
	COL_GIDMAP,
	COL_FIRST,
	COL_FIRSTCMD,
	COL_UNIT,
	COL_WHOSE,
	N_COLUMNS
};

enum column_kind {
	KIND_STRING,
	KIND_NUMBER,
	KIND_LIST,    /* of strings */
	KIND_BOOL,    /* "yes", "no"; all else: not known */
	KIND_NUMBERS, /* a list of them, one a line */
	KIND_MAP,     /* id ranges: "0 1000 1", one a line or with commas */
	KIND_ROW,     /* in a sheet: what the row says, see there */
};

struct column_info {
	const char *name;
	double width; /* hint, as in lsns */
	int flags;    /* SCOLS_FL_* */
	enum column_kind kind;
	uint64_t details; /* LIBNS_DETAIL_* it needs */
	const char *help;
};

extern const struct column_info columns[N_COLUMNS];

/* Finds a column by its name, in capital or small letters. Return: -1 if there is none. */
int column_find(const char *name, size_t n);

enum tree { TREE_NONE, TREE_PROCESS, TREE_OWNER, TREE_PARENT };

enum mode {
	MODE_LIST,
	MODE_MEMBERS,
	MODE_COLUMNS,
	MODE_HOLDERS,
	MODE_COMPARE,
	MODE_PID_MAP,
	MODE_CONTAINERS,
	MODE_GRAPH,
	MODE_PROPAGATION,
	MODE_PID_TREE,
	MODE_METRICS
};

/* What error messages call a mode. */
const char *mode_name(enum mode mode);
/* Whether an option, given by its long name, means something in that mode. */
bool mode_takes(enum mode mode, const char *option);

#define MAX_COLUMNS 64

struct options {
	const struct cli *cli;
	enum mode mode;
	const char *subject; /* argument of the option that chose the mode */
	const char *in;      /* --in */
	const char *proc;    /* another procfs, or NULL */
	unsigned int bpf;    /* enum libns_scan_bpf */
	int procfs_fd;       /* of it, or LIBNS_PROCFS */
	uint64_t types;
	uint64_t without; /* LIBNS_SCAN_* */
	enum tree tree;
	int columns[MAX_COLUMNS];
	size_t n_columns;
	const char *task;      /* -p */
	pid_t pid;             /* the number that is, as the procfs counts */
	const char *namespace; /* operand */
	struct filter *filter; /* -Q */
	bool json, list, raw, no_headings, no_wrap, no_truncate, persistent, verbose;
	bool color;
};

/* Does what was asked for. Return: an exit code. */
int xlsns_run(const struct options *options);

/* One line of a list: a namespace, and the process that stands for it. */
struct row {
	const struct libns_node *node;
	const struct libns_task *task; /* NULL: nobody is inside */
	struct row *parent, *first, *last, *next;
};

struct rows {
	struct row *list;
	size_t n;
};

/* Whether a column that is shown can be known only from namespaces of other types: the first
 * process of a namespace is found through its pid namespace. */
bool rows_need_all_types(const struct options *options);
/* Selects what is shown of @scan. The caller frees the list. Return: false without memory. */
bool rows_select(struct rows *rows, const struct libns_scan *scan, const struct options *options);
/* The same for the processes of one namespace. */
bool rows_select_members(struct rows *rows, const struct libns_scan *scan,
			 const struct libns_node *node);
/* Drops the rows that do not fit the filter. Return: 0, or an exit code once the reason is
 * printed. */
int rows_filter(struct rows *rows, const struct libns_scan *scan, const struct options *options);
/* Loads what the columns need. Return: 0 or a negative errno. */
int rows_load(const struct rows *rows, struct libns_scan *scan, const struct options *options,
	      struct libns_error *err);
/* The position of a process in the snapshot. */
size_t rows_position(const struct libns_scan *scan, const struct libns_task *task);
void rows_nest(struct rows *rows, const struct libns_scan *scan, enum tree tree);

/* A value before it is escaped. */
struct cell {
	bool null;
	uint64_t number;
	char text[80];
	const char *string;      /* text above, or owned by the snapshot or the context */
	const char *const *list; /* NULL-terminated, for KIND_LIST */
};

struct columns; /* what is looked up once only: user names, containers */

struct columns *columns_new(const struct libns_scan *scan, const struct options *options);
struct columns *columns_free(struct columns *columns);
void columns_get(struct columns *ctx, const struct row *row, enum column column,
		 struct cell *ret_cell);
/* Whether something could not be found out; the first reason has been printed. */
bool columns_failed(const struct columns *columns);

/* Prints all rows. Return: 0, or an exit code once the reason is printed. */
int print_rows(const struct options *options, const struct rows *rows,
	       const struct libns_scan *scan);
bool print_columns(const struct options *options);

/* Prints a value as JSON: NULL as null, and several values (see enum column_kind) as an
 * array. */
void json_value(enum column_kind kind, const char *text);
/* Prints a name in small letters, with quotes and the colon behind it. */
void json_name(const char *name);
/* What a kind of unseen objects is called there. */
const char *json_unseen_name(enum libns_unseen what);
/* Prints a line of JSON that says what could not be read. */
void json_unseen(const struct libns_scan *scan);

/* The kernel pads the columns of id maps with blanks. This leaves a single blank between two
 * numbers, and none at the ends of lines. */
void cell_squeeze(char *text);

/* For dot or mermaid (0, or -1 if there is no memory), and as a page of HTML. What cannot be
 * looked up is told to @columns. */
int print_graph(const struct rows *rows, struct libns_scan *scan, struct columns *columns,
		bool mermaid);
void print_page(const struct rows *rows, const struct libns_scan *scan, struct columns *columns);

/* Says why the namespaces of a process cannot be read. Return: false if they can. */
bool explain_process(const struct options *options, const struct libns_proc *proc);

/* The other modes. Each returns an exit code. */
int show_containers(const struct options *options, const struct libns_scan *scan);
/* "running", "stopped", "created" or "unknown". */
const char *container_state(const struct libns_container *container);
int show_metrics(const struct options *options, const struct libns_scan *scan);
int show_holders(const struct options *options, struct libns_scan *scan,
		 const struct libns_node *node);
int show_propagation(const struct options *options, const struct libns_scan *scan,
		     const struct libns_proc *proc);
int show_compare(const struct options *options, const struct libns_proc *first,
		 const struct libns_proc *second);
int show_pid_map(const struct options *options, const struct libns_scan *scan,
		 const struct libns_proc *proc);
/* The same for the process that has number @inner in the pid namespace @where. */
int show_inner_pid(const struct options *options, const struct libns_scan *scan, pid_t inner,
		   const struct libns_node *where);
/* @pid: show only this process and what is below it; 0: show all. */
int show_pid_tree(const struct options *options, struct libns_scan *scan, pid_t pid);

/*
 * Pins a process of the snapshot, and proves by its namespace of that type that it is still
 * the one that the snapshot has seen. Return: 0, -ESRCH if it is not, or a negative errno.
 */
int pin_task(const struct options *options, const struct libns_task *task, uint64_t type,
	     struct libns_proc **ret_proc, struct libns_error *err);

#endif
