/*
 * lazy.c: a library that is loaded when it is first needed
 */
#include <dlfcn.h>
#include <string.h>

#include <ex/diag.h>
#include <ex/err.h>
#include <ex/lazy.h>

/* C has no cast from dlsym()'s result to a function; POSIX has the bytes. */
int
ex_lazy_load(const char *library, const char *package,
    const struct ex_lazy *want, size_t n, struct ex_err *err)
{
	void *lib = dlopen(library, RTLD_LAZY | RTLD_LOCAL), *at;
	size_t i;

	if (lib == NULL)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s: it cannot be "
		    "loaded; install it (Debian: %s)", library, package);
	for (i = 0; i < n; i++) {
		if ((at = dlsym(lib, want[i].name)) == NULL)
			return ex_err_set(err, EX_ERR_SYSTEM, "%s: it has no"
			    " %s: of another version", library,
			    want[i].name);
		memcpy(want[i].at, &at, sizeof(at));
	}
	return 0;
}

void
ex_lazy_need(const char *library, const char *package,
    const struct ex_lazy *want, size_t n)
{
	struct ex_err err;

	if (ex_lazy_load(library, package, want, n, &err) == -1)
		ex_die_err(&err);
}
