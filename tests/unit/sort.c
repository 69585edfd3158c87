/*
 * sort.c: what ex_sort() makes is what qsort(3) makes
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/sort.h>

struct one {
	uint64_t key;
	uint32_t number;
};

static int
by_key(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* n of them, each key about `same` times. */
static void
check(size_t n, uint64_t same)
{
	struct one *v = calloc(n + 1, sizeof(*v));
	struct one *w = calloc(n + 1, sizeof(*w));
	uint64_t seed = n + 1;
	size_t i;

	assert_non_null(v);
	assert_non_null(w);
	for (i = 0; i < n; i++) {
		seed = seed * 6364136223846793005 + 1442695040888963407;
		v[i].key = same == 0 ? i : (seed >> 33) % (n / same + 1);
		v[i].number = (uint32_t)i;
	}
	memcpy(w, v, n * sizeof(*v));
	qsort(v, n, sizeof(*v), by_key);
	ex_sort(w, n, sizeof(*w), by_key);
	for (i = 0; i < n; i++)
		assert_true(v[i].key == w[i].key &&
		    v[i].number == w[i].number);
	free(v);
	free(w);
}

static void
sorts(void **state)
{
	(void)state;
	check(0, 1);
	check(1, 1);
	check(1000, 3);
	/* beyond what qsort is left to, of both parities */
	check(70000, 1);
	check(70001, 1);
	check(100001, 500);
	check(70003, 0);
	check(70000, 70000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
