/*
 * graphgate.c: how many requests are under way at once
 *
 * "Outlook service limits": 4 concurrent requests of one app; by some
 * versions of the page for a mailbox, by others whichever mailbox they are
 * for.  So all folders of a process that sign in as one app to one tenant
 * share one count.  It is the one thing here that is the process' own.
 *
 * A thread that waits holds none of them, so that all that are held come
 * back.
 */
#include <pthread.h>
#include <stdlib.h>

#include <ex/diag.h>

#include "graphpriv.h"

#define MOST	4

struct ex_graph_gate {
	struct ex_graph_gate *next;
	struct ex_arena a;
	struct ex_str key;
	size_t users, under_way;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static struct ex_graph_gate *gates;

struct ex_graph_gate *
ex_graph_gate_open(struct ex_str key)
{
	struct ex_graph_gate *g;

	pthread_mutex_lock(&lock);
	for (g = gates; g != NULL && !ex_str_eq(g->key, key); g = g->next)
		;
	if (g == NULL) {
		if ((g = calloc(1, sizeof(*g))) == NULL)
			ex_diag_oom();
		g->key = ex_arena_str(&g->a, key);
		g->next = gates;
		gates = g;
	}
	g->users++;
	pthread_mutex_unlock(&lock);
	return g;
}

void
ex_graph_gate_close(struct ex_graph_gate *gate)
{
	struct ex_graph_gate **at;

	if (gate == NULL)
		return;
	pthread_mutex_lock(&lock);
	if (--gate->users == 0) {
		for (at = &gates; *at != gate; at = &(*at)->next)
			;
		*at = gate->next;
		ex_arena_free(&gate->a);
		free(gate);
	}
	pthread_mutex_unlock(&lock);
}

bool
ex_graph_gate_try(struct ex_graph_gate *gate)
{
	bool may;

	pthread_mutex_lock(&lock);
	may = gate->under_way < MOST;
	gate->under_way += may;
	pthread_mutex_unlock(&lock);
	return may;
}

void
ex_graph_gate_wait(struct ex_graph_gate *gate)
{
	pthread_mutex_lock(&lock);
	while (gate->under_way >= MOST)
		pthread_cond_wait(&freed, &lock);
	pthread_mutex_unlock(&lock);
}

void
ex_graph_gate_done(struct ex_graph_gate *gate)
{
	pthread_mutex_lock(&lock);
	gate->under_way--;
	pthread_cond_broadcast(&freed);
	pthread_mutex_unlock(&lock);
}
