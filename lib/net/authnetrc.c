/*
 * authnetrc.c: ~/.netrc
 *
 * Words with blanks between them, or in "quotes" with \ before a quote or
 * itself; # begins a comment.  "machine NAME" or "default", then "login",
 * "password" and "account" with a word each; "macdef" up to an empty line.
 * The first machine that fits, with a password, is taken.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>

#include "priv.h"

#define WORD	4096

struct netrc {
	const char *p, *end;
	char word[WORD];
	bool bad;		/* a word is too long, or a quote not closed */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip(struct netrc *f)
{
	while (f->p < f->end && (is_blank(*f->p) || *f->p == '#'))
		if (*f->p == '#')
			while (f->p < f->end && *f->p != '\n')
				f->p++;
		else
			f->p++;
}

/* The next word; false: there is none. */
static bool
word(struct netrc *f)
{
	bool quoted;
	size_t n = 0;

	skip(f);
	if (f->p == f->end)
		return false;
	quoted = *f->p == '"';
	f->p += quoted;
	while (f->p < f->end && (quoted ? *f->p != '"' : !is_blank(*f->p))) {
		if (quoted && *f->p == '\\' && f->end - f->p > 1)
			f->p++;
		if (n == WORD - 1)
			break;
		f->word[n++] = *f->p++;
	}
	f->word[n] = '\0';
	f->bad |= n == WORD - 1 || (quoted && f->p == f->end);
	f->p += quoted && !f->bad;
	return !f->bad;
}

/* Up to and with an empty line. */
static void
macro(struct netrc *f)
{
	for (; f->p < f->end; f->p++)
		if (*f->p == '\n' && (f->end - f->p < 2 || f->p[1] == '\n'))
			return;
}

/* Is the machine that has been read what is looked for? */
static bool
fits(bool machine, struct ex_str user, const struct secret *login,
    const struct secret *password)
{
	return machine && password->p != NULL &&
	    (user.p == NULL ? login->p != NULL :
	    login->p == NULL || ex_str_is(user, login->p));
}

static void
set(struct netrc *f, bool ours, struct secret *s)
{
	if (word(f) && ours)
		secret_set(s, f->word, strlen(f->word));
}

static int
find(struct netrc *f, struct ex_str host, struct ex_str user,
    struct secret *login, struct secret *password)
{
	bool ours = false;

	while (word(f)) {
		if (strcmp(f->word, "machine") == 0 ||
		    strcmp(f->word, "default") == 0) {
			if (fits(ours, user, login, password))
				return 1;
			secret_free(login);
			secret_free(password);
			ours = f->word[0] == 'd' || (word(f) &&
			    ex_str_is_nocase(host, f->word));
		} else if (strcmp(f->word, "login") == 0) {
			set(f, ours, login);
		} else if (strcmp(f->word, "password") == 0) {
			set(f, ours, password);
		} else if (strcmp(f->word, "account") == 0) {
			set(f, false, NULL);
		} else if (strcmp(f->word, "macdef") == 0) {
			macro(f);
		} else {
			f->bad = true;
		}
	}
	return f->bad ? -1 : fits(ours, user, login, password);
}

/* All of the file, or -1. */
static ssize_t
slurp(int fd, char *text)
{
	size_t n = 0;
	ssize_t got = 1;

	while (n <= EX_CAP_NETRC && got != 0) {
		got = read(fd, text + n, EX_CAP_NETRC + 1 - n);
		if (got == -1 && errno != EINTR)
			return -1;
		n += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)n;
}

static int
look(int fd, const char *path, struct ex_str host, struct ex_str user,
    struct secret *login, struct secret *password, struct ex_err *err)
{
	char *text = malloc(EX_CAP_NETRC + 1);
	struct netrc f = { .bad = false };
	ssize_t n;
	int got = -1;

	if (text == NULL)
		ex_diag_oom();
	n = slurp(fd, text);
	f.p = text;
	f.end = text + (n > 0 ? n : 0);
	if (n == -1)
		ex_err_set(err, EX_ERR_SYSTEM, "%s:", path);
	else if ((size_t)n > EX_CAP_NETRC)
		ex_err_set(err, EX_ERR_INPUT, "%s: over %lu bytes", path,
		    EX_CAP_NETRC);
	else if ((got = find(&f, host, user, login, password)) == -1)
		ex_err_set(err, EX_ERR_INPUT, "%s: a word in it is none of "
		    "a netrc file's", path);
	if (got != 1) {
		secret_free(login);
		secret_free(password);
	}
	secret_wipe(text, EX_CAP_NETRC + 1);
	secret_wipe(f.word, sizeof(f.word));
	free(text);
	return got;
}

int
netrc_find(struct ex_str host, struct ex_str user, struct secret *login,
    struct secret *password, struct ex_err *err)
{
	const char *path = getenv("NETRC"), *home = getenv("HOME");
	char made[4096];
	struct ex_err why;
	int fd, got;

	if (path == NULL || path[0] == '\0') {
		if (home == NULL || home[0] == '\0' || snprintf(made,
		    sizeof(made), "%s/.netrc", home) >= (int)sizeof(made))
			return 0;
		path = made;
	}
	if ((fd = secret_open(path, &why)) == -1) {
		if (why.code == EX_ERR_GONE)
			return 0;
		*err = why;
		return -1;
	}
	got = look(fd, path, host, user, login, password, err);
	close(fd);
	return got;
}
