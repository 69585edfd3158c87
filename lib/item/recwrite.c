/*
 * recwrite.c: streams written: lines counted and summed on their way
 *
 * Lines are built one behind the other in one buffer, which goes to the
 * FILE in pieces of PIECE bytes: nothing is copied twice, nothing is
 * allocated for a line.
 */
#include <string.h>

#include <ex/json.h>
#include <ex/rec.h>

#define PIECE		((size_t)256 << 10)

void
ex_rec_out_init(struct ex_rec_out *o, FILE *fp)
{
	static const struct ex_rec_out none = { .fp = NULL };

	*o = none;
	o->fp = fp;
}

static void
flush(struct ex_rec_out *o)
{
	if (o->line.n > 0)
		fwrite(o->line.p, 1, o->line.n, o->fp);
	ex_buf_clear(&o->line);
	o->start = 0;
}

void
ex_rec_out_fini(struct ex_rec_out *o)
{
	flush(o);
	ex_buf_fini(&o->line);
}

/* The line from o->start on is whole. */
static void
line_done(struct ex_rec_out *o)
{
	ex_buf_putc(&o->line, '\n');
	if (o->line.over) {
		/* a section that lacks a line is not to look whole */
		o->lost = true;
		o->line.n = o->start;
		flush(o);
		return;
	}
	ex_sum_line(&o->sum, o->line.p + o->start,
	    o->line.n - o->start - 1);
	if (o->line.n >= PIECE)
		flush(o);
	o->start = o->line.n;
}

void
ex_rec_begin(struct ex_rec_out *o, const char *stream, unsigned part,
    struct ex_str folder, struct ex_str rest)
{
	static const struct ex_sum zero = EX_SUM_INIT;

	o->sum = zero;
	o->count = 0;
	o->part = part;
	o->folder = folder;
	o->lost = false;
	ex_rec_start(o, "begin");
	ex_rec_str(o, "stream", ex_str_of(stream));
	ex_rec_raw(o, "form", EX_STR("1"));
	if (part != 0)
		ex_buf_fmt(&o->line, ",\"part\":%u", part);
	ex_rec_str(o, "folder", folder);
	ex_buf_str(&o->line, rest);
	ex_buf_putc(&o->line, '}');
	line_done(o);
}

void
ex_rec_end(struct ex_rec_out *o, struct ex_str rest)
{
	char hex[EX_SUM_HEX];

	if (!o->lost) {
		if (rest.n > 0)
			ex_sum_line(&o->sum, rest.p, rest.n);
		ex_sum_hex(&o->sum, hex);
		ex_rec_start(o, "end");
		if (o->part != 0)
			ex_buf_fmt(&o->line, ",\"part\":%u", o->part);
		ex_rec_str(o, "folder", o->folder);
		ex_buf_fmt(&o->line, ",\"count\":%zu,\"sum\":\"%s\"",
		    o->count, hex);
		ex_buf_str(&o->line, rest);
		ex_buf_putc(&o->line, '}');
		line_done(o);
	}
	flush(o);
}

void
ex_rec_line(struct ex_rec_out *o, struct ex_str line)
{
	o->count++;
	if (line.n < PIECE) {
		ex_buf_str(&o->line, line);
		line_done(o);
		return;
	}
	flush(o);
	ex_sum_line(&o->sum, line.p, line.n);
	fwrite(line.p, 1, line.n, o->fp);
	putc('\n', o->fp);
}

void
ex_rec_start(struct ex_rec_out *o, const char *rec)
{
	o->start = o->line.n;
	ex_buf_puts(&o->line, "{\"rec\":\"");
	ex_buf_puts(&o->line, rec);
	ex_buf_putc(&o->line, '"');
}

void
ex_rec_name(struct ex_rec_out *o, const char *name)
{
	ex_buf_puts(&o->line, ",\"");
	ex_buf_puts(&o->line, name);
	ex_buf_puts(&o->line, "\":");
}

void
ex_rec_str(struct ex_rec_out *o, const char *name, struct ex_str s)
{
	if (s.p == NULL)
		return;
	ex_rec_name(o, name);
	ex_json_string(&o->line, s);
}

void
ex_rec_raw(struct ex_rec_out *o, const char *name, struct ex_str json)
{
	if (json.p == NULL)
		return;
	ex_rec_name(o, name);
	ex_buf_str(&o->line, json);
}

void
ex_rec_stop(struct ex_rec_out *o)
{
	ex_buf_putc(&o->line, '}');
	o->count++;
	line_done(o);
}
