/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* JSON as ip(8) lays it out, for the tool that stands in for it. */

#include "xnetns/json.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/text.h"

void json_begin(struct json_writer *json)
{
	fputs(json->pretty ? "[ " : "[", stdout);
	json->rows = false;
}

void json_object(struct json_writer *json)
{
	fputs(json->rows ? ",{" : "{", stdout);
	json->rows = true;
	json->fields = false;
}

static void key_of(struct json_writer *json, const char *key)
{
	if (json->fields)
		putchar(',');
	if (json->pretty)
		printf("\n        \"%s\": ", key);
	else
		printf("\"%s\":", key);
	json->fields = true;
}

void json_text(struct json_writer *json, const char *key, const char *value)
{
	key_of(json, key);
	text_json(stdout, value);
}

void json_number(struct json_writer *json, const char *key, int64_t value)
{
	key_of(json, key);
	printf("%" PRId64, value);
}

void json_bool(struct json_writer *json, const char *key, bool value)
{
	key_of(json, key);
	fputs(value ? "true" : "false", stdout);
}

void json_object_end(struct json_writer *json)
{
	fputs(json->pretty ? "\n    }" : "}", stdout);
}

void json_end(struct json_writer *json)
{
	fputs(json->pretty && json->rows ? " ]\n" : "]\n", stdout);
}
