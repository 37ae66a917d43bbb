/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tap.h"
#include "text/idmap.h"

static struct libns_idmap *new_map(void)
{
	struct libns_idmap *map = NULL;

	CHECK_INT(libns_idmap_new(&map, NULL), 0);
	return map;
}

static void check_map(const struct libns_idmap *map, const char *expected)
{
	char text[IDMAP_TEXT_SIZE];

	CHECK_INT(idmap_format(map, text, sizeof(text)), strlen(expected));
	CHECK_STR(text, expected);
}

static int add(struct libns_idmap *map, uint32_t inner, uint32_t outer, uint32_t count)
{
	return libns_idmap_add(map, &(struct libns_idrange){ inner, outer, count }, NULL);
}

TEST(add_refuses)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_idmap *map = new_map();

	CHECK_INT(add(map, 10, 100, 10), 0);
	CHECK_INT(add(map, 0, 1000, 0), -EINVAL);
	CHECK_INT(add(map, 0, 4294967290u, 6), -EOVERFLOW);
	CHECK_INT(add(map, 4294967295u, 0, 1), -EOVERFLOW);
	CHECK_INT(add(map, 0, 1000, 11), -EEXIST);
	CHECK_INT(add(map, 19, 1000, 1), -EEXIST);
	CHECK_INT(add(map, 1000, 109, 5), -EEXIST);
	CHECK_INT(add(map, 1000, 91, 10), -EEXIST);
	CHECK_INT(libns_idmap_add(map, &(struct libns_idrange){ 0, 105, 1 }, &err), -EEXIST);
	CHECK_STR(err.text, "id ranges 10:100:10 and 0:105:1 overlap outside");
	CHECK_INT(libns_idmap_count(map), 1);
	/* Touching is not overlapping, on all four sides. */
	CHECK_INT(add(map, 0, 90, 10), 0);
	CHECK_INT(add(map, 20, 110, 10), 0);
	CHECK_INT(add(map, 100, 4294967285u, 10), 0);
	CHECK(libns_idmap_at(map, 4) == NULL);
	CHECK_INT(libns_idmap_at(map, 3)->count, 10);
	CHECK(libns_idmap_free(map) == NULL);
}

TEST(everything)
{
	struct libns_idmap *map = new_map();

	CHECK_INT(libns_idmap_add_text(map, "0:0:4294967295", NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 4294967294u, 4294967294u, NULL), 0);
	check_map(map, "4294967294 4294967294 1\n0 0 4294967294\n");
	CHECK_INT(libns_idmap_add_single(map, 4294967295u, 0, NULL), -EOVERFLOW);
	libns_idmap_free(map);
}

TEST(too_many)
{
	struct libns_idmap *map = new_map();
	char text[IDMAP_TEXT_SIZE];

	for (uint32_t i = 0; i < IDMAP_MAX; i++)
		CHECK_INT(add(map, 4000000000u + 2 * i, 4100000000u + 2 * i, 1), 0);
	CHECK_INT(add(map, 0, 0, 1), -E2BIG);
	CHECK_INT(libns_idmap_add_single(map, 0, 0, NULL), -E2BIG);
	CHECK_INT(libns_idmap_count(map), IDMAP_MAX);
	CHECK(idmap_format(map, text, sizeof(text)) > 4096);
	CHECK_INT(idmap_format(map, text, 4096), -E2BIG);
	CHECK_INT(idmap_format(map, text, 0), -E2BIG);
	libns_idmap_free(map);
}

TEST(too_many_through_singles)
{
	struct libns_idmap *map = new_map();
	int r = 0;

	/* Gaps that lie side by side, until one shift tears all of them apart. */
	CHECK_INT(add(map, 0, 100000, 10000), 0);
	for (uint32_t i = 0; i < 168; i++)
		CHECK_INT(libns_idmap_add_single(map, 10 + 3 * i, 100010 + 3 * i, NULL), 0);
	CHECK_INT(libns_idmap_count(map), 168 + 169);
	r = libns_idmap_add_single(map, 0, 5, NULL);
	CHECK_INT(r, -E2BIG);
	CHECK_INT(libns_idmap_count(map), 168 + 169);
	libns_idmap_free(map);
}

TEST(text)
{
	struct libns_idmap *map = new_map();

	CHECK_INT(libns_idmap_add_text(map, "0:100000:10", NULL), 0);
	CHECK_INT(libns_idmap_add_text(map, "1000,10,5", NULL), 0);
	check_map(map, "0 100000 10\n10 1000 5\n");
	libns_idmap_free(map);
}

