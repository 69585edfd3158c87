/*
 * ring.c: the ring file, read with inih and checked
 *
 * inih knows neither line numbers nor doubled sections: the reader that
 * feeds it counts lines and watches the section lines go by.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/json.h>
#include <ex/ring.h>

#define SECTION_MAX 48		/* inih cuts a longer name without a word */

static const char no_line[] = "neither a section nor a key = value";

struct reading {
	const char *path;
	struct ex_arena *a;
	struct ex_ring *ring;
	struct ex_err *err;
	bool failed;
	struct ex_str text;
	size_t pos;
	unsigned line;			/* the one handed to inih last */
	bool line_start;
	unsigned section_line;		/* of the section we are in; 0: none */
	bool section_used;		/* a key of it has been seen */
	unsigned ring_line;		/* of [ring]; 0: not seen */
	unsigned conflict_line;		/* of its conflict key */
	struct ex_str *key;		/* keys of this section so far */
	size_t nkey;
};

static int
fail(struct reading *r, unsigned line, const char *what, const char *value)
{
	if (!r->failed)
		ex_err_set(r->err, EX_ERR_INPUT, "%s:%u: %s%s%s", r->path,
		    line, what, value != NULL ? ": " : "",
		    value != NULL ? value : "");
	r->failed = true;
	return 0;
}

/* What inih would get wrong without a word, or without a place. */
static void
watch(struct reading *r, const char *line, size_t n)
{
	/* inih takes a byte order mark for none; so does this. */
	if (r->line++ == 0 && n >= 3 && memcmp(line, "\357\273\277", 3) == 0) {
		line += 3;
		n -= 3;
	}
	while (n > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	if (memchr(line, '\0', n) != NULL)
		fail(r, r->line, "a NUL byte", NULL);
	if (n > EX_CAP_RING_LINE)
		fail(r, r->line, "the line is too long", NULL);
	if (n == 0 || *line != '[')
		return;
	if (memchr(line, ']', n) == NULL)
		fail(r, r->line, no_line, NULL);
	if (n > SECTION_MAX)
		fail(r, r->line, "the section's name is too long", NULL);
	if (r->section_line != 0 && !r->section_used)
		fail(r, r->section_line, "a section without a key", NULL);
	r->section_line = r->line;
	r->section_used = false;
	r->key = NULL;
	r->nkey = 0;
}

/* As fgets(3), for ini_parse_stream(). */
static char *
next_line(char *str, int num, void *stream)
{
	struct reading *r = stream;
	const char *from = r->text.p + r->pos, *lf;
	size_t left = r->text.n - r->pos, n;

	if (left == 0 || num < 2)
		return NULL;
	lf = memchr(from, '\n', left);
	if (r->line_start)
		watch(r, from, lf != NULL ? (size_t)(lf - from) : left);
	if (lf != NULL)
		left = (size_t)(lf - from) + 1;
	n = (size_t)num - 1 < left ? (size_t)num - 1 : left;
	memcpy(str, from, n);
	str[n] = '\0';
	r->pos += n;
	r->line_start = lf != NULL && n == left;
	return str;
}

static int
yes_no(struct reading *r, const char *value, bool *out)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return fail(r, r->line, "yes or no is wanted, not", value);
	*out = *value == 'y';
	return 1;
}

/* "10 20%" */
static int
limit(struct reading *r, const char *value, struct ex_limit *out)
{
	size_t digits = strcspn(value, " ");
	struct ex_str percent = ex_str_of(value + digits +
	    strspn(value + digits, " "));
	long long a, b;

	a = ex_str_number((struct ex_str){ value, digits });
	if (ex_str_ends(percent, "%"))
		percent.n--;
	else
		percent.n = 0;
	b = ex_str_number(percent);
	if (a < 0 || b < 0 || b > 100)
		return fail(r, r->line, "a number and a percentage are "
		    "wanted, as in \"10 20%\", not", value);
	*out = (struct ex_limit){ a, (int)b };
	return 1;
}

/* A path in the ring file, as seen from the current directory. */
static struct ex_str
beside(struct reading *r, const char *value)
{
	if (*value == '/' || ex_str_is(r->ring->dir, "."))
		return ex_arena_str(r->a, ex_str_of(value));
	return ex_arena_fmt(r->a, "%.*s/%s", EX_STR_ARG(r->ring->dir), value);
}

