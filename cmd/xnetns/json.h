/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_JSON_H
#define CMD_JSON_H

#include <stdbool.h>
#include <stdint.h>

/* Prints an array of flat objects to stdout, in either of the two layouts of ip(8). */
struct json_writer {
	bool pretty;
	bool rows;   /* an object was printed */
	bool fields; /* a field of the current one was printed */
};

void json_begin(struct json_writer *json);
void json_object(struct json_writer *json);
void json_text(struct json_writer *json, const char *key, const char *value);
void json_number(struct json_writer *json, const char *key, int64_t value);
void json_bool(struct json_writer *json, const char *key, bool value);
void json_object_end(struct json_writer *json);
void json_end(struct json_writer *json);

#endif
