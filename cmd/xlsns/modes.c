/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which options go with which mode of xlsns. One that a mode does not look at is refused:
 * whoever gives it expects another answer than he would get. Every option is in this
 * table, or it goes with nothing.
 */

#include <string.h>

#include "xlsns/xlsns.h"

#define BIT(mode) (1u << (mode))

/* Namespaces, the processes of one of them, and the columns of these lists. */
#define LISTS (BIT(MODE_LIST) | BIT(MODE_MEMBERS) | BIT(MODE_COLUMNS))
#define SHEETS                                                                                     \
	(BIT(MODE_HOLDERS) | BIT(MODE_COMPARE) | BIT(MODE_PID_MAP) | BIT(MODE_PID_TREE) |          \
	 BIT(MODE_PROPAGATION) | BIT(MODE_CONTAINERS))
#define GRAPH BIT(MODE_GRAPH)
#define SCANS (~BIT(MODE_COMPARE))
#define ALL   (~0u)

static const struct {
	const char *option;
	unsigned int modes;
} table[] = {
	{ "type", LISTS | GRAPH | BIT(MODE_HOLDERS) },
	{ "task", LISTS | GRAPH },
	{ "persistent", LISTS | GRAPH },
	{ "filter", LISTS | GRAPH },
	{ "proc", ALL },
	{ "without", SCANS },
	{ "bpf", SCANS },
	{ "in", BIT(MODE_PID_MAP) },
	{ "list", LISTS | SHEETS },
	{ "tree", LISTS },
	{ "json", LISTS | SHEETS },
	{ "raw", LISTS | SHEETS },
	{ "noheadings", LISTS | SHEETS },
	{ "output", LISTS },
	{ "output-all", LISTS },
	{ "notruncate", LISTS | SHEETS },
	/* For an alias: where there is no colour it changes nothing. */
	{ "color", ALL },
	{ "nowrap", LISTS | SHEETS },
	{ "verbose", ALL },
	{ "holders", BIT(MODE_HOLDERS) },
	{ "compare", BIT(MODE_COMPARE) },
	{ "pid-map", BIT(MODE_PID_MAP) },
	{ "pid-tree", BIT(MODE_PID_TREE) },
	{ "propagation", BIT(MODE_PROPAGATION) },
	{ "containers", BIT(MODE_CONTAINERS) },
	{ "graph", GRAPH },
	{ "metrics", BIT(MODE_METRICS) },
	{ "list-columns", BIT(MODE_COLUMNS) },
};

static const char *const names[] = {
	[MODE_LIST] = "the list of namespaces", [MODE_MEMBERS] = "the processes of a namespace",
	[MODE_COLUMNS] = "--list-columns",      [MODE_HOLDERS] = "--holders",
	[MODE_COMPARE] = "--compare",           [MODE_PID_MAP] = "--pid-map",
	[MODE_CONTAINERS] = "--containers",     [MODE_GRAPH] = "--graph",
	[MODE_PROPAGATION] = "--propagation",   [MODE_PID_TREE] = "--pid-tree",
	[MODE_METRICS] = "--metrics",
};

const char *mode_name(enum mode mode)
{
	return names[mode];
}

bool mode_takes(enum mode mode, const char *option)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(table[i].option, option))
			return table[i].modes & BIT(mode);
	return false;
}