/* The words of a value, in the arena. */
static size_t
words(struct ex_arena *a, struct ex_str text, struct ex_str **out)
{
	struct ex_str *v = NULL;
	size_t n = 0, i = 0, start;

	for (;;) {
		while (i < text.n && text.p[i] == ' ')
			i++;
		if (i == text.n)
			break;
		for (start = i; i < text.n && text.p[i] != ' ';)
			i++;
		v = ex_arena_grow(a, v, n, sizeof(*v));
		v[n++] = ex_arena_str(a,
		    (struct ex_str){ text.p + start, i - start });
	}
	*out = v;
	return n;
}

int
ex_ring_policy(struct ex_str text, struct ex_arena *a,
    enum ex_policy *policy, struct ex_str **prefer, size_t *nprefer,
    struct ex_str *command, struct ex_err *err)
{
	struct ex_str *word;
	size_t n = words(a, text, &word);

	*prefer = NULL;
	*nprefer = 0;
	*command = EX_STR_NONE;
	if (n == 1 && ex_str_is(word[0], "report")) {
		*policy = EX_POLICY_REPORT;
	} else if (n == 1 && ex_str_is(word[0], "newest")) {
		*policy = EX_POLICY_NEWEST;
	} else if (n == 1 && ex_str_is(word[0], "both")) {
		*policy = EX_POLICY_BOTH;
	} else if (n > 1 && ex_str_is(word[0], "prefer")) {
		*policy = EX_POLICY_PREFER;
		*prefer = word + 1;
		*nprefer = n - 1;
	} else if (n > 1 && ex_str_is(word[0], "command")) {
		*policy = EX_POLICY_COMMAND;
		while (*text.p == ' ') {
			text.p++;
			text.n--;
		}
		text.p += strlen("command ");
		text.n -= strlen("command ");
		*command = ex_arena_str(a, text);
	} else {
		return ex_err_set(err, EX_ERR_INPUT, "conflict is report, "
		    "newest, prefer NAME ..., both or command CMD, not "
		    "\"%.*s\"", EX_STR_ARG(text));
	}
	return 0;
}

static int
ring_key(struct reading *r, const char *key, const char *value)
{
	struct ex_ring *ring = r->ring;
	struct ex_err err;

	if (strcmp(key, "kind") == 0) {
		ring->kind = ex_kind_of(ex_str_of(value));
		if (ring->kind == EX_KIND_NONE)
			return fail(r, r->line, "kind is contacts, events, "
			    "tasks or journals, not", value);
	} else if (strcmp(key, "snapshot") == 0) {
		if (*value == '\0')
			return fail(r, r->line, "a path is wanted", NULL);
		ring->snapshot = beside(r, value);
	} else if (strcmp(key, "conflict") == 0) {
		r->conflict_line = r->line;
		if (ex_ring_policy(ex_str_of(value), r->a, &ring->policy,
		    &ring->prefer, &ring->nprefer, &ring->command,
		    &err) == -1)
			return fail(r, r->line, err.msg, NULL);
	} else if (strcmp(key, "delete-wins") == 0) {
		return yes_no(r, value, &ring->delete_wins);
	} else if (strcmp(key, "max-delete") == 0) {
		return limit(r, value, &ring->max_delete);
	} else if (strcmp(key, "max-update") == 0) {
		return limit(r, value, &ring->max_update);
	} else if (strcmp(key, "keep-runs") == 0) {
		ring->keep_runs = ex_str_number(ex_str_of(value));
		if (ring->keep_runs < 0)
			return fail(r, r->line, "a number is wanted, not",
			    value);
	} else {
		return fail(r, r->line, "unknown key in [ring]", key);
	}
	return 1;
}

/* The words that a key of a folder may have; NULL ends them. */
static const char *const access_word[] =
    { "read-write", "read-only", "write-only", NULL };
static const char *const meetings_word[] = { "skip", "strip", "keep", NULL };
static const char *const own_word[] = { "leave", "remove", NULL };
static const char *const private_word[] = { "keep", "skip", NULL };

