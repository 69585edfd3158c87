/*
 * slurp.h: a file that a test reads whole
 */
#ifndef EX_TEST_SLURP_H
#define EX_TEST_SLURP_H

#include <fcntl.h>

#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/file.h>

/* Into the arena; the test fails if it cannot be read. */
static struct ex_str
slurp(const char *path, struct ex_arena *a)
{
	struct ex_str text;
	struct ex_err err = { 0 };

	if (ex_file_read(AT_FDCWD, path, EX_CAP_ITEM, a, &text, &err) == -1)
		fail_msg("%s", err.msg);
	return ex_arena_str(a, text);
}

#endif
