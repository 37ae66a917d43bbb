/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What --sandbox does beside its table of options, since it depends on the user and the machine:
 * it hides secrets, keeps the working directory, and the names of the network.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "xunshare/options.h"
#include "xunshare/preset.h"

/* More of the same, one path a line: from whoever administrates the machine. */
#define HIDE_FILE "/etc/libns/hide"

/*
 * What nobody wants an untrusted program to read. Those that begin with "~/" are below the home
 * directory. Another list may be in the file HIDE_FILE. What does not exist is not hidden: the
 * program cannot make it either.
 */
static const char *const secrets[] = {
	/* Keys, and what proves who one is. */
	"~/.ssh",
	"~/.gnupg",
	"~/.password-store",
	"~/.local/share/keyrings",
	"~/.local/share/kwalletd",
	"~/.pki",
	"~/.age",
	"~/.config/age",
	"~/.config/sops",
	"~/.1password",
	"~/.config/op",
	"~/.config/1Password",
	"~/.config/Bitwarden",
	"~/.config/Bitwarden CLI",
	"~/.config/keepassxc",
	"~/.vault-token",
	"~/.krb5",
	/* Clouds and registries. */
	"~/.aws",
	"~/.azure",
	"~/.config/gcloud",
	"~/.boto",
	"~/.s3cfg",
	"~/.oci",
	"~/.config/doctl",
	"~/.config/hcloud",
	"~/.config/rclone",
	"~/.kube",
	"~/.docker",
	"~/.config/containers/auth.json",
	"~/.config/helm",
	"~/.terraform.d",
	"~/.terraformrc",
	/* Forges and packages. */
	"~/.config/gh",
	"~/.config/glab-cli",
	"~/.config/hub",
	"~/.config/git/credentials",
	"~/.git-credentials",
	"~/.netrc",
	"~/.npmrc",
	"~/.yarnrc.yml",
	"~/.pypirc",
	"~/.config/pypoetry/auth.toml",
	"~/.cargo/credentials",
	"~/.cargo/credentials.toml",
	"~/.gem/credentials",
	"~/.m2/settings.xml",
	"~/.m2/settings-security.xml",
	"~/.gradle/gradle.properties",
	"~/.composer/auth.json",
	"~/.config/composer/auth.json",
	/* Databases and mail. */
	"~/.pgpass",
	"~/.my.cnf",
	"~/.mylogin.cnf",
	"~/.msmtprc",
	"~/.mbsyncrc",
	"~/.authinfo",
	"~/.authinfo.gpg",
	"~/.smbcredentials",
	"~/.config/evolution",
	"~/.thunderbird",
	/* Browsers. */
	"~/.mozilla",
	"~/.cache/mozilla",
	"~/.config/google-chrome",
	"~/.config/google-chrome-beta",
	"~/.config/mozilla",
	"~/.librewolf",
	"~/.cache/google-chrome",
	"~/.config/chromium",
	"~/.cache/chromium",
	"~/.config/BraveSoftware",
	"~/.config/microsoft-edge",
	"~/.config/opera",
	"~/.config/vivaldi",
	"~/.var/app",
	"~/snap",
	/* Money. */
	"~/.bitcoin",
	"~/.ethereum",
	"~/.electrum",
	"~/.config/solana",
	/* Talks. */
	"~/.config/Signal",
	"~/.config/Slack",
	"~/.config/discord",
	"~/.local/share/TelegramDesktop",
	/* What was typed. */
	"~/.bash_history",
	"~/.zsh_history",
	"~/.local/share/zsh",
	"~/.zhistory",
	"~/.histfile",
	"~/.ash_history",
	"~/.local/share/fish",
	"~/.local/state/bash",
	"~/.python_history",
	"~/.node_repl_history",
	"~/.psql_history",
	"~/.mysql_history",
	"~/.sqlite_history",
	"~/.rediscli_history",
	"~/.lesshst",
	"~/.viminfo",
	"~/.local/share/recently-used.xbel",
	/* Sockets and terminals of the desktop. */
	"~/.Xauthority",
	"~/.ICEauthority",
	/* The system's own, which root can read. */
	"/etc/shadow",
	"/etc/shadow-",
	"/etc/gshadow",
	"/etc/gshadow-",
	"/etc/krb5.keytab",
	"/etc/ssl/private",
	"/etc/ssh",
	"/etc/wireguard",
	"/etc/NetworkManager/system-connections",
	"/var/lib/NetworkManager",
	"/root/.ssh",
};