const char *
ex_access_name(enum ex_access access)
{
	return access_word[access];
}

/* Which of the words; -1 and said if none. */
static int
one_of(struct reading *r, const char *key, const char *value,
    const char *const *word)
{
	int i;

	for (i = 0; word[i] != NULL; i++)
		if (strcmp(value, word[i]) == 0)
			return i;
	if (!r->failed)
		ex_err_set(r->err, EX_ERR_INPUT, "%s:%u: %s is %s%s%s or %s, "
		    "not: %s", r->path, r->line, key, word[0],
		    i > 2 ? ", " : "", i > 2 ? word[1] : "", word[i - 1],
		    value);
	r->failed = true;
	return -1;
}

static void
add_opt(struct reading *r, struct ex_ring_folder *f, const char *key,
    const char *value)
{
	struct ex_store_opt *opt;

	opt = ex_arena_grow(r->a, (void *)(uintptr_t)f->store.opt,
	    f->store.nopt, sizeof(*opt));
	opt[f->store.nopt++] = (struct ex_store_opt){
	    ex_arena_str(r->a, ex_str_of(key)),
	    ex_arena_str(r->a, ex_str_of(value)), r->line };
	f->store.opt = opt;
}

static int
folder_key(struct reading *r, struct ex_ring_folder *f, const char *key,
    const char *value)
{
	int n = 0;

	if (strcmp(key, "store") == 0) {
		f->store.operand = ex_arena_str(r->a, ex_str_of(value));
		if (!ex_store_is(f->store.operand))
			return fail(r, r->line, "no store of ours", value);
		/* Else it would be the directory of the ring file. */
		if (ex_store_is_nowhere(f->store.operand))
			return fail(r, r->line, "this store is nowhere",
			    value);
	} else if (strcmp(key, "access") == 0) {
		if ((n = one_of(r, key, value, access_word)) >= 0)
			f->access = (enum ex_access)n;
	} else if (strcmp(key, "own") == 0) {
		f->own_remove = (n = one_of(r, key, value, own_word)) == 1;
	} else if (strcmp(key, "repair") == 0) {
		return yes_no(r, value, &f->repair);
	} else if (strcmp(key, "meetings") == 0) {
		if ((n = one_of(r, key, value, meetings_word)) >= 0)
			f->scope.meetings = (enum ex_meetings)n;
		f->meetings_line = r->line;
	} else if (strcmp(key, "private") == 0) {
		n = one_of(r, key, value, private_word);
		f->scope.skip_private = n == 1;
	} else if (strcmp(key, "owner") == 0) {
		f->scope.nowner = words(r->a, ex_str_of(value),
		    &f->scope.owner);
	} else if (strcmp(key, "window") == 0) {
		/* It is of the scope, and for the store. */
		f->window = ex_arena_str(r->a, ex_str_of(value));
		add_opt(r, f, key, value);
	} else if (ex_store_option(ex_str_of(key))) {
		add_opt(r, f, key, value);
	} else {
		return fail(r, r->line, "unknown key in a folder", key);
	}
	return n >= 0;
}

bool
ex_ring_folder_name(struct ex_str s)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_.-";

	return s.n > 0 && s.n <= EX_CAP_FOLDER_NAME &&
	    strspn(s.p, good) == s.n;
}

/* The folder of this section: the last one, or a new one. */
static struct ex_ring_folder *
folder_of(struct reading *r, const char *name)
{
	struct ex_ring *ring = r->ring;
	struct ex_ring_folder *f;
	size_t i;

	for (i = 0; i < ring->nfolder; i++) {
		f = &ring->folder[i];
		if (!ex_str_is(f->store.name, name))
			continue;
		if (f->line == r->section_line)
			return f;
		fail(r, r->section_line, "this folder is there twice", name);
		return NULL;
	}
	if (!ex_ring_folder_name(ex_str_of(name))) {
		fail(r, r->section_line, "a folder's name is 1 to 32 of "
		    "A-Z a-z 0-9 _ . -, not", name);
		return NULL;
	}
	if (ring->nfolder == EX_CAP_FOLDERS) {
		fail(r, r->section_line, "too many folders", NULL);
		return NULL;
	}
	ring->folder = ex_arena_grow(r->a, ring->folder, ring->nfolder,
	    sizeof(*f));
	f = &ring->folder[ring->nfolder++];
	f->store.name = ex_arena_str(r->a, ex_str_of(name));
	f->store.base = ring->dir;
	f->repair = true;
	f->line = r->section_line;
	return f;
}

