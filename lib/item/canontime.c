/*
 * canontime.c: dates, times, durations, rules, offsets, places in a view
 *
 * formats.md 3, rules 3, 7, 9 and 11.  A local time carries its zone in
 * the value: "2026-03-01T10:00:00[Europe/Berlin]".  What does not have the
 * form it should have is text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ex/json.h>

#include "priv.h"

static bool
digits(const char *p, size_t n)
{
	for (; n > 0; p++, n--)
		if (*p < '0' || *p > '9')
			return false;
	return true;
}

/* 20260301 or 2026-03-01, the ten bytes of the latter; what it took, or 0. */
static size_t
iso_date(struct ex_str s, char out[10])
{
	size_t dash;

	if (s.n >= 10 && s.p[4] == '-' && s.p[7] == '-')
		dash = 1;
	else if (s.n >= 8)
		dash = 0;
	else
		return 0;
	if (!digits(s.p, 4) || !digits(s.p + 4 + dash, 2) ||
	    !digits(s.p + 6 + 2 * dash, 2))
		return 0;
	memcpy(out, s.p, 4);
	out[4] = out[7] = '-';
	memcpy(out + 5, s.p + 4 + dash, 2);
	memcpy(out + 8, s.p + 6 + 2 * dash, 2);
	return 8 + 2 * dash;
}

/* 100000 or 10:00:00, as above, eight bytes. */
static size_t
iso_time(struct ex_str s, char out[8])
{
	size_t colon;

	if (s.n >= 8 && s.p[2] == ':' && s.p[5] == ':')
		colon = 1;
	else if (s.n >= 6)
		colon = 0;
	else
		return 0;
	if (!digits(s.p, 2) || !digits(s.p + 2 + colon, 2) ||
	    !digits(s.p + 4 + 2 * colon, 2))
		return 0;
	memcpy(out, s.p, 2);
	out[2] = out[5] = ':';
	memcpy(out + 3, s.p + 2 + colon, 2);
	memcpy(out + 6, s.p + 4 + 2 * colon, 2);
	return 6 + 2 * colon;
}

/* +0100, +01:00, +01, -050000: to +01:00; with seconds if there are some. */
static size_t
iso_offset(struct ex_str s, char out[9])
{
	char d[6] = "000000";
	size_t i, n = 0;

	if (s.n < 3 || (s.p[0] != '+' && s.p[0] != '-'))
		return 0;
	for (i = 1; i < s.n; i++) {
		if (s.p[i] == ':' && n > 0 && n % 2 == 0)
			continue;
		if (n == 6 || !digits(s.p + i, 1))
			return 0;
		d[n++] = s.p[i];
	}
	if (n % 2 != 0)
		return 0;
	out[0] = memcmp(d, "000000", 6) == 0 ? '+' : s.p[0];
	memcpy(out + 1, d, 2);
	out[3] = out[6] = ':';
	memcpy(out + 4, d + 2, 2);
	memcpy(out + 7, d + 4, 2);
	return memcmp(d + 4, "00", 2) == 0 ? 6 : 9;
}

/* A fraction of a second; of zeros only it is none. */
static size_t
fraction(struct ex_str *s, char out[8])
{
	size_t n = 0;

	if (s->n < 2 || (s->p[0] != '.' && s->p[0] != ','))
		return 0;
	while (n + 1 < s->n && n < 6 && digits(s->p + n + 1, 1))
		n++;
	out[0] = '.';
	memcpy(out + 1, s->p + 1, n);
	s->p += n + 1;
	s->n -= n + 1;
	while (n > 0 && out[n] == '0')
		n--;
	return n > 0 ? n + 1 : 0;
}

size_t
ex_canon_iso(struct ex_str s, char out[40], bool *floats)
{
	size_t n, took;

	*floats = false;
	if ((took = iso_date(s, out)) == 0)
		return 0;
	n = 10;
	s.p += took;
	s.n -= took;
	if (s.n == 0)
		return n;
	if (s.p[0] != 'T' && s.p[0] != 't')
		return 0;
	s.p++;
	s.n--;
	out[n++] = 'T';
	if ((took = iso_time(s, out + n)) == 0)
		return 0;
	n += 8;
	s.p += took;
	s.n -= took;
	n += fraction(&s, out + n);
	if (s.n == 0) {
		*floats = true;
		return n;
	}
	if (s.n == 1 && (s.p[0] == 'Z' || s.p[0] == 'z')) {
		out[n++] = 'Z';
		return n;
	}
	took = iso_offset(s, out + n);
	if (took == 6 && memcmp(out + n, "+00:00", 6) == 0) {
		out[n++] = 'Z';
		return n;
	}
	return took == 0 ? 0 : n + took;
}

