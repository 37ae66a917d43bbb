/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_HIDEPID_H
#define LIBNS_HIDEPID_H

/* Whether a procfs conceals processes from its reader: hidepid= of proc(5). */
enum hidepid {
	HIDEPID_UNKNOWN,  /* the mount is in no list that can be read */
	HIDEPID_NOTHING,  /* or not from this reader */
	HIDEPID_CONTENTS, /* 1: all are listed, those of others cannot be read */
	HIDEPID_PROCESSES /* 2 and 4: those of others are not even listed */
};

/* What the mount conceals that a directory lies on; O_PATH will do. */
enum hidepid hidepid_read(int dir_fd);

#endif
