/*
 * pushread.c: what a folder holds for some jobs, at once where it can
 */
#include <string.h>

#include "pushpriv.h"

struct reading {
	struct push_job **job;	/* NULL: it has been told of */
	push_read_use *use;
	void *arg;
};

static int
done(void *arg, size_t i, const struct ex_found *f, const struct ex_err *why,
    struct ex_err *err)
{
	struct reading *r = arg;
	struct push_job *j = r->job[i];

	(void)err;
	r->job[i] = NULL;
	if (j != NULL)
		r->use(r->arg, j, f, why);
	return 0;
}

static void
one_by_one(struct ex_store *s, struct reading *r, const struct ex_str *id,
    size_t n)
{
	struct ex_arena scratch = EX_ARENA_INIT;
	struct ex_found f;
	struct ex_err err;
	size_t i;
	int got;

	for (i = 0; i < n; i++) {
		memset(&f, 0, sizeof(f));
		got = s->ops->read(s, id[i], &scratch, &f, &err);
		done(r, i, got == -1 ? NULL : &f, &err, &err);
		ex_arena_reset(&scratch);
	}
	ex_arena_free(&scratch);
}

void
push_read(struct ex_store *s, struct push_job **job, const struct ex_str *id,
    size_t n, push_read_use *use, void *arg)
{
	struct reading r = { job, use, arg };
	struct ex_err err;
	size_t i;

	if (n == 0)
		return;
	if (s->ops->read_many == NULL) {
		one_by_one(s, &r, id, n);
		return;
	}
	ex_err_set(&err, EX_ERR_AGAIN, "no answer");
	s->ops->read_many(s, id, n, done, &r, &err);
	for (i = 0; i < n; i++)
		if (job[i] != NULL)
			use(arg, job[i], NULL, &err);
}