/*
 * [+-]P[nW][nD][T[nH][nM][nS]] (RFC 5545, 3.3.6) in days and seconds, for
 * a day is not always 86,400 of them; its length, or 0.
 */
static size_t
duration(struct ex_str s, char out[64])
{
	unsigned long long n, days = 0, secs = 0;
	bool minus, time = false, any = false;
	size_t i = 0, from;

	minus = s.n > 0 && s.p[0] == '-';
	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		i++;
	if (i == s.n || (s.p[i] != 'P' && s.p[i] != 'p'))
		return 0;
	for (i++; i < s.n; i++) {
		if ((s.p[i] == 'T' || s.p[i] == 't') && !time) {
			time = true;
			continue;
		}
		for (n = 0, from = i; i < s.n && digits(s.p + i, 1) &&
		    i - from < 12; i++)
			n = n * 10 + (unsigned long long)(s.p[i] - '0');
		if (i == s.n || i == from)
			return 0;
		any = true;
		if ((s.p[i] == 'W' || s.p[i] == 'w') && !time)
			days += n * 7;
		else if ((s.p[i] == 'D' || s.p[i] == 'd') && !time)
			days += n;
		else if ((s.p[i] == 'H' || s.p[i] == 'h') && time)
			secs += n * 3600;
		else if ((s.p[i] == 'M' || s.p[i] == 'm') && time)
			secs += n * 60;
		else if ((s.p[i] == 'S' || s.p[i] == 's') && time)
			secs += n;
		else
			return 0;
	}
	if (!any)
		return 0;
	return (size_t)snprintf(out, 64, "%sP%lluDT%lluS",
	    minus && (days | secs) != 0 ? "-" : "", days, secs);
}

/* One point in time or duration, into tmp; false: it has no such form. */
static bool
moment(struct ex_canon *c, struct ex_str s, bool day)
{
	char out[64];
	bool floats = false;
	size_t n;

	s = ex_str_trim(s);
	if (s.n > 0 && (s.p[0] < '0' || s.p[0] > '9'))
		n = duration(s, out);
	else
		n = ex_canon_iso(s, out, &floats);
	if (n == 0)
		return false;
	if (day && n >= 19 && memcmp(out + 10, "T00:00:00", 9) == 0 &&
	    (n == 19 || (n == 20 && out[19] == 'Z')))
		n = 10;
	ex_buf_add(&c->tmp, out, n);
	if (!floats || n == 10 || c->zone.n == 0)
		return true;
	if (ex_str_is(c->zone, "Z")) {
		ex_buf_putc(&c->tmp, 'Z');
		return true;
	}
	ex_buf_putc(&c->tmp, '[');
	ex_buf_str(&c->tmp, c->zone);
	ex_buf_putc(&c->tmp, ']');
	return true;
}

/* Text where a time should be; the zone is then not lost. */
static bool
no_time(struct ex_canon *c, struct ex_str s)
{
	size_t mark = c->tmp.n;
	bool any;

	if (c->zone.n == 0)
		return ex_canon_text(c, &c->text, s, false);
	ex_buf_str(&c->tmp, s);
	ex_buf_putc(&c->tmp, '[');
	ex_buf_str(&c->tmp, c->zone);
	ex_buf_putc(&c->tmp, ']');
	/* ex_canon_text() may move tmp while it reads it. */
	any = ex_canon_text(c, &c->text, ex_arena_str(&c->scratch,
	    (struct ex_str){ c->tmp.p + mark, c->tmp.n - mark }), false);
	c->tmp.n = mark;
	return any && s.n > 0;
}

/* "start/end" or, in jCal, ["start","end"]. */
static bool
split_period(const struct ex_json *v, struct ex_str *start,
    struct ex_str *end)
{
	const char *slash;

