/*
 * davfolders.c: the collections behind a URL
 */
#include "davpriv.h"

int
ex_dav_folders(struct ex_store *s,
    int (*found)(void *arg, struct ex_str name, enum ex_kind kind,
    long long items, const char *rights, struct ex_str operand), void *arg,
    struct ex_err *err)
{
	struct ex_dav *d = (struct ex_dav *)s;
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_dav_folder *v = NULL;
	struct ex_str operand;
	size_t i, n = 0;
	int got;

	got = ex_dav_folders_find(d, &a, &v, &n, err);
	if (got == 0 && n == 0)
		got = ex_err_set(err, EX_ERR_INPUT, "%s: %s%s: no %s there",
		    d->place.p, d->uri.origin.p, d->uri.path.p,
		    d->cal ? "calendar" : "address book");
	for (i = 0; i < n && got == 0; i++) {
		operand = ex_arena_fmt(&a, "%s:%s%s", s->ops->scheme,
		    d->uri.origin.p, v[i].path.p);
		got = found(arg, v[i].name, ex_dav_kind(d, &v[i].props),
		    ex_dav_count(d, v[i].path, &a), v[i].props.rights &&
		    !v[i].props.write ? "read-only" : "read-write", operand);
	}
	ex_arena_free(&a);
	return got;
}
