/*
 * auth.h: who we are to a server, and how we prove it
 *
 * Secrets come from a command, a file, an environment variable or ~/.netrc.
 * They stand in no message, trace, stream or snapshot, and are wiped when
 * the struct is freed.
 */
#ifndef EX_AUTH_H
#define EX_AUTH_H

#include <stdbool.h>

#include <ex/str.h>

struct ex_arena;
struct ex_buf;
struct ex_err;
struct ex_store_conf;

enum ex_auth_kind {
	EX_AUTH_NONE,
	EX_AUTH_ANY,		/* what the server offers, the best first */
	EX_AUTH_BASIC,		/* over TLS or to a loopback address only */
	EX_AUTH_DIGEST,
	EX_AUTH_NTLM,
	EX_AUTH_NEGOTIATE,
	EX_AUTH_BEARER
};

struct ex_auth;

/*
 * From a folder's options (auth, user, password-command, password-file,
 * password-env, token-command) or, without a ring file, from the URL's user,
 * EX_PASSWORD_COMMAND and ~/.netrc.  url is the server's.  The command runs
 * once, when the secret is first asked for.
 */
int	 ex_auth_new(const struct ex_store_conf *conf, struct ex_str url,
	    struct ex_auth **auth, struct ex_err *err);
/*
 * Bearer, with a token that get() brings when it is first asked for, and
 * with again when the server refused the one before.  It runs in the thread
 * that uses auth, and wipes what it has no use for any more; place stands in
 * front of messages.
 */
typedef int	 ex_auth_get(void *arg, bool again, struct ex_buf *token,
		    struct ex_err *err);
struct ex_auth	*ex_auth_new_token(struct ex_str place, ex_auth_get *get,
		    void *arg);
void	 ex_auth_free(struct ex_auth *auth);

enum ex_auth_kind	 ex_auth_kind(const struct ex_auth *auth);
/* Absent: none. */
struct ex_str	 ex_auth_user(const struct ex_auth *auth);
/*
 * The password or token, ended by NUL, until freed or renewed; absent where
 * none is needed (a ticket is).
 */
int	 ex_auth_secret(struct ex_auth *auth, struct ex_str *secret,
	    struct ex_err *err);
/*
 * The server refused a token: get a new one, once until it is known to
 * work.  1: it is there; 0: there is no other; -1: it is not to be had.
 */
int	 ex_auth_renew(struct ex_auth *auth, struct ex_err *err);
/* The server took it. */
void	 ex_auth_works(struct ex_auth *auth);

/*
 * All of a file that only its owner, who we are or root, may read, in the
 * arena; at most EX_CAP_SECRET bytes.
 */
int	 ex_auth_file(const char *path, struct ex_arena *a,
	    struct ex_str *out, struct ex_err *err);

#endif
