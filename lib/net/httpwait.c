/*
 * httpwait.c: waiting for what happens at the sockets of all requests
 *
 * libcurl says which sockets it waits for and until when, and is told of
 * those only at which something happened.  (curl_multi_perform() looks at
 * every request each time, by a system call or two: with four under way
 * that were most of an upload's.)
 */

#include <ex/array.h>
#include <ex/clock.h>
#include <ex/diag.h>

#include "httppriv.h"

#define NEVER	-1

static void
add(struct ex_http *h, curl_socket_t fd)
{
	if (h->nfd == h->room)
		h->fd = ex_array_more(h->fd, &h->room, sizeof(*h->fd));
	h->fd[h->nfd++] = (struct pollfd){ .fd = fd };
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *own)
{
	struct ex_http *h = arg;
	size_t i;

	(void)easy;
	(void)own;
	for (i = 0; i < h->nfd && h->fd[i].fd != fd; i++)
		;
	if (what == CURL_POLL_REMOVE) {
		if (i < h->nfd)
			h->fd[i] = h->fd[--h->nfd];
		return 0;
	}
	if (i == h->nfd)
		add(h, fd);
	h->fd[i].events = (short)((what & CURL_POLL_IN ? POLLIN : 0) |
	    (what & CURL_POLL_OUT ? POLLOUT : 0));
	return 0;
}

/* Never too early: libcurl would not say it a second time. */
static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct ex_http *h = arg;

	(void)multi;
	h->alarm = ms < 0 ? NEVER : ms == 0 ? 0 : ex_clock_ms() + ms + 1;
	return 0;
}

void
http_wait_open(struct ex_http *h)
{
	h->alarm = NEVER;
	h->c->multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	h->c->multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	h->c->multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	h->c->multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
}

static void
act(struct ex_http *h, curl_socket_t fd, int what)
{
	int n;

	if (h->c->multi_socket_action(h->multi, fd, what, &n) != CURLM_OK)
		ex_diag_oom();
}

void
http_wait_due(struct ex_http *h)
{
	while (h->alarm != NEVER && (h->alarm == 0 ||
	    h->alarm <= ex_clock_ms())) {
		h->alarm = NEVER;
		act(h, CURL_SOCKET_TIMEOUT, 0);
	}
}

/* The next one at which something happened; acting on it changes the list. */
static struct pollfd *
ready(struct ex_http *h)
{
	size_t i;

	for (i = 0; i < h->nfd; i++)
		if (h->fd[i].revents != 0)
			return &h->fd[i];
	return NULL;
}

void
http_wait(struct ex_http *h, long long ms)
{
	long long left = h->alarm != NEVER ? h->alarm - ex_clock_ms() : ms;
	struct pollfd *f;
	int what;

	if (left < ms)
		ms = left;
	if (poll(h->fd, (nfds_t)h->nfd, ms > 0 ? (int)ms : 0) == -1)
		return;		/* a signal */
	while ((f = ready(h)) != NULL) {
		what = (f->revents & POLLIN ? CURL_CSELECT_IN : 0) |
		    (f->revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
		    (f->revents & ~(POLLIN | POLLOUT) ? CURL_CSELECT_ERR : 0);
		f->revents = 0;
		act(h, f->fd, what);
	}
}