	if (v->type == EX_JSON_ARRAY) {
		if (v->child == NULL || v->child->next == NULL ||
		    v->child->next->next != NULL)
			return false;
		*start = v->child->text;
		*end = v->child->next->text;
		return start->n > 0 && end->n > 0;
	}
	if (v->text.n == 0 ||
	    (slash = memchr(v->text.p, '/', v->text.n)) == NULL)
		return false;
	*start = (struct ex_str){ v->text.p, (size_t)(slash - v->text.p) };
	*end = (struct ex_str){ slash + 1, v->text.n - start->n - 1 };
	return true;
}

bool
ex_canon_time(struct ex_canon *c, const struct ex_json *v, bool day)
{
	size_t mark = c->tmp.n;
	struct ex_str start, end;
	bool ok;

	if (split_period(v, &start, &end)) {
		ok = moment(c, start, false);
		ex_buf_putc(&c->tmp, '/');
		ok = ok && moment(c, end, false);
	} else
		ok = v->type == EX_JSON_STRING && moment(c, v->text, day);
	if (!ok) {
		c->tmp.n = mark;
		if (v->type == EX_JSON_STRING)
			return no_time(c, v->text);
		ex_json_write(&c->text, v);
		return v->type != EX_JSON_NULL;
	}
	ex_json_string(&c->text,
	    (struct ex_str){ c->tmp.p + mark, c->tmp.n - mark });
	c->tmp.n = mark;
	return true;
}

/* One value of a rule's part: upper case, no '+', no leading zeros. */
static struct ex_str
rule_value(struct ex_canon *c, struct ex_str key, struct ex_str s)
{
	char *p, iso[40];
	bool floats;
	size_t i = 0, n = 0;

	s = ex_str_trim(s);
	if (ex_str_is(key, "UNTIL") && (n = ex_canon_iso(s, iso, &floats)) > 0)
		return ex_arena_str(&c->scratch, (struct ex_str){ iso, n });
	p = ex_arena_bytes(&c->scratch, s.n + 1);
	if (s.n > 1 && (s.p[0] == '-' || s.p[0] == '+')) {
		if (s.p[0] == '-')
			p[n++] = '-';
		i++;
	}
	while (i + 1 < s.n && s.p[i] == '0' && digits(s.p + i + 1, 1))
		i++;
	for (; i < s.n; i++)
		p[n++] = s.p[i] >= 'a' && s.p[i] <= 'z' ?
		    (char)(s.p[i] - 32) : s.p[i];
	return (struct ex_str){ p, n };
}

/* "KEY=V1,V2" of the values on the list from mark on; they are dropped. */
static struct ex_str
rule_part(struct ex_canon *c, struct ex_str key, size_t mark)
{
	struct ex_str s;
	size_t i, n;

	n = ex_canon_sort(c->list + mark, c->nlist - mark);
	c->tmp.n = 0;
	ex_buf_str(&c->tmp, key);
	for (i = 0; i < n; i++) {
		ex_buf_putc(&c->tmp, i == 0 ? '=' : ',');
		ex_buf_str(&c->tmp, c->list[mark + i]);
	}
	c->nlist = mark;
	s = ex_arena_str(&c->scratch, ex_buf_get(&c->tmp));
	c->tmp.n = 0;
	return s;
}

static bool
rule_default(struct ex_str part)
{
	return part.n == 0 || ex_str_is(part, "INTERVAL=1") ||
	    ex_str_is(part, "WKST=MO");
}

/* jCal's object (RFC 7265, 3.6.10): parts in arena memory. */
static size_t
rule_of_object(struct ex_canon *c, const struct ex_json *v,
    struct ex_str **part)
{
	const struct ex_json *k, *one;
	struct ex_str key, p;
	size_t n = 0, mark = c->nlist;

	*part = NULL;
	for (k = v->child; k != NULL; k = k->next) {
		key = rule_value(c, EX_STR_NONE, k->key);
		one = k->type == EX_JSON_ARRAY ? k->child : k;
		for (; one != NULL; one = one->next) {
			ex_canon_list_add(c, rule_value(c, key, one->text));
			if (one == k)
				break;
		}
		p = rule_part(c, key, mark);
		if (rule_default(p))
			continue;
		*part = ex_arena_grow(&c->scratch, *part, n, sizeof(**part));
		(*part)[n++] = p;
	}
	return n;
}

/* The next run up to sep. */
static struct ex_str
token(struct ex_str *s, char sep)
{
	struct ex_str t = *s;
	const char *end = memchr(s->p, sep, s->n);

	if (end == NULL) {
		s->n = 0;
		return t;
	}
	t.n = (size_t)(end - t.p);
	s->p = end + 1;
	s->n -= t.n + 1;
	return t;
}

