/*
 * plan.c: lines of the plan stream
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/hash.h>
#include <ex/json.h>
#include <ex/plan.h>

#define NAME_UID	100	/* bytes of the UID in a name */
#define NAME_DIGITS	16

static const char *const op_name[] = {
	[EX_WRITE_CREATE] = "create",
	[EX_WRITE_UPDATE] = "update",
	[EX_WRITE_DELETE] = "delete"
};

const char *
ex_plan_op_name(enum ex_write_op op)
{
	return op_name[op];
}

static bool
safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-_.@+", c) != NULL);
}

struct ex_str
ex_plan_name(struct ex_hash *h, struct ex_arena *a, struct ex_str ring,
    long long generation, struct ex_str folder, struct ex_str uid)
{
	struct ex_buf b = EX_BUF_INIT;
	char hex[EX_HASH_HEX];
	size_t i, n = uid.n < NAME_UID ? uid.n : NAME_UID;
	char *p = ex_arena_bytes(a, n + 1 + NAME_DIGITS + 1);

	/* None of them holds a LF but the UID, which is last. */
	ex_buf_fmt(&b, "%.*s\n%lld\n%.*s\n", EX_STR_ARG(ring), generation,
	    EX_STR_ARG(folder));
	ex_buf_str(&b, uid);
	ex_hash_hex(h, b.p, b.n, hex);
	ex_buf_fini(&b);
	for (i = 0; i < n; i++)
		p[i] = safe(uid.p[i]) && (i > 0 || (uid.p[i] != '.' &&
		    uid.p[i] != '-')) ?
		    uid.p[i] : '_';
	p[n] = '-';
	memcpy(p + n + 1, hex, NAME_DIGITS);
	p[n + 1 + NAME_DIGITS] = '\0';
	return (struct ex_str){ p, n + 1 + NAME_DIGITS };
}

/* A member that is a string of at most EX_CAP_ID bytes, or not there. */
static int
string(const struct ex_json *j, const char *key, struct ex_str *out,
    struct ex_err *err)
{
	const struct ex_json *m = ex_json_get(j, key);

	*out = EX_STR_NONE;
	if (m == NULL || m->type == EX_JSON_NULL)
		return 0;
	if (m->type != EX_JSON_STRING)
		return ex_err_set(err, EX_ERR_INPUT, "%s: not a string", key);
	if (m->text.n > EX_CAP_ID)
		return ex_err_set(err, EX_ERR_INPUT, "%s: too long", key);
	*out = m->text;
	return 0;
}

/* A member that is an item: NULL where it is not there. */
static int
data(const struct ex_json *j, const char *key, const struct ex_json **out,
    struct ex_err *err)
{
	*out = ex_json_get(j, key);
	if (*out != NULL && (*out)->type != EX_JSON_ARRAY)
		return ex_err_set(err, EX_ERR_INPUT, "%s: not an item", key);
	return 0;
}

static int
read_seen(const struct ex_json *j, bool left, struct ex_plan_seen *s,
    struct ex_err *err)
{
	s->folder = j->key;
	if (j->type == EX_JSON_NULL && !left) {
		s->gone = true;
		return 0;
	}
	if (j->type != EX_JSON_OBJECT)
		return ex_err_set(err, EX_ERR_INPUT, "not an object");
	if (string(j, "id", &s->id, err) == -1 ||
	    string(j, "rev", &s->rev, err) == -1 ||
	    string(j, "uid", &s->uid, err) == -1 ||
	    string(j, "as", &s->as, err) == -1)
		return -1;
	s->now = ex_json_get(j, "now");
	if (!left)
		return data(j, "base", &s->base, err) == -1 ||
		    data(j, "shadow", &s->shadow, err) == -1 ? -1 : 0;
	if (s->now != NULL && s->now->type != EX_JSON_NULL &&
	    s->now->type != EX_JSON_ARRAY)
		return ex_err_set(err, EX_ERR_INPUT, "now: not an item");
	return 0;
}

static int
read_op(const struct ex_json *j, struct ex_plan_op *op, struct ex_err *err)
{
	struct ex_str name = ex_json_get_str(j, "op");
	int i;

	for (i = 0; i < 3 && !ex_str_is(name, op_name[i]); i++)
		;
	if (i == 3)
		return ex_err_set(err, EX_ERR_INPUT, "no such op");
	op->op = (enum ex_write_op)i;
	if (string(j, "folder", &op->folder, err) == -1 ||
	    string(j, "id", &op->id, err) == -1 ||
	    string(j, "rev", &op->rev, err) == -1 ||
	    string(j, "uid", &op->uid, err) == -1 ||
	    string(j, "name", &op->name, err) == -1 ||
	    string(j, "as", &op->as, err) == -1)
		return -1;
	if (op->folder.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "%s: no folder",
		    op_name[i]);
	if ((op->op == EX_WRITE_CREATE ? op->name.n : op->id.n) == 0)
		return ex_err_set(err, EX_ERR_INPUT, "%s: no %s", op_name[i],
		    op->op == EX_WRITE_CREATE ? "name" : "id");
	return 0;
}

