/*
 * graphbatch.c: many requests in one, as JSON
 *
 * "JSON batching" of Microsoft Graph: up to 20 in one; each has a status of
 * its own, and they may come back in any order.
 *
 * (1) Each waits for the one before it (dependsOn), so that one at a time is
 *     under way: 20 side by side would be more than an app may have at once.
 *     What depends on one that failed is answered 424, and is sent again.
 * (2) The headers of the whole are not those of its parts: Prefer stands in
 *     each.
 */
#include <string.h>

#include <ex/str.h>

#include "graphpriv.h"

void
ex_graph_prefer(struct ex_buf *b, unsigned page)
{
	ex_buf_puts(b, "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", "
	    "outlook.body-content-type=\"text\"");
	if (page > 0)
		ex_buf_fmt(b, ", odata.maxpagesize=%u", page);
}

static void
put_one(struct ex_buf *b, const struct ex_graph_call *c, size_t i)
{
	struct ex_buf prefer = EX_BUF_INIT;

	ex_buf_fmt(b, "{\"id\":\"%zu\",\"method\":\"%s\"", i + 1, c->method);
	ex_json_member(b, "url", ex_buf_get(&c->url));
	if (i > 0)
		ex_buf_fmt(b, ",\"dependsOn\":[\"%zu\"]", i);
	ex_graph_prefer(&prefer, c->page);
	ex_buf_puts(b, ",\"headers\":{");
	ex_json_member(b, "Prefer", ex_buf_get(&prefer));
	ex_json_member(b, "If-Match", c->match);
	if (c->body.n > 0)
		ex_json_member(b, "Content-Type", EX_STR("application/json"));
	ex_buf_putc(b, '}');
	if (c->body.n > 0) {
		ex_buf_puts(b, ",\"body\":");
		ex_buf_str(b, ex_buf_get(&c->body));
	}
	ex_buf_putc(b, '}');
	ex_buf_fini(&prefer);
}

void
ex_graph_batch_put(struct ex_buf *b, struct ex_graph_call *const *call,
    size_t n)
{
	size_t i;

	ex_buf_puts(b, "{\"requests\":[");
	for (i = 0; i < n; i++) {
		if (i > 0)
			ex_buf_putc(b, ',');
		put_one(b, call[i], i);
	}
	ex_buf_puts(b, "]}");
}

/* Names of headers are in whatever case. */
static struct ex_str
header(const struct ex_json *headers, const char *name)
{
	const struct ex_json *c = headers != NULL ? headers->child : NULL;

	for (; c != NULL; c = c->next)
		if (ex_str_is_nocase(c->key, name) &&
		    (c->type == EX_JSON_STRING || c->type == EX_JSON_NUMBER))
			return c->text;
	return EX_STR_NONE;
}

int
ex_graph_batch_read(const struct ex_json *answer,
    struct ex_graph_part *part, size_t n, struct ex_err *err)
{
	const struct ex_json *c = ex_json_get(answer, "responses");
	long long id, status;

	memset(part, 0, n * sizeof(*part));
	if (c == NULL || c->type != EX_JSON_ARRAY)
		return ex_err_set(err, EX_ERR_AGAIN, "a $batch was answered "
		    "without responses");
	for (c = c->child; c != NULL; c = c->next) {
		id = ex_str_number(ex_json_get_str(c, "id"));
		status = ex_json_get_int(c, "status", 0);
		if (id < 1 || id > (long long)n || status < 100 ||
		    status > 599 || part[id - 1].status != 0)
			continue;
		part[id - 1] = (struct ex_graph_part){ (int)status,
		    ex_json_get(c, "body"), header(ex_json_get(c, "headers"),
		    "Retry-After"), header(ex_json_get(c, "headers"),
		    "request-id") };
		if (part[id - 1].body != NULL &&
		    part[id - 1].body->type == EX_JSON_NULL)
			part[id - 1].body = NULL;
	}
	return 0;
}
