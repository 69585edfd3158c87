/*
 * put.c: libcurl alone, creating what is in a directory on a server
 *
 *	put DIRECTORY URL
 *
 * FLIGHT requests at once, by the user and password of the bench: the least
 * that a client costs which uses libcurl, for it does nothing else.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#define FLIGHT	4

static char text[1 << 20];

static void
die(const char *what)
{
	fprintf(stderr, "put: %s\n", what);
	exit(2);
}

static size_t
drop(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static CURL *
new_easy(struct curl_slist *header)
{
	CURL *c = curl_easy_init();

	curl_easy_setopt(c, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "PUT");
	curl_easy_setopt(c, CURLOPT_USERPWD, "user:secret");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
	return c;
}

/* The next file of the directory, as a request; false: there is none. */
static bool
next(CURLM *m, CURL *c, DIR *d, const char *dir, const char *url)
{
	char path[4096];
	struct dirent *e;
	size_t n;
	FILE *f;

	do
		e = readdir(d);
	while (e != NULL && e->d_name[0] == '.');
	if (e == NULL)
		return false;
	snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
	if ((f = fopen(path, "r")) == NULL)
		die(path);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/%s", url, e->d_name);
	curl_easy_setopt(c, CURLOPT_URL, path);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)n);
	curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, text);
	curl_multi_add_handle(m, c);
	return true;
}

static CURL *
done(CURLM *m)
{
	CURLMsg *g;
	CURL *c;
	long status = 0;
	int left;

	if ((g = curl_multi_info_read(m, &left)) == NULL)
		return NULL;
	c = g->easy_handle;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (g->data.result != CURLE_OK || status / 100 != 2)
		die("a request failed");
	curl_multi_remove_handle(m, c);
	return c;
}

int
main(int argc, char *argv[])
{
	struct curl_slist *header = NULL;
	CURL *idle[FLIGHT], *c;
	size_t nidle;
	CURLM *m;
	DIR *d;
	int n;

	if (argc != 3 || (d = opendir(argv[1])) == NULL)
		die("usage: put DIRECTORY URL");
	curl_global_init(CURL_GLOBAL_ALL);
	m = curl_multi_init();
	header = curl_slist_append(header, "Expect:");
	header = curl_slist_append(header, "If-None-Match: *");
	header = curl_slist_append(header, "Content-Type: text/vcard");
	for (nidle = 0; nidle < FLIGHT; nidle++)
		idle[nidle] = new_easy(header);
	for (;;) {
		while (nidle > 0 && next(m, idle[nidle - 1], d, argv[1],
		    argv[2]))
			nidle--;
		if (nidle == FLIGHT)
			return 0;
		curl_multi_perform(m, &n);
		while ((c = done(m)) != NULL)
			idle[nidle++] = c;
		if (nidle == 0 || n > 0)
			curl_multi_poll(m, NULL, 0, 1000, NULL);
	}
}
