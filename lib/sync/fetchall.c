/*
 * fetchall.c: many folders side by side, their output in order
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/diag.h>
#include <ex/fetch.h>
#include <ex/file.h>

#include "priv.h"

#define JOBS_MAX 8
#define COPY_BYTES (256 * 1024)

struct pool {
	struct ex_fetch *f;
	FILE **out;		/* one a folder; the first is the real one */
	pthread_mutex_t lock;
	pthread_cond_t finished;
	size_t next;		/* folder that nobody has taken */
	bool *done;
};

/* An unlinked file, opened only when its folder is taken. */
static FILE *
spool(struct ex_err *err)
{
	int fd = ex_file_temp(err);
	FILE *fp;

	if (fd == -1)
		return NULL;
	if ((fp = fdopen(fd, "w+")) == NULL) {
		ex_err_set(err, EX_ERR_SYSTEM, "temporary file:");
		close(fd);
	}
	return fp;
}

static void
fetch_one(struct pool *p, size_t i)
{
	struct ex_fetch_folder *folder = &p->f->folder[i];

	if (p->out[i] == NULL)
		p->out[i] = spool(&folder->err);
	if (p->out[i] == NULL)
		return;
	if (ex_fetch_folder(p->f, folder, p->out[i]) == 0 && i > 0 &&
	    (fflush(p->out[i]) == EOF || ferror(p->out[i])))
		ex_err_set(&folder->err, EX_ERR_SYSTEM, "temporary file:");
}

static void *
worker(void *arg)
{
	struct pool *p = arg;
	size_t i;

	pthread_mutex_lock(&p->lock);
	while ((i = p->next) < p->f->nfolder) {
		p->next++;
		pthread_mutex_unlock(&p->lock);
		fetch_one(p, i);
		pthread_mutex_lock(&p->lock);
		p->done[i] = true;
		pthread_cond_broadcast(&p->finished);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static int
copy(FILE *from, FILE *to, struct ex_err *err)
{
	char *buf = malloc(COPY_BYTES);
	size_t n;

	if (buf == NULL)
		ex_diag_oom();
	rewind(from);
	while ((n = fread(buf, 1, COPY_BYTES, from)) > 0 &&
	    fwrite(buf, 1, n, to) == n)
		;
	free(buf);
	if (ferror(from))
		return ex_err_set(err, EX_ERR_SYSTEM, "temporary file:");
	return ferror(to) ? ex_err_set(err, EX_ERR_SYSTEM, "output:") : 0;
}

/* Wait for each in turn, and give out what it spooled. */
static int
collect(struct pool *p, struct ex_err *err)
{
	struct ex_fetch_folder *folder;
	struct ex_err *why;
	size_t i;
	int got = 0;

	for (i = 0; i < p->f->nfolder; i++) {
		folder = &p->f->folder[i];
		pthread_mutex_lock(&p->lock);
		while (!p->done[i])
			pthread_cond_wait(&p->finished, &p->lock);
		pthread_mutex_unlock(&p->lock);
		why = &folder->err;
		if (i > 0 && p->out[i] != NULL) {
			if (copy(p->out[i], p->out[0], why) == -1 && got == 0)
				got = -1;
			fclose(p->out[i]);
		}
		if (why->code != 0 && (got == 0 || err->code == 0)) {
			*err = *why;
			got = -1;
		}
	}
	return got;
}

int
ex_fetch_run(struct ex_fetch *f, FILE *out, struct ex_err *err)
{
	struct pool p = { .f = f, .lock = PTHREAD_MUTEX_INITIALIZER,
	    .finished = PTHREAD_COND_INITIALIZER };
	pthread_t thread[JOBS_MAX];
	size_t i, n = f->jobs == 0 || f->jobs > JOBS_MAX ? JOBS_MAX : f->jobs;
	int got;

	memset(err, 0, sizeof(*err));
	p.out = calloc(f->nfolder + 1, sizeof(*p.out));
	p.done = calloc(f->nfolder + 1, sizeof(*p.done));
	if (p.out == NULL || p.done == NULL)
		ex_diag_oom();
	p.out[0] = out;
	if (n > f->nfolder)
		n = f->nfolder;
	/* One folder, or a machine without threads: here and now. */
	for (i = 0; n > 1 && i < n; i++)
		if (pthread_create(&thread[i], NULL, worker, &p) != 0)
			break;
	if (i == 0)
		worker(&p);
	got = collect(&p, err);
	while (i > 0)
		pthread_join(thread[--i], NULL);
	ex_progress_end();
	free(p.out);
	free(p.done);
	return got;
}