/* Variables that name a socket or a file with the right to act for the user. */
static const char *const named[] = {
	"SSH_AUTH_SOCK",
	"XAUTHORITY",
	"KRB5CCNAME",
	"KRB5_CLIENT_KTNAME",
	"DOCKER_CONFIG",
	"KUBECONFIG",
	"GNUPGHOME",
	"NETRC",
	"PGPASSFILE",
	"HISTFILE",
	"AWS_SHARED_CREDENTIALS_FILE",
	"AWS_CONFIG_FILE",
	"AWS_WEB_IDENTITY_TOKEN_FILE",
	"AZURE_CONFIG_DIR",
	"CLOUDSDK_CONFIG",
	"GOOGLE_APPLICATION_CREDENTIALS",
	"PASSWORD_STORE_DIR",
	"SOPS_AGE_KEY_FILE",
};

/* Where in the new root nothing of the host is. */
static const char *const own[] = { "/tmp", "/var/tmp", "/run", "/dev", "/proc" };

static int no_memory(const struct request *q)
{
	cli_error(&q->cli, "%s", strerror(ENOMEM));
	return CLI_BAD;
}

/* A path as one part of a value. Return: a copy to be freed, or NULL. */
static char *escape(const char *path)
{
	char *text = malloc(2 * strlen(path) + 1), *to = text;

	for (; text && *path; *to++ = *path++)
		if (*path == ':' || *path == '\\')
			*to++ = '\\';
	if (text)
		*to = '\0';
	return text;
}

int sandbox_take_path(struct request *q, int id, const char *path, preset_take_fn take)
{
	char *text = escape(path);
	int r = text ? preset_take_copy(q, id, text, take) : no_memory(q);

	free(text);
	return r;
}

/* Whether a path is a directory or below it. */
bool sandbox_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

/* Whether it is where the new root has directories of its own. */
bool sandbox_is_own(const char *path)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (sandbox_is_below(path, own[i]))
			return true;
	return false;
}

/* Hides what is there, wherever links lead. Where nobody may go there is nothing to hide. */
static int hide(struct request *q, const char *path, preset_take_fn take)
{
	/* Most are not there, which one call says. */
	char *real = access(path, F_OK) < 0 ? NULL : realpath(path, NULL);
	int r = 0;

	if (!real && errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
		cli_error(&q->cli, "cannot look at '%s': %s", path, strerror(errno));
		return CLI_BAD;
	}
	/* Also below what the new root has of its own: another option may show it. */
	if (real && !sandbox_is_below(real, "/proc"))
		r = sandbox_take_path(q, OPT_HIDE, real, take);
	free(real);
	return r;
}

/* Directories that a user keeps secrets in; NULL ends them. The variable may name another directory
 * than the account, to which others write their keys. */
struct homes {
	const char *dirs[3];
};

/* What begins with "~" is below each of them. */
static int hide_below(struct request *q, const struct homes *homes, const char *path,
		      preset_take_fn take)
{
	int r = *path == '~' ? 0 : hide(q, path, take);

	for (const char *const *dir = homes->dirs; r == 0 && *path == '~' && *dir; dir++) {
		char *text;

		if (asprintf(&text, "%s%s", *dir, path + 1) < 0)
			return no_memory(q);
		r = hide(q, text, take);
		free(text);
	}
	return r;
}

/* A line is a path; empty ones and those that begin with "#" say nothing. */
static int hide_line(struct request *q, const struct homes *homes, char *line, preset_take_fn take)
{
	size_t n = strlen(line);

	while (n && strchr(" \t\r", line[n - 1]))
		line[--n] = '\0';
	if (!*line || *line == '#')
		return 0;
	if (*line != '/' && strncmp(line, "~/", 2) != 0) {
		cli_error(&q->cli, "%s: '%s' is neither an absolute path nor one below ~/",
			  HIDE_FILE, line);
		return CLI_BAD;
	}
	return hide_below(q, homes, line, take);
}

