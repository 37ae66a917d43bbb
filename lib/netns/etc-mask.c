/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Questions about names that leave a network namespace although resolv.conf does not send them
 * anywhere: the C library asks nscd(8) before all else, nss-resolve(8) asks systemd-resolved(8), and
 * nss-mdns asks avahi-daemon(8), all by sockets in the file system, which are the host's.
 *
 * The directories of the sockets are covered, and not the sockets: a service that is restarted makes
 * its socket anew, and a mount on the old one would be gone with that. systemd-resolved answers on the
 * system bus as well, so where it runs, that is out of reach too; elsewhere nobody on it looks names
 * up.
 */

#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/etc.h"

#define RESOLVED "/run/systemd/resolve"
#define BUS      "/run/dbus"

static int mask(const char *path, struct libns_error *err)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd >= 0 && mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			     "mode=555,size=4k") == 0)
		return 1;
	return error_set(err, LIBNS_STEP_MOUNT, fd < 0 ? -fd : errno,
			 "cannot cover '%s', by which the host would look names up", path);
}

/* Whether the path leads through a link, as /var/run usually is one to /run. */
static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static int mask_services(const char *run, struct libns_error *err)
{
	static const char *const names[] = { "nscd", "avahi-daemon" };
	char path[64];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && r >= 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", run, names[i]);
		r = mask(path, err);
	}
	return r;
}

int etc_mask(struct libns_error *err)
{
	int r = mask_services("/run", err);

	if (r >= 0 && !is_link("/var/run"))
		r = mask_services("/var/run", err);
	if (r >= 0)
		r = mask(RESOLVED, err);
	if (r > 0)
		r = mask(BUS, err);
	return r < 0 ? r : 0;
}
