/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_STUB_H
#define LIBNS_STUB_H

#include <stdint.h>

/*
 * What the stub (stub.c) and the library, which makes and starts it, agree on. The stub is a program
 * of a few hundred bytes. It works off two lists of operations: that of the helper, and that of the
 * child which the helper makes.
 *
 * The helper's list may have names that only the caller may know. So it is in memory that the child
 * does not have, and it is not in the file of the stub. The child's list is part of that file.
 */

/* Where the three parts are: each address is the same in every stub. */
#define STUB_CODE UINT64_C(0x400000)
#define STUB_DATA UINT64_C(0x10000000) /* struct stub_data, which the child has, too */
#define STUB_WORK UINT64_C(0x40000000) /* struct stub_work, which only the helper has */

/* The code begins behind the headers of its file, and ends before the data. */
#define STUB_ENTRY   0x100
#define STUB_DATA_AT 4096

/* How the stub ends: in the helper, and in the child. */
#define STUB_FAILED     126
#define STUB_CANNOT_RUN 127

/* Room for the name of a missing interpreter, with the byte that ends it. */
#define STUB_NEEDS 200

enum stub_kind {
	STUB_CALL,        /* a system call; the failure @result is ignored, unless that is 0 */
	STUB_TRY,         /* a system call that may fail */
	STUB_EXPECT,      /* a system call that must have @result */
	STUB_MASK,        /* the 32 bits at args[0] are cut down to args[1] */
	STUB_SKIP_IF_SAME /* args[0], args[1]: answers of statx(2); args[2]: how many to skip */
};

struct stub_op {
	uint16_t kind;   /* enum stub_kind */
	uint16_t number; /* of the system call */
	int32_t result;
	uint64_t args[6];
};

/* Shared with the caller. */
struct stub_work {
	int32_t pid;  /* of the child, written by the kernel; 0: there is none */
	uint32_t at;  /* the operation of the helper that is due */
	int32_t code; /* the errno that it has failed with */
	uint32_t n_ops;
	uint64_t ops;
};

struct stub_program {
	uint64_t path;
	uint64_t argv; /* with one free place before it, for the name of a shell */
};

struct stub_data {
	char name[16];    /* of the process */
	int32_t work_fd;  /* -1: there is no helper, the stub itself becomes the program */
	int32_t line;     /* the child's end of the channel */
	uint64_t message; /* what is said there if no program can be run */
	uint64_t n_message;
	uint64_t code;  /* where in that the errno belongs, or 0 */
	uint64_t needs; /* and the name of an interpreter that is missing, STUB_NEEDS bytes; or 0 */
	uint64_t work_size;
	uint64_t ops;
	uint64_t n_ops;
	uint64_t programs; /* tried one by one where the one before does not exist */
	uint64_t n_programs;
	uint64_t search; /* PATH of the program */
	uint64_t envp;
	uint64_t shell; /* "/bin/sh" */
};

#endif
