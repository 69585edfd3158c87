/*
 * file.h: whole files: read, map, replace atomically, lock
 *
 * Every function that fails says path and errno in err.
 */
#ifndef EX_FILE_H
#define EX_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/str.h>

struct ex_arena;
struct ex_err;

/*
 * The whole of a file in the arena, at most cap bytes (more: EX_ERR_INPUT).
 * dirfd as in openat(2).  EX_ERR_GONE if there is none.
 */
int	 ex_file_read(int dirfd, const char *path, size_t cap,
	    struct ex_arena *a, struct ex_str *out, struct ex_err *err);

/*
 * Replace a file, or make it, by a temporary one beside it that is synced
 * and renamed: after a crash there is the old or the new one, whole.
 * The mode is the old file's, or mode.
 */
int	 ex_file_replace(const char *path, struct ex_str text, unsigned mode,
	    struct ex_err *err);

/* A map for reading only.  An empty file gives a run of 0 bytes. */
int	 ex_file_map(int fd, const char *path, struct ex_str *out,
	    struct ex_err *err);
void	 ex_file_unmap(struct ex_str map);

/* An unlinked file in $TMPDIR or /tmp, 0600; its descriptor, or -1. */
int	 ex_file_temp(struct ex_err *err);

/*
 * A lock that dies with the process: path is made if need be and says who
 * holds it ("exring 1234 on host since 2026-01-02T03:04:05Z").  Held by
 * another: EX_ERR_AGAIN, with what the file says.  Returns a descriptor to
 * be closed, or -1.
 */
int	 ex_file_lock(const char *path, struct ex_err *err);

/* Write all of it, whatever write(2) takes at a time. */
int	 ex_file_write(int fd, const void *p, size_t n, const char *path,
	    struct ex_err *err);

/* Everything on the file system that fd lies on is on the disk. */
int	 ex_file_sync(int fd, const char *path, struct ex_err *err);

#endif
