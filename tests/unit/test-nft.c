/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of nftables, by the library and by the program, in a network of the case's own. */
#include <arpa/inet.h>

#include "base/dl.h"
#include "kernel/helper.h"
#include "kernel/nft.h"
#include "own-net.h"

#define TABLE                                                                                      \
	"table inet t {\n"                                                                         \
	"	map m { type inet_proto . inet_service : ipv4_addr . inet_service; }\n"                  \
	"	chain c { accept comment \"one\"\n accept comment \"one\"\n accept comment \"two\"\n"    \
	"	accept\n }\n"                                                                            \
	"}\n"

static struct libns_error err = LIBNS_ERROR_INIT;

/* In a network of its own, with a table. Skips where there is neither library nor program. */
static void with_table(void)
{
	int r;

	own_net();
	r = nft_run(TABLE, &err);
	if (r == -ELIBACC || r == -EOPNOTSUPP)
		SKIP(err.text);
	if (r < 0)
		TAP_FAIL("%d: %s", r, err.text);
}

static size_t count(const char *table, const char *comment)
{
	size_t n = 99;

	if (nft_count_rules(table, comment, &n, &err) < 0)
		TAP_FAIL("%s", err.text);
	return n;
}

static void counts(void)
{
	CHECK_INT(count("t", "one"), 2);
	CHECK_INT(count("t", "two"), 1);
	CHECK_INT(count("t", "on"), 0);
	CHECK_INT(count("u", "one"), 0);
	CHECK_INT(nft_has_table("t", &err), 1);
	CHECK_INT(nft_has_table("u", &err), 0);
}

static int find(uint16_t port, const char *address, uint16_t inside)
{
	struct nft_words key = { .n = 0 }, value = { .n = 0 };
	const uint8_t protocol = 6;
	struct in_addr in;

	CHECK_INT(inet_pton(AF_INET, address, &in), 1);
	port = htons(port);
	inside = htons(inside);
	nft_words_put(&key, &protocol, 1);
	nft_words_put(&key, &port, 2);
	nft_words_put(&value, &in, 4);
	nft_words_put(&value, &inside, 2);
	return nft_find_element("t", "m", &key, &value, &err);
}

static void finds(void)
{
	CHECK_INT(find(80, "192.0.2.1", 8080), NFT_FOUND_NONE);
	CHECK_INT(nft_run("add element inet t m { tcp . 80 : 192.0.2.1 . 8080 }\n", &err), 0);
	CHECK_INT(find(80, "192.0.2.1", 8080), NFT_FOUND_SAME);
	CHECK_INT(find(80, "192.0.2.2", 8080), NFT_FOUND_OTHER);
	CHECK_INT(find(80, "192.0.2.1", 8081), NFT_FOUND_OTHER);
	CHECK_INT(find(81, "192.0.2.1", 8080), NFT_FOUND_NONE);
}

static void refuses_all_of_it(void)
{
	CHECK_INT(nft_run("add table inet u\nadd rule inet t none accept\n", &err), -EIO);
	CHECK_STR(err.text, "nft refuses: Could not process rule: No such file or directory");
	CHECK_INT(nft_has_table("u", &err), 0);
	CHECK_INT(nft_run("add table inet {\n", &err), -EIO);
	CHECK(strstr(err.text, "nft refuses: syntax error") == err.text);
}

static void reads(void)
{
	char *json = NULL;

	if (nft_read(&json, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK(strstr(json, "{\"nftables\": [") == json);
	CHECK(strstr(json, "\"chain\""));
	free(json);
}

TEST(by_the_library)
{
	with_table();
	counts();
	finds();
	refuses_all_of_it();
	reads();
}

TEST(by_the_program)
{
	char path[4096];

	if (helper_find("nft", path, sizeof(path)) < 0)
		SKIP("nft is not installed");
	own_net();
	/* From here on no library is loaded. */
	dl_forbid();
	with_table();
	counts();
	finds();
	refuses_all_of_it();
	reads();
}

TEST(by_neither)
{
	own_net();
	dl_forbid();
	setenv("PATH", "/nowhere", 1);
	CHECK_INT(nft_run(TABLE, &err), -ELIBACC);
	CHECK(strstr(err.text,
		     "; the program nft (package nftables) would do, but is not there either"));
}

/*
 * Libraries and pipes have their limits; a transaction has more elements than those. Only root may
 * enlarge the socket through which the kernel acknowledges each of them.
 */
TEST(large)
{
	const unsigned int last = geteuid() ? 500 : 4999;
	static char text[400000];
	size_t n = 0;

	with_table();
	for (unsigned int i = 1; i <= last; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "add element inet t m { tcp . %u : 192.0.2.1 . %u }\n", i, i);
	dl_forbid();
	CHECK_INT(nft_run(text, &err), 0);
	CHECK_INT(find((uint16_t)last, "192.0.2.1", (uint16_t)last), NFT_FOUND_SAME);
}

TEST(without_rights)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	size_t n;

	may_create(CLONE_NEWUSER);
	own_net();
	/* Rights in a user namespace do not reach a network outside. */
	CHECK_INT(unshare(CLONE_NEWUSER), 0);
	CHECK_INT(nft_count_rules("t", "one", &n, &why), -EPERM);
	CHECK_STR(why.text, "cannot read the rules of nftables: Operation not permitted");
}

TAP_MAIN