TEST(text_refuses)
{
	static const struct {
		const char *spec;
		int r;
	} bad[] = {
		{ "", -EINVAL },
		{ "0", -EINVAL },
		{ "0:0", -EINVAL },
		{ "0:0:", -EINVAL },
		{ ":0:1", -EINVAL },
		{ "0::1", -EINVAL },
		{ "0:0:1:", -EINVAL },
		{ "0:0:1:2", -EINVAL },
		{ "0,0", -EINVAL },
		{ "0:0,1", -EINVAL },
		{ "0,0,1,2", -EINVAL },
		{ " 0:0:1", -EINVAL },
		{ "0: 0:1", -EINVAL },
		{ "0:0:1\n", -EINVAL },
		{ "+0:0:1", -EINVAL },
		{ "0:-1:1", -EINVAL },
		{ "0:0:0x1", -EINVAL },
		{ "a:b:c", -EINVAL },
		{ "0:0:0", -EINVAL },
		{ "0:0:4294967296", -ERANGE },
		{ "4294967296:0:1", -ERANGE },
		{ "0:99999999999999999999999:1", -ERANGE },
		{ "0:99999999999999999999999:x", -EINVAL },
		{ "1:0:4294967295", -EOVERFLOW },
		{ "4294967295:0:1", -EOVERFLOW },
	};
	struct libns_idmap *map = new_map();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct libns_error err = LIBNS_ERROR_INIT;

		CHECK_INT(libns_idmap_add_text(map, bad[i].spec, &err), bad[i].r);
		CHECK_INT(err.code, -bad[i].r);
		CHECK(err.text[0]);
		CHECK_INT(libns_idmap_count(map), 0);
	}
	libns_idmap_free(map);
}

TEST(single_examples)
{
	struct libns_idmap *map = new_map();

	CHECK_INT(idmap_add_from_zero(map, 100000, 65536, NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 0, 1001, NULL), 0);
	check_map(map, "0 1001 1\n1 100000 65536\n");
	libns_idmap_free(map);

	map = new_map();
	CHECK_INT(idmap_add_from_zero(map, 100000, 65536, NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 1001, 1001, NULL), 0);
	check_map(map, "1001 1001 1\n0 100000 1001\n1002 101001 64535\n");
	libns_idmap_free(map);

	map = new_map();
	CHECK_INT(libns_idmap_add_text(map, "0:100000:10", NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 5, 1001, NULL), 0);
	check_map(map, "5 1001 1\n0 100000 5\n6 100005 4\n");
	libns_idmap_free(map);

	/* The range ends where the single id begins: nothing is lost. */
	map = new_map();
	CHECK_INT(libns_idmap_add_text(map, "1:100000:999", NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 1000, 1001, NULL), 0);
	check_map(map, "1000 1001 1\n1 100000 999\n");
	libns_idmap_free(map);

	/* Both ids in the same place of one range: it keeps its top. */
	map = new_map();
	CHECK_INT(libns_idmap_add_text(map, "0:0:10", NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 5, 5, NULL), 0);
	check_map(map, "5 5 1\n0 0 5\n6 6 4\n");
	libns_idmap_free(map);

	/* In different places: the ids between them shift by one. */
	map = new_map();
	CHECK_INT(libns_idmap_add_text(map, "0:0:10", NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 2, 7, NULL), 0);
	check_map(map, "2 7 1\n0 0 2\n3 2 5\n8 8 2\n");
	libns_idmap_free(map);

	/* A range of one id gives way altogether. */
	map = new_map();
	CHECK_INT(libns_idmap_add_text(map, "7:7:1", NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 7, 8, NULL), 0);
	check_map(map, "7 8 1\n");
	libns_idmap_free(map);
}

TEST(from_zero_grows_around_others)
{
	struct libns_idmap *map = new_map();

	CHECK_INT(idmap_add_from_zero(map, 1000, 10, NULL), 0);
	CHECK_INT(libns_idmap_add_text(map, "10:5000:2", NULL), 0);
	CHECK_INT(libns_idmap_add_single(map, 0, 1, NULL), 0);
	check_map(map, "0 1 1\n1 1000 9\n12 1009 1\n10 5000 2\n");
	CHECK_INT(libns_idmap_add_single(map, 3, 2, NULL), 0);
	check_map(map, "3 2 1\n0 1 1\n1 1000 2\n4 1002 6\n12 1008 2\n10 5000 2\n");
	libns_idmap_free(map);
}

/*
 * The definition, id by id: per added range a list of inner and a list of outer
 * ids, struck and paired again.
 */