static size_t
count(const struct ex_json *j)
{
	size_t n = 0;

	for (j = j->child; j != NULL; j = j->next)
		n++;
	return n;
}

static int
read_all_seen(const struct ex_json *j, struct ex_arena *a,
    struct ex_plan_line *line, struct ex_err *err)
{
	size_t n;

	if (j == NULL || j->type != EX_JSON_OBJECT)
		return ex_err_set(err, EX_ERR_INPUT, "seen: not an object");
	if ((n = count(j)) > EX_CAP_FOLDERS)
		return ex_err_set(err, EX_ERR_INPUT, "seen: too many");
	line->seen = ex_arena_array(a, n, sizeof(*line->seen));
	for (j = j->child; j != NULL; j = j->next)
		if (read_seen(j, line->left, &line->seen[line->nseen++],
		    err) == -1)
			return ex_err_at(err, "seen: %.*s",
			    EX_STR_ARG(j->key));
	return 0;
}

static int
read_all_ops(const struct ex_json *j, struct ex_arena *a,
    struct ex_plan_line *line, struct ex_err *err)
{
	struct ex_plan_op *op;
	size_t i, n;

	if (j == NULL || j->type != EX_JSON_ARRAY)
		return ex_err_set(err, EX_ERR_INPUT, "ops: not an array");
	if ((n = count(j)) > EX_CAP_FOLDERS)
		return ex_err_set(err, EX_ERR_INPUT, "ops: too many");
	line->op = ex_arena_array(a, n, sizeof(*line->op));
	for (j = j->child; j != NULL; j = j->next) {
		op = &line->op[line->nop];
		if (read_op(j, op, err) == -1)
			return ex_err_at(err, "ops");
		for (i = 0; i < line->nop; i++)
			if (ex_str_eq(line->op[i].folder, op->folder))
				return ex_err_set(err, EX_ERR_INPUT,
				    "ops: two for folder %.*s",
				    EX_STR_ARG(op->folder));
		line->nop++;
		if ((op->op == EX_WRITE_DELETE) != (line->master == NULL))
			return ex_err_set(err, EX_ERR_INPUT,
			    "ops: %s %s a master", op_name[op->op],
			    line->master == NULL ? "without" : "with");
	}
	if (line->left && line->nop > 0)
		return ex_err_set(err, EX_ERR_INPUT, "ops of an item that is"
		    " left");
	return 0;
}

static int
read_line(const struct ex_json *j, struct ex_arena *a,
    struct ex_plan_line *line, struct ex_err *err)
{
	const struct ex_json *m = ex_json_get(j, "master");

	line->kind = ex_kind_of(ex_json_get_str(j, "kind"));
	if (line->kind == EX_KIND_NONE)
		return ex_err_set(err, EX_ERR_INPUT, "no kind");
	line->left = ex_json_get_true(j, "left");
	if (m == NULL || (m->type != EX_JSON_NULL && m->type != EX_JSON_ARRAY))
		return ex_err_set(err, EX_ERR_INPUT, "no master");
	line->master = m->type == EX_JSON_NULL ? NULL : m;
	m = ex_json_get(j, "conflicts");
	if (m != NULL && m->type != EX_JSON_ARRAY)
		return ex_err_set(err, EX_ERR_INPUT,
		    "conflicts: not an array");
	line->conflicts = m != NULL && m->child != NULL ? m : NULL;
	if (read_all_seen(ex_json_get(j, "seen"), a, line, err) == -1)
		return -1;
	return read_all_ops(ex_json_get(j, "ops"), a, line, err);
}

int
ex_plan_read(const struct ex_json *j, struct ex_arena *a,
    struct ex_plan_line *line, struct ex_err *err)
{
	memset(line, 0, sizeof(*line));
	if (string(j, "uid", &line->uid, err) == -1)
		return -1;
	if (line->uid.n == 0)
		return ex_err_set(err, EX_ERR_INPUT, "no uid");
	if (read_line(j, a, line, err) == -1)
		return ex_err_at(err, "uid %.*s", EX_STR_ARG(line->uid));
	return 0;
}
