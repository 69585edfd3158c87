/*
 * push: what each answer of a store makes of an op (ring.md 5, the table)
 *
 * The store here holds one item at most, and answers as it is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ex/canon.h>

#include "../../lib/sync/pushpriv.h"

#define S(lit)	EX_STR(lit)
#define CARD(uid, fn, more) "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]," \
	"[\"fn\",{},\"text\",\"" fn "\"]" more ",[\"uid\",{},\"text\",\"" uid \
	"\"]]]"
#define OLD	CARD("u", "Old", "")
#define NEW	CARD("u", "New", ",[\"note\",{},\"text\",\"kept\"]")
#define NEW_CUT	CARD("u", "New", "")
#define OTHER	CARD("u", "Other", "")

static struct ex_arena arena;
static struct ex_canon *canon;
static struct push_task *task[16];	/* of the test, to be freed */
static size_t ntask;

static struct fake {
	struct ex_store s;
	struct ex_store_ops ops;
	const char *id, *rev, *data, *mark;	/* NULL: nothing is there */
	enum ex_answer script[8];	/* before anything is looked at */
	size_t nscript, at;
	bool silent;		/* stores, but does not say what */
	bool rewrites;		/* cuts the note */
	bool fails;		/* write returns -1 */
	bool lost;		/* stores, and answers BUSY */
	bool unread;		/* reading back fails */
	int writes, reads, lists;
} fake;

static const struct ex_item *
item(const char *data, struct ex_arena *a)
{
	struct ex_item *i = ex_arena_alloc(a, sizeof(*i));
	struct ex_err err;

	if (ex_item_parse(ex_str_of(data), a, i, &err) == -1)
		fail_msg("%s", err.msg);
	return i;
}

static int
fake_read(struct ex_store *s, struct ex_str id, struct ex_arena *a,
    struct ex_found *f, struct ex_err *err)
{
	(void)s;
	fake.reads++;
	if (fake.unread && fake.writes > 0)
		return ex_err_set(err, EX_ERR_AGAIN, "no");
	if (fake.data == NULL || !ex_str_is(id, fake.id))
		return ex_err_set(err, EX_ERR_GONE, "gone");
	f->what = EX_FOUND_ITEM;
	f->id = id;
	f->rev = ex_str_of(fake.rev);
	f->item = item(fake.data, a);
	f->uid = f->item->uid;
	return 0;
}

static int
fake_list(struct ex_store *s, struct ex_store_list *want, struct ex_err *err)
{
	struct ex_found f = { .what = EX_FOUND_ITEM,
	    .id = ex_str_of(fake.id), .rev = ex_str_of(fake.rev),
	    .mark = ex_str_of(fake.mark) };

	(void)s;
	fake.lists++;
	if (fake.data == NULL)
		return 0;
	f.item = item(fake.data, &arena);
	f.uid = fake.mark == NULL ? f.item->uid : EX_STR_NONE;
	return want->found(want->arg, &f, err);
}

static enum ex_answer
judge(const struct ex_write *w)
{
	if (fake.at < fake.nscript)
		return fake.script[fake.at++];
	if (w->op == EX_WRITE_CREATE)
		return fake.data != NULL ? EX_ANSWER_EXISTS :
		    EX_ANSWER_STORED;
	if (fake.data == NULL)
		return EX_ANSWER_GONE;
	return ex_str_is(w->rev, fake.rev) ? EX_ANSWER_STORED :
	    EX_ANSWER_STALE;
}

static int
fake_write(struct ex_store *s, const struct ex_write *w, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct ex_wrote r = { .why = S("because") };

	(void)s;
	assert_int_equal(n, 1);
	fake.writes++;
	if (w->op != EX_WRITE_CREATE)
		assert_non_null(w->rev.p);	/* (1) */
	if (fake.fails)
		return ex_err_set(err, EX_ERR_AGAIN, "broken");
	r.answer = judge(w);
	if (r.answer == EX_ANSWER_STORED) {
		fake.id = "id";
		fake.rev = "rev9";
		fake.data = w->op == EX_WRITE_DELETE ? NULL :
		    fake.rewrites ? NEW_CUT : NEW;
		r.id = S("id");
		r.rev = S("rev9");
		r.as = S("vcard 3.0");
		if (!fake.silent && fake.data != NULL)
			r.after = item(fake.data, &arena);
	}
	if (fake.lost) {
		fake.lost = false;
		r = (struct ex_wrote){ .answer = EX_ANSWER_BUSY,
		    .why = S("late") };
	}
	return done(arg, 0, &r, err);
}

static struct push_job *
job(struct push_task *t)
{
	return &t->job[0];
}

