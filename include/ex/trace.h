/*
 * trace.h: what passes between us and servers, on stderr
 *
 * The one way by which lib/ says something as it goes: -v asks for requests
 * (level 1), a second -v for what is in them (level 2).  No secret is ever
 * given to these; -q takes all of it away but ex_trace_caution().
 */
#ifndef EX_TRACE_H
#define EX_TRACE_H

#include <stdbool.h>

#include <ex/str.h>

/* How often -v was given; once, before there is a second thread. */
void	 ex_trace_level(int level);
bool	 ex_trace_on(int level);

/* A line, if the level is 1 or more. */
void	 ex_trace(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A text, line by line with mark in front, if the level is 2. */
void	 ex_trace_text(const char *mark, struct ex_str text);

/* What has to be said on every run: that a server is not checked. */
void	 ex_trace_caution(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));

#endif