/* A rule that no codec could read: its text. */
static size_t
rule_of_text(struct ex_canon *c, struct ex_str s, struct ex_str **part)
{
	struct ex_str one, key, p;
	size_t n = 0, mark = c->nlist;

	*part = NULL;
	while (s.n > 0) {
		one = token(&s, ';');
		if (one.n == 0)
			continue;
		key = rule_value(c, EX_STR_NONE, token(&one, '='));
		while (one.n > 0)
			ex_canon_list_add(c, rule_value(c, key,
			    token(&one, ',')));
		p = rule_part(c, key, mark);
		if (rule_default(p))
			continue;
		*part = ex_arena_grow(&c->scratch, *part, n, sizeof(**part));
		(*part)[n++] = p;
	}
	return n;
}

/* Rule 3. */
bool
ex_canon_rrule(struct ex_canon *c, const struct ex_json *v)
{
	struct ex_str *part = NULL;
	size_t n = 0, i;

	if (v->type == EX_JSON_OBJECT)
		n = rule_of_object(c, v, &part);
	else if (v->type == EX_JSON_STRING)
		n = rule_of_text(c, v->text, &part);
	n = ex_canon_sort(part, n);
	for (i = 0; i < n; i++) {
		if (i > 0)
			ex_buf_putc(&c->tmp, ';');
		ex_buf_str(&c->tmp, part[i]);
	}
	ex_json_string(&c->text, ex_buf_get(&c->tmp));
	c->tmp.n = 0;
	return n > 0;
}

bool
ex_canon_offset(struct ex_canon *c, struct ex_str s)
{
	struct ex_str t = ex_str_trim(s);
	char out[9];
	size_t n;

	if ((n = iso_offset(t, out)) == 0)
		return ex_canon_text(c, &c->text, s, false);
	ex_json_string(&c->text, (struct ex_str){ out, n });
	return true;
}

/* A decimal to six places; what is behind it stays in *s. */
static bool
coordinate(struct ex_str *s, char out[32])
{
	char text[48], *end;
	double d;

	*s = ex_str_trim(*s);
	if (s->n == 0 || memchr("+-.0123456789", s->p[0], 13) == NULL)
		return false;
	memset(text, 0, sizeof(text));
	memcpy(text, s->p, s->n < sizeof(text) - 1 ? s->n : sizeof(text) - 1);
	if (strcspn(text, "xXnNiI") != strlen(text))
		text[strcspn(text, "xXnNiI")] = '\0';
	d = strtod(text, &end);
	if (end == text || d < -1e6 || d > 1e6)
		return false;
	if (d > -0.0000005 && d < 0.0000005)
		d = 0;
	s->p += end - text;
	s->n -= (size_t)(end - text);
	snprintf(out, 32, "%.6f", d);
	return true;
}

/* [lat,lon] (RFC 7265), "geo:lat,lon" (RFC 5870) or "lat;lon". */
bool
ex_canon_geo(struct ex_canon *c, const struct ex_json *v)
{
	char lat[32], lon[32], out[72];
	struct ex_str s, rest = EX_STR_NONE;
	bool ok;

	if (v->type == EX_JSON_ARRAY && v->child != NULL &&
	    v->child->next != NULL && v->child->next->next == NULL) {
		s = v->child->text;
		rest = v->child->next->text;
		ok = coordinate(&s, lat) && s.n == 0;
	} else {
		s = v->text;
		if (s.n >= 4 && ex_str_is_nocase((struct ex_str){ s.p, 4 },
		    "geo:")) {
			s.p += 4;
			s.n -= 4;
		}
		ok = coordinate(&s, lat) && s.n > 0 &&
		    (s.p[0] == ',' || s.p[0] == ';');
		if (ok)
			rest = (struct ex_str){ s.p + 1, s.n - 1 };
	}
	if (!ok || !coordinate(&rest, lon) || rest.n > 0) {
		if (v->type == EX_JSON_STRING)
			return ex_canon_uri(c, &c->text, v->text);
		ex_json_write(&c->text, v);
		return v->type != EX_JSON_NULL;
	}
	snprintf(out, sizeof(out), "%s,%s", lat, lon);
	ex_json_string(&c->text, ex_str_of(out));
	return true;
}