static struct ex_str
hash(const char *data)
{
	char hex[EX_HASH_HEX];

	ex_canon_hash(canon, item(data, &arena), EX_CANON_HASH, hex);
	return ex_arena_str(&arena, ex_str_of(hex));
}

/* One op against the store as it stands. */
static struct push_task *
run(enum ex_write_op op, const char *rev)
{
	static struct ex_push u;
	static struct push p;
	struct ex_ring_folder *ring = ex_arena_alloc(&arena, sizeof(*ring));
	struct push_folder *f = ex_arena_alloc(&arena, sizeof(*f));
	struct push_task *t = ex_arena_alloc(&arena, sizeof(*t));

	fake.ops.read = fake_read;
	fake.ops.list = fake_list;
	fake.ops.write = fake_write;
	fake.s.ops = &fake.ops;
	fake.s.writable = true;
	p.u = &u;
	f->ring = ring;
	f->store = &fake.s;
	t->p = &p;
	t->folder = f;
	t->njob = 1;
	t->job = ex_arena_alloc(&arena, sizeof(*t->job));
	job(t)->uid = S("u");
	job(t)->folder = f;
	job(t)->op = (struct ex_plan_op){ .op = op, .id = S("id"),
	    .rev = ex_str_of(rev), .name = S("u-name") };
	if (op != EX_WRITE_DELETE) {
		job(t)->item = *item(NEW, &arena);
		job(t)->hash = hash(NEW);
	}
	if (op != EX_WRITE_CREATE)
		job(t)->shadow = hash(OLD);
	task[ntask++] = t;
	push_work(t, canon);
	return t;
}

static void
holds(const char *id, const char *rev, const char *data)
{
	memset(&fake, 0, sizeof(fake));
	fake.id = id;
	fake.rev = rev;
	fake.data = data;
}

static void
answers(enum ex_answer a, size_t n)
{
	while (n-- > 0)
		fake.script[fake.nscript++] = a;
}

static void
is(struct push_task *t, enum push_end end, int writes)
{
	assert_int_equal(job(t)->end, end);
	assert_int_equal(fake.writes, writes);
}

static bool
eq(struct ex_str a, const char *b)
{
	return ex_str_is(a, b);
}

static void
test_stored(void **state)
{
	struct push_task *t;

	(void)state;
	holds(NULL, NULL, NULL);
	is(t = run(EX_WRITE_CREATE, NULL), PUSH_STORED, 1);
	assert_true(eq(job(t)->id, "id") && eq(job(t)->rev, "rev9"));
	assert_true(eq(job(t)->as, "vcard 3.0"));
	assert_true(ex_str_eq(job(t)->after, hash(NEW)));
	assert_null(job(t)->data.p);
	assert_int_equal(fake.reads, 0);

	holds("id", "rev1", OLD);
	fake.rewrites = true;
	is(t = run(EX_WRITE_UPDATE, "rev1"), PUSH_STORED, 1);
	assert_true(ex_str_eq(job(t)->after, hash(NEW_CUT)));
	assert_non_null(job(t)->data.p);

	holds("id", "rev1", OLD);
	is(run(EX_WRITE_DELETE, "rev1"), PUSH_STORED, 1);
}

static void
test_read_back(void **state)
{
	struct push_task *t;

	(void)state;
	holds(NULL, NULL, NULL);
	fake.silent = fake.rewrites = true;
	is(t = run(EX_WRITE_CREATE, NULL), PUSH_STORED, 1);
	assert_int_equal(fake.reads, 1);
	assert_true(ex_str_eq(job(t)->after, hash(NEW_CUT)));

	/* Written, and not to be read: not known, and not written again. */
	holds(NULL, NULL, NULL);
	fake.silent = fake.unread = true;
	is(run(EX_WRITE_CREATE, NULL), PUSH_UNKNOWN, 1);
}

static void
test_stale(void **state)
{
	struct push_task *t;

	(void)state;
	holds("id", "rev2", NEW);	/* the answer was lost */
	is(t = run(EX_WRITE_UPDATE, "rev1"), PUSH_STORED, 1);
	assert_true(eq(job(t)->rev, "rev2"));

	holds("id", "rev2", OLD);	/* only the rev is another */
	is(t = run(EX_WRITE_UPDATE, "rev1"), PUSH_STORED, 2);
	assert_true(eq(job(t)->rev, "rev9"));

	holds("id", "rev2", OTHER);	/* an edit */
	is(run(EX_WRITE_UPDATE, "rev1"), PUSH_NEXT, 1);

	holds("id", "rev2", OLD);	/* once more, not twice */
	answers(EX_ANSWER_STALE, 2);
	is(run(EX_WRITE_UPDATE, "rev1"), PUSH_NEXT, 2);

	holds("id", "rev2", OLD);
	is(run(EX_WRITE_DELETE, "rev1"), PUSH_STORED, 2);
	holds("id", "rev2", OTHER);
	is(run(EX_WRITE_DELETE, "rev1"), PUSH_NEXT, 1);
	assert_non_null(fake.data);
}