static bool
doubled(struct reading *r, const char *key)
{
	size_t i;

	for (i = 0; i < r->nkey; i++)
		if (ex_str_is(r->key[i], key))
			return true;
	r->key = ex_arena_grow(r->a, r->key, r->nkey, sizeof(*r->key));
	r->key[r->nkey++] = ex_arena_str(r->a, ex_str_of(key));
	return false;
}

/* One "key = value", for inih: 0 is an error. */
static int
handler(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;
	struct ex_ring_folder *f;

	if (r->failed)
		return 0;
	r->section_used = true;
	if (r->section_line == 0)
		return fail(r, r->line, "a key before the first section",
		    key);
	if (doubled(r, key))
		return fail(r, r->line, "this key is there twice", key);
	if (strcmp(section, "ring") == 0) {
		if (r->ring_line != 0 && r->ring_line != r->section_line)
			return fail(r, r->section_line, "[ring] is there "
			    "twice", NULL);
		r->ring_line = r->section_line;
		return ring_key(r, key, value);
	}
	if (strncmp(section, "folder ", 7) != 0)
		return fail(r, r->section_line, "a section is [ring] or "
		    "[folder NAME], not", section);
	section += 7 + strspn(section + 7, " ");
	if ((f = folder_of(r, section)) == NULL)
		return 0;
	return folder_key(r, f, key, value);
}

static int
parse(struct reading *r)
{
	int line;

	/* Debian's library cuts what it reads unless it is told not to. */
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_use_stack = false;
	ini_allow_realloc = true;
	ini_max_line = EX_CAP_RING_LINE + 3;
	line = ini_parse_stream(next_line, r, handler, r);
	if (line == -2)
		return ex_err_set(r->err, EX_ERR_SYSTEM, "%s: out of memory",
		    r->path);
	if (!r->failed && line > 0)
		fail(r, (unsigned)line, no_line, NULL);
	if (!r->failed && r->section_line != 0 && !r->section_used)
		fail(r, r->section_line, "a section without a key", NULL);
	return r->failed ? -1 : 0;
}

/* Is there a folder that items can come from, and another for them? */
static bool
flows(const struct ex_ring *ring)
{
	size_t i, from = 0, to = 0;

	for (i = 0; i < ring->nfolder; i++) {
		from += ring->folder[i].access != EX_ACCESS_WRITE;
		to += ring->folder[i].access != EX_ACCESS_READ;
	}
	return from > 0 && to > 0 && ring->nfolder > 1;
}

/* Strip is for stores that mail, and keep for those that do not. */
static int
meetings(struct reading *r, struct ex_ring_folder *f)
{
	bool mails = ex_store_mails(f->store.operand);

	f->store.strip = f->scope.meetings == EX_MEETINGS_STRIP;
	if (f->scope.meetings != (mails ? EX_MEETINGS_KEEP :
	    EX_MEETINGS_STRIP))
		return 0;
	return ex_err_set(r->err, EX_ERR_INPUT, "%s:%u: meetings = %s",
	    r->path, f->meetings_line, mails ? "keep: this store mails the "
	    "attendees of what is written: use skip, or strip" : "strip is "
	    "for stores that mail attendees, which this one does not: use "
	    "skip, or keep");
}

