/*
 * httpget - requests as the stores send them, for tests of lib/net
 *
 *	httpget [-aijnsvw] [-c seconds] [-d body] [-f flight] [-h header]
 *	    [-m method] [-o key=value] [-p pause] [-q silence] [-x cap] url ...
 *
 * Each url (the first is absolute, others may begin with '/') is asked
 * once, at the same time; with -w after the first is done.  For each a line
 * as it is done: status, "sent" and "again" where there was no answer, URL,
 * why; then the body if it is 2xx, or with -n its length.  -o gives an
 * option of the folder, as a ring file does; -a says that it may be
 * repeated, -i shows X-Seen and how many requests went out, -j has bodies
 * that are not to be traced, -s takes the body by data().  Exits as
 * ex_http_fail() has it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/auth.h>
#include <ex/buf.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/http.h>
#include <ex/storeconf.h>
#include <ex/trace.h>

#define MOST	32

struct want {
	struct ex_http *h;
	bool count, sum;
	struct ex_buf body;
	size_t n;
	struct ex_err err;
};

static struct ex_store_opt opt[MOST];
static const char *header[MOST];
static struct ex_store_conf store = { .name = { "x", 1 }, .opt = opt };
static struct ex_http_conf conf = { .place = { "folder x", 8 } };
static struct ex_http_request ask = { .method = "GET", .header = header };
static struct want want = { .body = EX_BUF_INIT };
static size_t nheader;
static bool show, count, first;

static int
data(void *arg, struct ex_str part, struct ex_err *err)
{
	(void)arg;
	(void)err;
	want.n += part.n;
	if (!count)
		ex_buf_str(&want.body, part);
	return 0;
}

static int
done(void *arg, const struct ex_http_answer *a, struct ex_err *err)
{
	struct ex_str seen = ex_http_header(a, "X-Seen");

	(void)arg;
	(void)err;
	printf("%d%s%s %.*s %.*s\n", a->status,
	    a->status == 0 && a->sent ? " sent" : "",
	    a->status == 0 && a->again ? " again" : "", EX_STR_ARG(a->url),
	    EX_STR_ARG(a->why));
	if (show && seen.p != NULL)
		printf("X-Seen: %.*s\n", EX_STR_ARG(seen));
	if (a->status / 100 != 2) {
		ex_http_fail(want.h, a, &want.err);
		return 0;
	}
	if (ask.data == NULL)
		data(NULL, a->body, NULL);
	if (count)
		printf("%zu bytes\n", want.n);
	else
		fwrite(want.body.p, 1, want.body.n, stdout);
	want.n = 0;
	ex_buf_clear(&want.body);
	return 0;
}

static void
option(const char *arg)
{
	const char *eq = strchr(arg, '=');
	struct ex_store_opt *o = &opt[store.nopt++];

	if (eq == NULL || store.nopt == MOST)
		ex_die("-o %s: key=value is wanted", arg);
	o->key = (struct ex_str){ arg, (size_t)(eq - arg) };
	o->value = ex_str_of(eq + 1);
	o->line = (unsigned)store.nopt;
	if (ex_str_is(o->key, "ca-file"))
		conf.ca_file = o->value;
	if (ex_str_is(o->key, "insecure"))
		conf.insecure = true;
}

static int
options(int argc, char *argv[])
{
	int ch, level = 0;

	while ((ch = getopt(argc, argv, "ac:d:f:h:ijm:no:p:q:svwx:")) != -1)
		switch (ch) {
		case 'a':
			ask.again = true;
			break;
		case 'c':
			conf.connect = (unsigned)atoi(optarg);
			break;
		case 'd':
			ask.body = ex_str_of(optarg);
			break;
		case 'f':
			conf.flight = (unsigned)atoi(optarg);
			break;
		case 'h':
			header[nheader++] = optarg;
			break;
		case 'i':
			show = true;
			break;
		case 'j':
			ask.hush = true;
			break;
		case 'm':
			ask.method = optarg;
			break;
		case 'n':
			count = true;
			break;
		case 'o':
			option(optarg);
			break;
		case 'p':
			conf.pause = (unsigned)atoi(optarg);
			break;
		case 'q':
			conf.silence = (unsigned)atoi(optarg);
			break;
		case 's':
			ask.data = data;
			break;
		case 'v':
			ex_trace_level(++level);
			break;
		case 'w':
			first = true;
			break;
		case 'x':
			ask.cap = (size_t)atol(optarg);
			break;
		default:
			exit(EX_EXIT_TROUBLE);
		}
	return optind;
}

int
main(int argc, char *argv[])
{
	struct ex_err err;
	int i;

	ex_diag_init("httpget");
	i = options(argc, argv);
	if (i == argc)
		return EX_EXIT_TROUBLE;
	conf.url = ex_str_of(argv[i]);
	if (ex_auth_new(&store, conf.url, &conf.auth, &err) == -1 ||
	    ex_http_open(&conf, &want.h, &err) == -1)
		ex_die_err(&err);
	ask.done = done;
	for (; i < argc; i++) {
		ask.url = ex_str_of(argv[i]);
		if (ex_http_send(want.h, &ask, &err) == -1)
			ex_die_err(&err);
		if (first && ex_http_wait(want.h, &err) == -1)
			ex_die_err(&err);
		first = false;
	}
	if (ex_http_wait(want.h, &err) == -1)
		ex_die_err(&err);
	if (show)
		printf("%lu requests\n", ex_http_requests(want.h));
	ex_http_close(want.h);
	ex_auth_free(conf.auth);
	ex_buf_fini(&want.body);
	if (want.err.code != 0) {
		ex_warn_err(&want.err);
		return ex_finish(ex_exit_of(&want.err));
	}
	return ex_finish(EX_EXIT_OK);
}