#define IDS     24
#define SOURCES 12
static struct source {
	bool from_zero;
	int n;
	int inner[IDS * 2], outer[IDS * 2];
} model[SOURCES];
static int n_model;

static bool model_has(bool outer, int id)
{
	for (int i = 0; i < n_model; i++)
		for (int j = 0; j < model[i].n; j++)
			if ((outer ? model[i].outer[j] : model[i].inner[j]) == id)
				return true;
	return false;
}

static int strike(int *ids, int n, int id)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		if (ids[i] != id)
			ids[kept++] = ids[i];
	return kept;
}

static void model_single(int inner, int outer)
{
	int tops[SOURCES];

	for (int i = 0; i < n_model; i++) {
		struct source *s = &model[i];

		tops[i] = -1;
		if (!s->from_zero || s->n == 0)
			continue;
		/* The next inner id nobody has, should one be needed. */
		for (tops[i] = s->inner[s->n - 1] + 1;
		     tops[i] == inner || model_has(false, tops[i]); tops[i]++)
			;
	}
	for (int i = 0; i < n_model; i++) {
		struct source *s = &model[i];
		int n_inner = strike(s->inner, s->n, inner),
		    n_outer = strike(s->outer, s->n, outer);

		if (s->from_zero && n_inner < n_outer)
			s->inner[n_inner++] = tops[i];
		s->n = n_inner < n_outer ? n_inner : n_outer;
	}
	model[n_model++] = (struct source){ .n = 1, .inner = { inner }, .outer = { outer } };
}

static void compare(const struct libns_idmap *map)
{
	size_t ids = 0, in_model = 0;

	for (int i = 0; i < n_model; i++) {
		in_model += (size_t)model[i].n;
		for (int j = 0; j < model[i].n; j++) {
			uint32_t outer = 9999, inner = 9999;

			CHECK(libns_idmap_to_outer(map, (uint32_t)model[i].inner[j], &outer));
			CHECK_INT(outer, model[i].outer[j]);
			CHECK(libns_idmap_to_inner(map, outer, &inner));
			CHECK_INT(inner, model[i].inner[j]);
		}
	}
	for (size_t i = 0; i < libns_idmap_count(map); i++)
		ids += libns_idmap_at(map, i)->count;
	CHECK_INT(ids, in_model);
}

TEST(single_equals_its_definition)
{
	srand(4711);
	for (int round = 0; round < 20000; round++) {
		struct libns_idmap *map = new_map();

		n_model = 0;
		for (int i = 0; i < 3; i++) {
			bool zero = i == 0 && rand() % 2;
			int inner = zero ? 0 : rand() % IDS, outer = rand() % IDS;
			int count = 1 + rand() % 9;
			struct source s = { .from_zero = zero, .n = count };
			bool clash = false;

			for (int j = 0; j < count; j++) {
				s.inner[j] = inner + j;
				s.outer[j] = outer + j;
				clash |= model_has(false, inner + j) || model_has(true, outer + j);
			}
			CHECK_INT(
				zero ? idmap_add_from_zero(map, (uint32_t)outer, (uint32_t)count,
							   NULL)
				     : add(map, (uint32_t)inner, (uint32_t)outer, (uint32_t)count),
				clash ? -EEXIST : 0);
			if (!clash)
				model[n_model++] = s;
		}
		compare(map);
		for (int i = 0; i < 3; i++) {
			int inner = rand() % (IDS + 10), outer = rand() % (IDS + 10);

			CHECK_INT(
				libns_idmap_add_single(map, (uint32_t)inner, (uint32_t)outer, NULL),
				0);
			model_single(inner, outer);
			CHECK_INT(libns_idmap_at(map, 0)->inner, inner);
			CHECK_INT(libns_idmap_at(map, 0)->count, 1);
			compare(map);
		}
		libns_idmap_free(map);
	}
}

TEST(translate)
{
	struct libns_idmap *map = new_map();
	uint32_t id = 7;

	CHECK_INT(add(map, 10, 100, 5), 0);
	CHECK(libns_idmap_to_outer(map, 14, &id));
	CHECK_INT(id, 104);
	CHECK(libns_idmap_to_inner(map, 100, &id));
	CHECK_INT(id, 10);
	CHECK(!libns_idmap_to_outer(map, 15, &id));
	CHECK(!libns_idmap_to_outer(map, 9, &id));
	CHECK(!libns_idmap_to_inner(map, 105, &id));
	CHECK(!libns_idmap_to_inner(NULL, 105, &id));
	CHECK_INT(id, 10);
	libns_idmap_free(map);
}

