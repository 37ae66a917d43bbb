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

/* In any case of letters; -1 if there is none of that name. */
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
	MODE_PID_TREE
};

/* As errors call it. */
const char *mode_name(enum mode mode);
/* Whether an option, by its long name, means something there. */
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

/* What was asked for; an exit code. */
int xlsns_run(const struct options *options);

/* One line: a namespace and the process it is shown by. */
struct row {
	const struct libns_node *node;
	const struct libns_task *task; /* NULL: nobody is inside */
	struct row *parent, *first, *last, *next;
};

struct rows {
	struct row *list;
	size_t n;
};

/* Whether something shown follows from namespaces of other types: who was first. */
bool rows_need_all_types(const struct options *options);
/* What is shown of @scan; false without memory. The list is to be freed. */
bool rows_select(struct rows *rows, const struct libns_scan *scan, const struct options *options);
/* The processes of one namespace. */
bool rows_select_members(struct rows *rows, const struct libns_scan *scan,
			 const struct libns_node *node);
/* Drops the rows that do not fit the filter. An exit code, with the reason printed. */
int rows_filter(struct rows *rows, const struct libns_scan *scan, const struct options *options);
/* Loads what the columns need. 0 or a negative errno. */
int rows_load(const struct rows *rows, struct libns_scan *scan, const struct options *options,
	      struct libns_error *err);
/* Where a process is in the snapshot. */
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

struct columns; /* caches: user names, containers */

struct columns *columns_new(const struct libns_scan *scan, const struct options *options);
struct columns *columns_free(struct columns *columns);
void columns_get(struct columns *ctx, const struct row *row, enum column column,
		 struct cell *ret_cell);
/* Whether something could not be found out; the first reason has been printed. */
bool columns_failed(const struct columns *columns);

/* Prints everything; an exit code, with the reason printed. */
int print_rows(const struct options *options, const struct rows *rows,
	       const struct libns_scan *scan);
bool print_columns(const struct options *options);

/* As JSON: NULL is null, and several values (see enum column_kind) are an array. */
void json_value(enum column_kind kind, const char *text);
/* "name": in small letters. */
void json_name(const char *name);
/* What could not be read, as a line. */
void json_unseen(const struct libns_scan *scan);

/* Id maps are columns of blanks: one blank is enough, and none at the ends of lines. */
void cell_squeeze(char *text);

/* Its command line, or the name with a mark if that cannot be read; NULL: not known. */
const char *command_of(const struct libns_task *task, char *buf, size_t size);

void print_graph(const struct rows *rows, const struct libns_scan *scan, bool mermaid);

/* The other modes; each returns an exit code. */
int show_containers(const struct options *options, const struct libns_scan *scan);
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
/* @pid: only what is below it; 0: all. */
int show_pid_tree(const struct options *options, struct libns_scan *scan, pid_t pid);

/*
 * Pins a process of the snapshot, and proves by its namespace of that type that it is still
 * the one that the snapshot has seen. Return: 0, -ESRCH if it is not, or a negative errno.
 */
int pin_task(const struct options *options, const struct libns_task *task, uint64_t type,
	     struct libns_proc **ret_proc, struct libns_error *err);

#endif
