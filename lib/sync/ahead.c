/*
 * ahead.c: a store reads on while what it found is worked on
 *
 * The items of a large file are decoded in the thread that lists and hashed
 * and written in a second one, which takes them in the same order.  It is
 * begun when there is enough to do for two.
 *
 * (1) An item changes hands with its arena; only what has one does, and
 *     only a small one.  All else waits until the second thread has nothing
 *     left to do, and is worked on at once.
 * (2) So no two calls of found() overlap, and at most RING items wait.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/diag.h>

#include "priv.h"

#define ALONE	256		/* items, before a thread is worth it */
#define RING	256
#define STRIDE	64		/* handed over at once */
#define SMALL	((size_t)256 << 10)	/* bytes of an arena */

struct slot {
	struct ex_found f;
	struct ex_arena arena;
};

struct ex_ahead {
	int (*found)(void *arg, const struct ex_found *f,
	    struct ex_err *err);
	void *arg;
	size_t seen;
	bool running;
	struct slot ring[RING];

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	/* Of all items that were ever in the ring; under the lock: */
	size_t put, done;
	bool end;
	bool failed;		/* found() has, err says why */
	struct ex_err err;
	/* The first thread's own. */
	size_t filled;
};

struct ex_ahead *
ex_ahead_new(int (*found)(void *arg, const struct ex_found *f,
    struct ex_err *err), void *arg)
{
	struct ex_ahead *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		ex_diag_oom();
	h->found = found;
	h->arg = arg;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->moved, NULL);
	return h;
}

static void *
second(void *arg)
{
	struct ex_ahead *h = arg;
	struct slot *s;
	bool failed = false;
	size_t i, put;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		while (h->done == h->put && !h->end)
			pthread_cond_wait(&h->moved, &h->lock);
		if (h->done == h->put)
			break;
		put = h->put - h->done > STRIDE ? h->done + STRIDE : h->put;
		pthread_mutex_unlock(&h->lock);
		for (i = h->done; i < put; i++) {
			s = &h->ring[i % RING];
			if (!failed)
				failed = h->found(h->arg, &s->f,
				    &h->err) == -1;
			ex_arena_reset(&s->arena);
		}
		pthread_mutex_lock(&h->lock);
		h->done = put;
		h->failed = failed;
		pthread_cond_signal(&h->moved);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Hand over what is filled, and wait until at most that many are left. */
static int
hand_over(struct ex_ahead *h, size_t left, struct ex_err *err)
{
	bool failed;

	pthread_mutex_lock(&h->lock);
	h->put = h->filled;
	pthread_cond_signal(&h->moved);
	while (h->put - h->done > left)
		pthread_cond_wait(&h->moved, &h->lock);
	failed = h->failed;
	pthread_mutex_unlock(&h->lock);
	if (!failed)
		return 0;
	*err = h->err;
	return -1;
}

static bool
begin(struct ex_ahead *h)
{
	if (++h->seen > ALONE && !h->running)
		h->running = pthread_create(&h->thread, NULL, second, h) == 0;
	return h->running;
}

int
ex_ahead_put(struct ex_ahead *h, const struct ex_found *f, struct ex_err *err)
{
	struct ex_arena swap;
	struct slot *s;

	if (f->arena == NULL || !begin(h) ||
	    ex_arena_size(f->arena) > SMALL) {
		if (h->running && hand_over(h, 0, err) == -1)
			return -1;
		return h->found(h->arg, f, err);
	}
	s = &h->ring[h->filled++ % RING];
	s->f = *f;
	swap = s->arena;
	s->arena = *f->arena;
	*f->arena = swap;
	if (h->filled % STRIDE != 0)
		return 0;
	return hand_over(h, RING - STRIDE, err);
}

int
ex_ahead_end(struct ex_ahead *h, struct ex_err *err)
{
	size_t i;
	int got = 0;

	if (h->running) {
		got = hand_over(h, 0, err);
		pthread_mutex_lock(&h->lock);
		h->end = true;
		pthread_cond_signal(&h->moved);
		pthread_mutex_unlock(&h->lock);
		pthread_join(h->thread, NULL);
	}
	for (i = 0; i < RING; i++)
		ex_arena_free(&h->ring[i].arena);
	pthread_cond_destroy(&h->moved);
	pthread_mutex_destroy(&h->lock);
	free(h);
	return got;
}