static int hide_listed(struct request *q, const struct homes *homes, preset_take_fn take)
{
	char *text = file_read_at(AT_FDCWD, HIDE_FILE, NULL), *rest = text, *line;
	int r = 0;

	if (!text && errno != ENOENT) {
		cli_error(&q->cli, "%s: %s", HIDE_FILE, strerror(errno));
		return CLI_BAD;
	}
	while (r == 0 && (line = strsep(&rest, "\n")))
		r = hide_line(q, homes, line, take);
	free(text);
	return r;
}

/* Variables hold one path, several with colons between them, or one behind a word and a colon. */
static int hide_named(struct request *q, const char *value, preset_take_fn take)
{
	char *text = value ? strdup(value) : NULL, *rest = text, *path;
	int r = value && !text ? no_memory(q) : 0;

	while (r == 0 && (path = strsep(&rest, ":")))
		r = *path ? hide(q, path, take) : 0;
	free(text);
	return r;
}

/* Looks up the caller once; all is "" for a user without an account. Return: 0, or CLI_BAD with the
 * reason printed. */
static int find_user(struct request *q)
{
	struct libns_account *user = &q->preset.user;
	struct libns_error err = LIBNS_ERROR_INIT;
	char number[16];
	int r;

	if (user->size)
		return 0;
	*user = (struct libns_account)LIBNS_ACCOUNT_INIT;
	snprintf(number, sizeof(number), "%u", geteuid());
	r = libns_account_find(LIBNS_ACCOUNT_USER, number, user, &err);
	if (r == 0 || r == -ENOENT)
		return 0;
	/* What is not known is not hidden. */
	cli_fail(&q->cli, &err);
	return CLI_BAD;
}

static int find_homes(struct request *q, struct homes *ret)
{
	const struct libns_account *user = &q->preset.user;
	const char *home = getenv("HOME");
	size_t n = 0;

	if (find_user(q) < 0)
		return CLI_BAD;
	if (*user->home == '/')
		ret->dirs[n++] = user->home;
	if (home && *home == '/' && strcmp(home, user->home) != 0)
		ret->dirs[n++] = home;
	if (n)
		return 0;
	cli_error(
		&q->cli,
		"cannot find out where user %u keeps secrets: there is no home directory, neither "
		"in an account nor in HOME (--without=secrets goes on without)",
		geteuid());
	return CLI_BAD;
}

int sandbox_has_home(struct request *q, const char *dir)
{
	struct homes homes = { { NULL } };
	int r = preset_leaves_out(q, "secrets") ? 0 : find_homes(q, &homes);

	for (const char *const *home = homes.dirs; r == 0 && *home; home++)
		r = sandbox_is_below(*home, dir);
	return r;
}

int sandbox_hide(struct request *q, preset_take_fn take)
{
	struct homes homes = { { NULL } };
	int r = find_homes(q, &homes);

	for (size_t i = 0; r == 0 && i < sizeof(secrets) / sizeof(secrets[0]); i++)
		r = hide_below(q, &homes, secrets[i], take);
	if (r == 0)
		r = hide_listed(q, &homes, take);
	for (size_t i = 0; r == 0 && i < sizeof(named) / sizeof(named[0]); i++)
		r = hide_named(q, getenv(named[i]), take);
	return r;
}

/* The working directory stays where it is, also below a directory that is new. */
int sandbox_keep_cwd(struct request *q, preset_take_fn take)
{
	char *cwd = realpath(".", NULL);
	int r = 0;

	if (!cwd) {
		cli_error(&q->cli, "cannot find the working directory: %s", strerror(errno));
		return CLI_BAD;
	}
	for (size_t i = 0; r == 0 && i < sizeof(own) / sizeof(own[0]); i++)
		if (sandbox_is_below(cwd, own[i]) && strcmp(cwd, own[i]) != 0)
			r = sandbox_take_path(q, OPT_RO_BIND, cwd, take);
	if (r == 0)
		r = preset_take_copy(q, 'w', cwd, take);
	free(cwd);
	return r;
}

/* With a network, names are looked up by what /etc/resolv.conf says, which is often in /run. */
int sandbox_keep_names(struct request *q, preset_take_fn take)
{
	bool has_net = preset_leaves_out(q, "net") || q->preset.has_pasta;
	char *real = has_net ? realpath("/etc/resolv.conf", NULL) : NULL;
	int r = real && sandbox_is_own(real) ? sandbox_take_path(q, OPT_RO_BIND, real, take) : 0;

	free(real);
	return r;
}