TEST(kernel_text)
{
	static const char *const bad[] = { "0 0\n",   "0 0 1 2\n",        "0 0 0\n",  "\n",
					   "0 0 x\n", "0 0 4294967296\n", "0 0 1\n\n" };
	struct libns_idmap *map = new_map();
	uint32_t id = 7;

	CHECK_INT(idmap_parse(map, ""), 0);
	CHECK_INT(libns_idmap_count(map), 0);
	/* Two ranges the reader cannot see the outer side of. */
	CHECK_INT(idmap_parse(map, "         0       1000          1\n"
				   "         1 4294967295         10\n"
				   "       100 4294967295         10\n"),
		  0);
	CHECK_INT(libns_idmap_count(map), 3);
	CHECK(libns_idmap_to_outer(map, 0, &id));
	CHECK_INT(id, 1000);
	CHECK(!libns_idmap_to_outer(map, 1, &id));
	CHECK(!libns_idmap_to_inner(map, IDMAP_NO_ID, &id));
	libns_idmap_free(map);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		map = new_map();
		CHECK_INT(idmap_parse(map, bad[i]), -EBADMSG);
		libns_idmap_free(map);
	}
}

TEST(helper_arguments)
{
	static const char *const expected[] = { "newuidmap", "4294967295", "0",      "1001",
						"1",         "1",          "100000", "65536" };
	struct libns_idmap *map = new_map();
	char **argv;
	size_t n = 0;

	CHECK_INT(add(map, 0, 1001, 1), 0);
	CHECK_INT(add(map, 1, 100000, 65536), 0);
	argv = idmap_format_argv(map, "newuidmap", -1);
	for (; argv[n]; n++)
		CHECK_STR(argv[n], expected[n]);
	CHECK_INT(n, sizeof(expected) / sizeof(expected[0]));
	free(argv);
	libns_idmap_free(map);
}

static void check_subid(const char *text, const char *name, uid_t uid, uint32_t first,
			uint32_t count)
{
	struct idmap_subid subid = { 7, 7 };

	CHECK_INT(idmap_find_subid(text, name, uid, &subid), count ? 0 : -ENOENT);
	CHECK_INT(subid.first, count ? first : 7);
	CHECK_INT(subid.count, count ? count : 7);
}

TEST(subid_file)
{
	static const char text[] = "# alice:1:1\n"
				   "alice\n"
				   "alice:1\n"
				   "alice:1:2:3\n"
				   "alice::5\n"
				   "alice: 1:5\n"
				   "alice:1:0\n"
				   "alice:-1:5\n"
				   "alice:4294967290:10\n"
				   "alice:4294967296:10\n"
				   "bob:100000:65536\n"
				   "alice:200000:65536\n"
				   "alice:300000:65536\n"
				   "1003:400000:1\n"
				   "carol:500000:1";

	check_subid(text, "alice", 1001, 200000, 65536);
	check_subid(text, "bob", 1002, 100000, 65536);
	check_subid(text, NULL, 1003, 400000, 1);
	check_subid(text, "dave", 1003, 400000, 1);
	check_subid(text, "carol", 1004, 500000, 1);
	check_subid(text, "alic", 9, 0, 0);
	check_subid(text, "alicea", 9, 0, 0);
	check_subid(text, NULL, 1001, 0, 0);
	check_subid("", "alice", 1001, 0, 0);
	check_subid("4294968297:1:1\n", NULL, 1001, 0, 0);
}

TEST(getsubids_output)
{
	struct idmap_subid subid = { 7, 7 };

	CHECK_INT(idmap_find_getsubids("0: alice 100000 65536\n1: alice 1 2\n", &subid), 0);
	CHECK_INT(subid.first, 100000);
	CHECK_INT(subid.count, 65536);
	CHECK_INT(idmap_find_getsubids("Error fetching ranges\n", &subid), -ENOENT);
	CHECK_INT(idmap_find_getsubids("0: alice 4294967290 65536\n", &subid), -ENOENT);
	CHECK_INT(idmap_find_getsubids("", &subid), -ENOENT);
}

TEST(nsswitch)
{
	CHECK(!idmap_nsswitch_has_subid(""));
	CHECK(!idmap_nsswitch_has_subid("passwd: files\n#subid: sss\n"));
	CHECK(!idmap_nsswitch_has_subid("subid:\nsubid: files sss\n"));
	CHECK(idmap_nsswitch_has_subid("passwd: files\nsubid:\tsss\n"));
	CHECK(idmap_nsswitch_has_subid("SubID:sss"));
	CHECK(!idmap_nsswitch_has_subid("xsubid: sss\n"));
}

TAP_MAIN
