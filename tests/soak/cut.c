/*
 * cut.c: a stream that ends anywhere before its end is never taken whole
 *
 * Each byte from the last on is taken away, and the reader must say that
 * something is missing.  Only an item stream may end behind the end of a
 * folder: the others are then not fetched.
 */
#include <string.h>
#include <unistd.h>

#include <ex/diag.h>
#include <ex/file.h>
#include <ex/rec.h>

#include <fcntl.h>

#include "soak.h"

/* 0: read to its end as a whole stream. */
static int
read_all(const char *stream, unsigned flags)
{
	static const char *const path = "cut";
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_rec_in *in;
	struct ex_rec rec;
	struct ex_err err;
	int got;

	if (ex_rec_open(&in, &path, 1, stream, flags, &err) == -1)
		return -1;
	while ((got = ex_rec_next(in, &a, &rec, &err)) == 1)
		ex_arena_reset(&a);
	ex_rec_close(in);
	ex_arena_free(&a);
	return got;
}

/* Does the text end with the whole line of an end record? */
static bool
ends(struct ex_str text)
{
	size_t i = text.n;

	if (i == 0 || text.p[i - 1] != '\n')
		return false;
	for (i--; i > 0 && text.p[i - 1] != '\n'; i--)
		;
	return ex_str_starts((struct ex_str){ text.p + i, text.n - i },
	    "{\"rec\":\"end\"");
}

int
soak_cut(struct world *w, const char *path, const char *stream)
{
	bool items = strcmp(stream, "items") == 0;
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str text;
	struct ex_err err;
	size_t n;
	int fd;

	if (ex_file_read(AT_FDCWD, path, (size_t)1 << 20, &a, &text,
	    &err) == -1 || (fd = open("cut", O_RDWR | O_CREAT | O_TRUNC,
	    0600)) == -1 || ex_file_write(fd, text.p, text.n, "cut",
	    &err) == -1)
		ex_die("cut: cannot be written");
	if (read_all(stream, items ? 0 : EX_REC_WHOLE) != 0)
		soak_fail(w, "%s: the whole stream is refused", path);
	for (n = text.n; n-- > 0 && w->fail[0] == '\0';) {
		if (ftruncate(fd, (off_t)n) == -1)
			ex_die("cut: cannot be cut");
		text.n = n;
		if (items && ends(text))
			continue;
		if (read_all(stream, items ? 0 : EX_REC_WHOLE) == 0)
			soak_fail(w, "%s: cut at byte %zu, and taken", path,
			    n);
	}
	close(fd);
	ex_arena_free(&a);
	return w->fail[0] == '\0' ? 0 : -1;
}