static int
check(struct reading *r)
{
	struct ex_ring *ring = r->ring;
	struct ex_ring_folder *f;
	size_t i;

	if (r->ring_line == 0)
		return ex_err_set(r->err, EX_ERR_INPUT, "%s: there is no "
		    "[ring] section", r->path);
	if (ring->kind == EX_KIND_NONE)
		return ex_err_set(r->err, EX_ERR_INPUT, "%s:%u: [ring] has "
		    "no kind", r->path, r->ring_line);
	for (i = 0; i < ring->nfolder; i++) {
		f = &ring->folder[i];
		f->store.kind = ring->kind;
		ex_scope_digest(&f->scope, f->window, f->scope_digest);
		if (f->store.operand.p == NULL)
			return ex_err_set(r->err, EX_ERR_INPUT, "%s:%u: "
			    "folder %.*s has no store", r->path, f->line,
			    EX_STR_ARG(f->store.name));
		if (meetings(r, f) == -1)
			return -1;
	}
	for (i = 0; i < ring->nprefer; i++)
		if (ex_ring_folder(ring, ring->prefer[i]) == NULL)
			return ex_err_set(r->err, EX_ERR_INPUT, "%s:%u: "
			    "conflict = prefer names %.*s, which is no folder",
			    r->path, r->conflict_line,
			    EX_STR_ARG(ring->prefer[i]));
	if (!flows(ring))
		return ex_err_set(r->err, EX_ERR_INPUT, "%s: no item can flow "
		    "in this ring: it needs a folder to read from and "
		    "another to write to", r->path);
	return 0;
}

/* The file's digest, and the ring's id (records.md, Sections). */
static void
digests(struct reading *r)
{
	struct ex_ring *ring = r->ring;
	struct ex_hash *h = ex_hash_new();
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	ex_hash_hex(h, r->text.p, r->text.n, ring->digest);
	ex_buf_puts(&b, ex_kind_name(ring->kind));
	for (i = 0; i < ring->nfolder; i++) {
		ex_buf_putc(&b, '\n');
		ex_buf_str(&b, ring->folder[i].store.name);
		ex_buf_putc(&b, ' ');
		ex_buf_str(&b, ring->folder[i].store.operand);
	}
	ex_hash_hex(h, b.p, b.n, ring->id);
	ex_buf_fini(&b);
	ex_hash_free(h);
}

int
ex_ring_read(const char *path, struct ex_arena *a, struct ex_ring *ring,
    struct ex_err *err)
{
	struct reading r = { .path = path, .a = a, .ring = ring, .err = err,
	    .line_start = true };
	const char *slash = strrchr(path, '/');

	*ring = (struct ex_ring){ .policy = EX_POLICY_REPORT,
	    .max_delete = { 10, 20 }, .max_update = { 10, 50 },
	    .keep_runs = 30 };
	ring->path = ex_arena_str(a, ex_str_of(path));
	ring->dir = slash == NULL ? EX_STR(".") :
	    slash == path ? EX_STR("/") :
	    ex_arena_str(a, (struct ex_str){ path, (size_t)(slash - path) });
	if (ex_file_read(AT_FDCWD, path, EX_CAP_RING, a, &r.text, err) == -1)
		return -1;
	if (parse(&r) == -1 || check(&r) == -1)
		return -1;
	digests(&r);
	return 0;
}

const struct ex_ring_folder *
ex_ring_folder(const struct ex_ring *ring, struct ex_str name)
{
	size_t i;

	for (i = 0; i < ring->nfolder; i++)
		if (ex_str_eq(ring->folder[i].store.name, name))
			return &ring->folder[i];
	return NULL;
}

static void
policy_write(struct ex_buf *b, const struct ex_ring *ring)
{
	static const char *const word[] =
	    { "report", "newest", "prefer", "both", "report" };
	size_t i;

	ex_buf_fmt(b, "[\"%s\"", word[ring->policy]);
	for (i = 0; i < ring->nprefer; i++) {
		ex_buf_putc(b, ',');
		ex_json_string(b, ring->prefer[i]);
	}
	ex_buf_putc(b, ']');
}

void
ex_ring_write(struct ex_buf *b, const struct ex_ring *ring, struct ex_str id,
    long long generation)
{
	ex_buf_puts(b, "{\"id\":");
	ex_json_string(b, id);
	ex_buf_fmt(b, ",\"generation\":%lld,\"conflict\":", generation);
	policy_write(b, ring);
	ex_buf_fmt(b, ",\"delete-wins\":%s,\"max-delete\":[%lld,%d],"
	    "\"max-update\":[%lld,%d],\"config\":\"%s\"}",
	    ring->delete_wins ? "true" : "false", ring->max_delete.n,
	    ring->max_delete.percent, ring->max_update.n,
	    ring->max_update.percent, ring->digest);
}
