/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A recursive-descent parser to a tree, and its evaluation. Column names are
 * words; a dot belongs to a word, so that a number such as 1.5 is one.
 */

#include "xlsns/filter.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A filter nested deeper than this is refused: it could exhaust the stack. */
#define MAX_DEPTH 200

enum op {
	OP_OR,
	OP_AND,
	OP_NOT,
	OP_EQ,
	OP_NE,
	OP_LE,
	OP_LT,
	OP_GE,
	OP_GT,
	OP_MATCH,
	OP_NO_MATCH,
	OP_TEXT,
	OP_COLUMN,
	OP_TRUE,
	OP_FALSE,
	OP_NONE
};

struct filter {
	enum op op;
	struct filter *left, *right;
	char *text;    /* OP_TEXT */
	int column;    /* OP_COLUMN */
	regex_t regex; /* OP_MATCH, OP_NO_MATCH */
	bool has_regex;
};

struct parser {
	const char *at;
	filter_find find;
	struct filter_error *error;
	int depth;
};

static const struct {
	const char *word;
	enum op op;
} operators[] = {
	/* The longer ones first: "<=" begins like "<". */
	{ "==", OP_EQ },   { "!=", OP_NE },   { "=~", OP_MATCH }, { "!~", OP_NO_MATCH },
	{ "<=", OP_LE },   { ">=", OP_GE },   { "<", OP_LT },     { ">", OP_GT },
	{ "||", OP_OR },   { "&&", OP_AND },  { "!", OP_NOT },    { "or", OP_OR },
	{ "and", OP_AND }, { "not", OP_NOT }, { "eq", OP_EQ },    { "ne", OP_NE },
	{ "le", OP_LE },   { "lt", OP_LT },   { "ge", OP_GE },    { "gt", OP_GT },
};

struct filter *filter_free(struct filter *f)
{
	if (!f)
		return NULL;
	filter_free(f->left);
	filter_free(f->right);
	if (f->has_regex)
		regfree(&f->regex);
	free(f->text);
	free(f);
	return NULL;
}

static struct filter *fail(struct parser *p, const char *reason)
{
	if (!*p->error->text)
		snprintf(p->error->text, sizeof(p->error->text), "%s at '%.40s'", reason,
			 *p->at ? p->at : "the end");
	return NULL;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-' || c == '%';
}

/* The operator that comes next, without taking it. */
static enum op peek(struct parser *p, size_t *ret_n)
{
	while (isspace((unsigned char)*p->at))
		p->at++;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t n = strlen(operators[i].word);

		if (strncasecmp(p->at, operators[i].word, n) != 0)
			continue;
		if (isalpha((unsigned char)operators[i].word[0]) && is_word(p->at[n]))
			continue;
		*ret_n = n;
		return operators[i].op;
	}
	return OP_NONE;
}

static struct filter *new_node(struct parser *p, enum op op)
{
	struct filter *f = calloc(1, sizeof(*f));

	if (!f)
		return fail(p, "out of memory");
	f->op = op;
	return f;
}

static struct filter *parse_quoted(struct parser *p)
{
	char quote = *p->at, *to;
	const char *from = p->at + 1;
	struct filter *f = new_node(p, OP_TEXT);

	if (!f)
		return NULL;
	f->text = to = malloc(strlen(from) + 1);
	while (to && *from && *from != quote) {
		if (*from == '\\' && (from[1] == quote || from[1] == '\\'))
			from++;
		*to++ = *from++;
	}
	if (!to || *from != quote) {
		filter_free(f);
		return fail(p, "unterminated text");
	}
	*to = '\0';
	p->at = from + 1;
	return f;
}

static bool number(const char *text, double *ret)
{
	char *end;

	if (!text || !*text || isspace((unsigned char)*text))
		return false;
	*ret = strtod(text, &end);
	return !*end;
}

static struct filter *parse_operand(struct parser *p)
{
	size_t n = 0;
	struct filter *f;
	double value;
	int column;

	while (isspace((unsigned char)*p->at))
		p->at++;
	if (*p->at == '"' || *p->at == '\'')
		return parse_quoted(p);
	while (is_word(p->at[n]))
		n++;
	if (!n)
		return fail(p, "syntax error");
	column = p->find(p->at, n);
	f = new_node(p, column >= 0                                 ? OP_COLUMN
			: n == 4 && !strncasecmp(p->at, "true", n)  ? OP_TRUE
			: n == 5 && !strncasecmp(p->at, "false", n) ? OP_FALSE
								    : OP_TEXT);
	if (!f)
		return NULL;
	f->column = column;
	f->text = strndup(p->at, n);
	if (!f->text || (f->op == OP_TEXT && !number(f->text, &value))) {
		filter_free(f);
		p->error->no_column = true;
		return fail(p, "unknown column");
	}
	p->at += n;
	return f;
}

static struct filter *parse_or(struct parser *p);

static struct filter *parse_comparison(struct parser *p)
{
	struct filter *f, *left = parse_operand(p);
	size_t n;
	enum op op;