static void
test_no_rev(void **state)
{
	(void)state;
	holds("id", "rev2", OLD);
	is(run(EX_WRITE_UPDATE, NULL), PUSH_STORED, 1);
	holds("id", "rev2", OTHER);
	is(run(EX_WRITE_UPDATE, NULL), PUSH_NEXT, 0);
	holds("id", "rev2", NEW);
	is(run(EX_WRITE_UPDATE, NULL), PUSH_STORED, 0);
	holds("id", "rev2", NEW);
	is(run(EX_WRITE_DELETE, NULL), PUSH_NEXT, 0);
	holds("id", "rev2", OLD);
	is(run(EX_WRITE_DELETE, NULL), PUSH_STORED, 1);
	holds(NULL, NULL, NULL);
	is(run(EX_WRITE_DELETE, NULL), PUSH_NEXT, 0);
}

static void
test_exists(void **state)
{
	struct push_task *t;

	(void)state;
	holds("there", "rev2", NEW);	/* by UID */
	is(t = run(EX_WRITE_CREATE, NULL), PUSH_STORED, 1);
	assert_true(eq(job(t)->id, "there") && eq(job(t)->rev, "rev2"));
	assert_int_equal(fake.lists, 1);

	holds("there", "rev2", NEW);	/* by mark */
	fake.mark = "u-name";
	is(run(EX_WRITE_CREATE, NULL), PUSH_STORED, 1);
	holds("there", "rev2", NEW);
	fake.mark = "u-other";
	is(run(EX_WRITE_CREATE, NULL), PUSH_NEXT, 1);

	holds("there", "rev2", OTHER);
	is(run(EX_WRITE_CREATE, NULL), PUSH_NEXT, 1);
}

static void
test_gone(void **state)
{
	(void)state;
	holds(NULL, NULL, NULL);
	is(run(EX_WRITE_UPDATE, "rev1"), PUSH_NEXT, 1);
	assert_int_equal(fake.reads, 0);
	is(run(EX_WRITE_DELETE, "rev1"), PUSH_NEXT, 2);
}

static void
test_refused(void **state)
{
	struct push_task *t;

	(void)state;
	holds(NULL, NULL, NULL);
	answers(EX_ANSWER_REFUSED, 1);
	is(t = run(EX_WRITE_CREATE, NULL), PUSH_REFUSED, 1);
	assert_true(eq(job(t)->why, "because"));
	assert_false(t->folder->closed);

	holds(NULL, NULL, NULL);
	answers(EX_ANSWER_DENIED, 1);
	is(t = run(EX_WRITE_CREATE, NULL), PUSH_DENIED, 1);
	assert_true(t->folder->closed);
}

static void
test_busy(void **state)
{
	struct push_task *t;

	(void)state;
	holds(NULL, NULL, NULL);
	answers(EX_ANSWER_BUSY, 2);
	is(run(EX_WRITE_CREATE, NULL), PUSH_STORED, 3);

	holds(NULL, NULL, NULL);
	answers(EX_ANSWER_BUSY, 8);
	is(t = run(EX_WRITE_CREATE, NULL), PUSH_BUSY, 5);
	assert_true(t->folder->closed && job(t)->unsure);

	/* It was written after all. */
	holds(NULL, NULL, NULL);
	fake.lost = true;
	is(run(EX_WRITE_CREATE, NULL), PUSH_STORED, 2);
	holds("id", "rev1", OLD);
	fake.lost = true;
	is(run(EX_WRITE_UPDATE, "rev1"), PUSH_STORED, 2);
	/* And changed by the store: not to be taken for an edit. */
	holds("id", "rev1", OLD);
	fake.lost = fake.rewrites = true;
	is(t = run(EX_WRITE_UPDATE, "rev1"), PUSH_NEXT, 2);
	assert_true(job(t)->unsure);

	holds(NULL, NULL, NULL);
	fake.fails = true;
	is(t = run(EX_WRITE_CREATE, NULL), PUSH_UNKNOWN, 1);
	assert_true(t->folder->closed);
}

static int
teardown(void **state)
{
	(void)state;
	while (ntask > 0)
		ex_arena_free(&task[--ntask]->a);
	ex_arena_free(&arena);
	return 0;
}

int
main(void)
{
#define T(f)	cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
		T(test_stored), T(test_read_back), T(test_stale),
		T(test_no_rev), T(test_exists), T(test_gone),
		T(test_refused), T(test_busy),
	};
	int got;

	canon = ex_canon_new();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	got = cmocka_run_group_tests(tests, NULL, NULL);
	ex_canon_free(canon);
	return got;
}
