/*
 * account.c: what each folder came to, for whoever runs the programs
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ex/account.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/fetch.h>
#include <ex/file.h>
#include <ex/json.h>

/* All lines by one write: another program may be at it. */
static int
append(const char *path, struct ex_buf *b, struct ex_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int got = -1;

	if (fd == -1)
		ex_err_set(err, EX_ERR_SYSTEM, "%s:", path);
	else
		got = ex_file_write(fd, b->p, b->n, path, err);
	if (fd != -1)
		close(fd);
	ex_buf_fini(b);
	return got;
}

static void
start(struct ex_buf *b, const char *program, struct ex_str folder)
{
	ex_buf_fmt(b, "{\"program\":\"%s\",\"folder\":", program);
	ex_json_string(b, folder);
}

int
ex_account_fetch(const char *path, const struct ex_fetch *f,
    struct ex_err *err)
{
	const struct ex_fetch_folder *x;
	struct ex_buf b = EX_BUF_INIT;
	char at[32] = "";
	struct tm tm;
	size_t i;

	if (path == NULL)
		return 0;
	for (i = 0; i < f->nfolder; i++) {
		x = &f->folder[i];
		if (gmtime_r(&x->count.at, &tm) != NULL)
			strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
		start(&b, "exfetch", x->conf.name);
		ex_buf_fmt(&b, ",\"complete\":%s,\"at\":\"%s\",\"read\":%zu,"
		    "\"gone\":%zu,\"hidden\":%zu,\"bad\":%zu,"
		    "\"requests\":%lu,\"ms\":%lld}\n",
		    x->err.code == 0 ? "true" : "false", at,
		    x->count.items + x->count.kept, x->count.gone,
		    x->count.hidden, x->count.bad, x->count.requests,
		    x->count.ms);
	}
	return append(path, &b, err);
}

int
ex_account_push(const char *path, const struct ex_push_folder *f, size_t n,
    struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	if (path == NULL)
		return 0;
	for (i = 0; i < n; i++, f++) {
		start(&b, "expush", f->name);
		ex_buf_fmt(&b, ",\"created\":%zu,\"updated\":%zu,"
		    "\"deleted\":%zu,\"owed\":%zu,\"refused\":%zu,"
		    "\"conflicts\":%zu,\"requests\":%lu,\"ms\":%lld}\n",
		    f->created, f->updated, f->deleted, f->owed, f->refused,
		    f->conflicts, f->requests, f->ms);
	}
	return append(path, &b, err);
}
