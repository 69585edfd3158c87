/*
 * rows.c: what a listing says beside what the snapshot knows
 *
 * An item is a letter.  Told of are KEPT ones, as they are, and what is
 * wanted: a listed one in capitals, one that no row names with a '?'.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/store/priv.h"

struct world {
	const char *next;		/* of all that are known */
	const char *same;		/* known as they are listed */
	char told[64];
	size_t n;
	bool fails;
};

static bool
known(void *arg, struct ex_str id, struct ex_str rev)
{
	struct world *w = arg;

	assert_int_equal(1, rev.n);
	return strchr(w->same, id.p[0]) != NULL;
}

static int
next(void *arg, struct ex_str *id, struct ex_err *err)
{
	struct world *w = arg;

	if (*w->next == '\0')
		return w->fails ? ex_err_set(err, EX_ERR_SYSTEM, "x") : 0;
	*id = (struct ex_str){ w->next++, 1 };
	return 1;
}

static int
found(void *arg, const struct ex_found *f, struct ex_err *err)
{
	struct world *w = arg;

	(void)err;
	w->told[w->n++] = f->what == EX_FOUND_KEPT ? f->id.p[0] : '!';
	return 0;
}

static int
walk(struct world *w, struct ex_store_list *list, const char *rows,
    size_t room)
{
	struct ex_rows *r = ex_rows_new(room);
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_row row = { .what = EX_ROW_THERE };
	struct ex_want want;
	struct ex_err err;
	int got;

	ex_rows_may_miss(r);
	for (; *rows != '\0'; rows++) {
		row.id = row.rev = (struct ex_str){ rows, 1 };
		assert_int_equal(0, ex_rows_add(r, &row, &err));
	}
	while ((got = ex_rows_wanted(r, list, &a, &want, &err)) == 1) {
		assert_int_equal(1, want.id.n);
		if (want.missed)
			w->told[w->n++] = '?';
		w->told[w->n++] = (char)(want.missed ? want.id.p[0] :
		    want.id.p[0] - 'a' + 'A');
	}
	ex_arena_free(&a);
	ex_rows_free(r);
	return got;
}

static void
is(const char *rows, const char *all, const char *same, const char *told)
{
	size_t room;

	/* In memory, and by runs in a file. */
	for (room = 0; room <= 4096; room += 4096) {
		struct world w = { .next = all, .same = same };
		struct ex_store_list list = { .known = known, .next = next,
		    .found = found, .arg = &w };

		assert_int_equal(0, walk(&w, &list, rows, room));
		assert_string_equal(told, w.told);
	}
}

static void
missed(void **state)
{
	(void)state;
	is("", "", "", "");
	is("abc", "", "", "ABC");
	is("abc", "abc", "abc", "abc");
	is("abc", "abc", "ac", "aBc");
	is("", "abc", "", "?a?b?c");
	is("b", "abc", "b", "?ab?c");
	is("ca", "bd", "", "A?bC?d");
	is("dbb", "abce", "b", "?ab?cD?e");
	is("ad", "bc", "", "A?b?cD");
}

/* A delta names what went; without a snapshot nothing is known. */
static void
not_asked(void **state)
{
	struct world w = { .next = "abc", .same = "b" };
	struct ex_store_list list = { .known = known, .next = next,
	    .found = found, .arg = &w, .delta = true };

	(void)state;
	assert_int_equal(0, walk(&w, &list, "b", 4096));
	assert_string_equal("b", w.told);
	list.delta = false;
	list.next = NULL;
	assert_int_equal(0, walk(&w, &list, "b", 4096));
	assert_string_equal("bb", w.told);
}

/* That the snapshot cannot be read is no end of it. */
static void
fails(void **state)
{
	struct world w = { .next = "a", .same = "", .fails = true };
	struct ex_store_list list = { .known = known, .next = next,
	    .found = found, .arg = &w };

	(void)state;
	assert_int_equal(-1, walk(&w, &list, "b", 4096));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missed),
		cmocka_unit_test(not_asked),
		cmocka_unit_test(fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
