/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns --holders: everything that keeps one namespace alive, as a table. */

#include "common/holders.h"

#include <stdio.h>

#include "xlsns/sheet.h"

static bool add_holder(const char *const *cells, void *data)
{
	return sheet_add(data, cells, -1);
}

int show_holders(const struct options *o, struct libns_scan *scan, const struct libns_node *node)
{
	struct sheet_column cells[N_HOLDER_CELLS];
	struct sheet sheet = SHEET(cells);
	char extra[96];
	int code;

	for (size_t i = 0; i < N_HOLDER_CELLS; i++)
		cells[i] = (struct sheet_column){
			holder_columns[i].name,
			holder_columns[i].number ? KIND_NUMBER : KIND_STRING,
			i == HOLDER_RELEASE   ? SHEET_WHOLE
			: i == HOLDER_COMMAND ? SHEET_CUT
					      : SHEET_FOLD,
		};
	code = holders_each(o->cli, o->procfs_fd, scan, node, add_holder, &sheet);
	snprintf(extra, sizeof(extra), "   \"ns\": %llu,\n   \"type\": \"%s\",\n",
		 (unsigned long long)libns_node_get_id(node)->ino,
		 libns_type_name(libns_node_get_type(node)));
	if (code == 0 && !sheet_print(&sheet, o, "holders", scan, extra))
		code = cli_error(o->cli, "out of memory");
	sheet_clear(&sheet);
	return code;
}