	if (!left)
		return NULL;
	op = peek(p, &n);
	if (op < OP_EQ || op > OP_NO_MATCH)
		return left;
	f = new_node(p, op);
	if (!f) {
		filter_free(left);
		return NULL;
	}
	f->left = left;
	p->at += n;
	f->right = parse_operand(p);
	if (!f->right)
		return filter_free(f);
	if (op != OP_MATCH && op != OP_NO_MATCH)
		return f;
	if (f->right->op != OP_TEXT ||
	    regcomp(&f->regex, f->right->text, REG_EXTENDED | REG_NOSUB)) {
		filter_free(f);
		return fail(p, "bad regular expression before");
	}
	f->has_regex = true;
	return f;
}

static struct filter *parse_unary(struct parser *p)
{
	struct filter *f;
	size_t n;

	if (peek(p, &n) == OP_NOT) {
		if (++p->depth > MAX_DEPTH)
			return fail(p, "too deep");
		p->at += n;
		f = new_node(p, OP_NOT);
		if (f)
			f->left = parse_unary(p);
		p->depth--;
		return f && !f->left ? filter_free(f) : f;
	}
	if (*p->at != '(')
		return parse_comparison(p);
	if (++p->depth > MAX_DEPTH)
		return fail(p, "too deep");
	p->at++;
	f = parse_or(p);
	p->depth--;
	if (!f)
		return NULL;
	peek(p, &n);
	if (*p->at != ')') {
		filter_free(f);
		return fail(p, "missing )");
	}
	p->at++;
	return f;
}

/* A chain of one operator; each link is one node, so long chains cost no stack to parse. */
static struct filter *parse_chain(struct parser *p, enum op op)
{
	struct filter *f = op == OP_OR ? parse_chain(p, OP_AND) : parse_unary(p);
	int links = 0;
	size_t n;

	while (f && peek(p, &n) == op) {
		struct filter *both = new_node(p, op);

		p->at += n;
		if (both)
			both->right = op == OP_OR ? parse_chain(p, OP_AND) : parse_unary(p);
		if (!both || !both->right || ++links > MAX_DEPTH) {
			filter_free(both);
			filter_free(f);
			return fail(p, "too long");
		}
		both->left = f;
		f = both;
	}
	return f;
}

static struct filter *parse_or(struct parser *p)
{
	return parse_chain(p, OP_OR);
}

struct filter *filter_new(const char *text, filter_find find, struct filter_error *ret_error)
{
	struct parser p = { text, find, ret_error, 0 };
	struct filter *f;
	size_t n;

	*ret_error = (struct filter_error){ "", false };
	f = parse_or(&p);
	if (f && (peek(&p, &n), *p.at)) {
		filter_free(f);
		return fail(&p, "syntax error");
	}
	return f;
}

bool filter_uses(const struct filter *f, int column)
{
	if (!f)
		return false;
	return (f->op == OP_COLUMN && f->column == column) || filter_uses(f->left, column) ||
	       filter_uses(f->right, column);
}

static void value_of(const struct filter *f, filter_get get, void *data, struct filter_value *ret)
{
	*ret = (struct filter_value){ f->text, NULL };
	if (f->op == OP_COLUMN)
		get(data, f->column, ret);
}

static bool compare(const struct filter *f, const char *a, const char *b)
{
	double x, y, order;

	if (f->has_regex)
		return regexec(&f->regex, a, 0, NULL, 0) == 0;
	if (number(a, &x) && number(b, &y))
		order = (x > y) - (x < y);
	else
		order = strcmp(a, b);
	switch (f->op) {
	case OP_EQ:
	case OP_NE:
		return order == 0;
	case OP_LT:
		return order < 0;
	case OP_LE:
		return order <= 0;
	case OP_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

static bool compares(const struct filter *f, filter_get get, void *data)
{
	bool negative = f->op == OP_NE || f->op == OP_NO_MATCH, hit = false;
	struct filter_value a, b;
	char kept[512];

	value_of(f->right, get, data, &b);
	/* The next value may be written to the same buffer. */
	if (b.text && f->right->op == OP_COLUMN) {
		snprintf(kept, sizeof(kept), "%s", b.text);
		b.text = kept;
	}
	value_of(f->left, get, data, &a);
	if (a.list && b.text)
		for (size_t i = 0; a.list[i] && !hit; i++)
			hit = compare(f, a.list[i], b.text);
	else if (a.text && b.text)
		hit = compare(f, a.text, b.text);
	return hit != negative;
}

bool filter_match(const struct filter *f, filter_get get, void *data)
{
	struct filter_value value;

	switch (f->op) {
	case OP_OR:
		return filter_match(f->left, get, data) || filter_match(f->right, get, data);
	case OP_AND:
		return filter_match(f->left, get, data) && filter_match(f->right, get, data);
	case OP_NOT:
		return !filter_match(f->left, get, data);
	case OP_TRUE:
		return true;
	case OP_FALSE:
		return false;
	case OP_TEXT:
	case OP_COLUMN:
		value_of(f, get, data, &value);
		return (value.list && *value.list) ||
		       (value.text && *value.text && strcmp(value.text, "0") != 0);
	default:
		return compares(f, get, data);
	}
}
