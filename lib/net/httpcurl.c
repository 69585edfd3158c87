/*
 * httpcurl.c: libcurl, loaded when the first session opens
 */
#include <pthread.h>

#include <ex/lazy.h>

#include "httppriv.h"

#define SONAME	"libcurl.so.4"
#define PACKAGE	"libcurl4"
#define SYMBOL(name)	EX_LAZY(curl.name, curl_##name)

static struct http_curl curl;

static const struct ex_lazy want[] = {
	SYMBOL(global_init),
	SYMBOL(free),
	SYMBOL(getdate),
	SYMBOL(easy_init),
	SYMBOL(easy_setopt),
	SYMBOL(easy_getinfo),
	SYMBOL(easy_cleanup),
	SYMBOL(multi_init),
	SYMBOL(multi_setopt),
	SYMBOL(multi_add_handle),
	SYMBOL(multi_remove_handle),
	SYMBOL(multi_socket_action),
	SYMBOL(multi_info_read),
	SYMBOL(multi_cleanup),
	SYMBOL(slist_append),
	SYMBOL(slist_free_all),
	SYMBOL(url),
	SYMBOL(url_cleanup),
	/* Its handle is const in some versions, so there is no check. */
	{ "curl_url_get", &curl.url_get },
	SYMBOL(url_set)
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct ex_err problem;

static void
load(void)
{
	if (ex_lazy_load(SONAME, PACKAGE, want,
	    sizeof(want) / sizeof(want[0]), &problem) == -1)
		return;
	if (curl.global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		ex_err_set(&problem, EX_ERR_SYSTEM,
		    SONAME ": it cannot be initialized");
}

const struct http_curl *
http_curl(struct ex_err *err)
{
	pthread_once(&once, load);
	if (problem.code == 0)
		return &curl;
	*err = problem;
	return NULL;
}
