/*
 * httpcurl.c: libcurl, loaded when the first session opens
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "httppriv.h"

#define LIBRARY	"libcurl.so.4"

#define SYMBOL(name)	{ "curl_" #name, offsetof(struct http_curl, name) }

static const struct {
	const char *name;
	size_t at;
} symbol[] = {
	SYMBOL(global_init), SYMBOL(free), SYMBOL(getdate),
	SYMBOL(easy_init), SYMBOL(easy_setopt), SYMBOL(easy_getinfo),
	SYMBOL(easy_cleanup), SYMBOL(multi_init), SYMBOL(multi_setopt),
	SYMBOL(multi_add_handle), SYMBOL(multi_remove_handle),
	SYMBOL(multi_perform), SYMBOL(multi_poll), SYMBOL(multi_info_read),
	SYMBOL(multi_cleanup), SYMBOL(slist_append), SYMBOL(slist_free_all),
	SYMBOL(url), SYMBOL(url_cleanup), SYMBOL(url_get), SYMBOL(url_set)
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct http_curl curl;
static const char *problem;

/* C has no cast from dlsym()'s result to a function; POSIX has the bytes. */
static void
load(void)
{
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *at;
	size_t i;

	if (lib == NULL) {
		problem = "it cannot be loaded; install it (Debian: libcurl4)";
		return;
	}
	for (i = 0; i < sizeof(symbol) / sizeof(symbol[0]); i++) {
		if ((at = dlsym(lib, symbol[i].name)) == NULL) {
			problem = "it is too old";
			return;
		}
		memcpy((char *)&curl + symbol[i].at, &at, sizeof(at));
	}
	if (curl.global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		problem = "it cannot be initialized";
}

const struct http_curl *
http_curl(struct ex_err *err)
{
	pthread_once(&once, load);
	if (problem == NULL)
		return &curl;
	ex_err_set(err, EX_ERR_SYSTEM, LIBRARY ": %s", problem);
	return NULL;
}
