/*
 * auth.c: where user and secret come from, and that no message holds one
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <ex/auth.h>
#include <ex/err.h>
#include <ex/storeconf.h>

#define URL	"https://dav.example.com:8443/x/"
#define SECRET	"s3cret"

static char dir[] = "/tmp/exring-auth-XXXXXX";
static struct ex_store_opt opt[8];
static struct ex_store_conf conf;
static struct ex_err err;

/* A folder of a ring with these options, "key=value" each, to a NULL. */
static struct ex_auth *
ask_url(const char *url, const char *const *o)
{
	struct ex_auth *auth;
	const char *eq;

	memset(&conf, 0, sizeof(conf));
	memset(&err, 0, sizeof(err));
	conf.name = EX_STR("work");
	conf.base = ex_str_of(dir);
	conf.opt = opt;
	for (; *o != NULL; o++) {
		eq = strchr(*o, '=');
		opt[conf.nopt].key = (struct ex_str){ *o,
		    (size_t)(eq - *o) };
		opt[conf.nopt].value = ex_str_of(eq + 1);
		opt[conf.nopt].line = (unsigned)conf.nopt + 1;
		conf.nopt++;
	}
	if (ex_auth_new(&conf, ex_str_of(url), &auth, &err) == -1) {
		assert_null(auth);
		assert_null(strstr(err.msg, SECRET));
		return NULL;
	}
	/* What was only tried on the way, ~/.netrc, is no error. */
	assert_int_equal(err.code, 0);
	return auth;
}

#define ASK(...)	ask_url(URL, (const char *const[]){ __VA_ARGS__, NULL })
#define ASK_NONE(url)	ask_url((url), (const char *const[]){ NULL })

static void
has(struct ex_auth *auth, enum ex_auth_kind kind, const char *user,
    const char *secret)
{
	struct ex_str got;

	if (auth == NULL)
		fail_msg("%s", err.msg);
	assert_int_equal(ex_auth_kind(auth), kind);
	if (user == NULL)
		assert_null(ex_auth_user(auth).p);
	else
		assert_true(ex_str_is(ex_auth_user(auth), user));
	if (ex_auth_secret(auth, &got, &err) == -1)
		fail_msg("%s", err.msg);
	if (secret == NULL) {
		assert_null(got.p);
	} else {
		assert_true(ex_str_is(got, secret));
		assert_int_equal(got.p[got.n], '\0');
	}
	ex_auth_free(auth);
}

/* It fails, at once or when the secret is asked for, so. */
static void
fails(struct ex_auth *auth, enum ex_errcode code, const char *msg)
{
	struct ex_str got;

	if (auth != NULL) {
		assert_int_equal(ex_auth_secret(auth, &got, &err), -1);
		ex_auth_free(auth);
	}
	assert_string_equal(err.msg, msg);
	assert_int_equal(err.code, code);
	assert_null(strstr(err.msg, SECRET));
}

static void
put(const char *name, const char *text, mode_t mode)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* dir/name in a message. */
static const char *
at(const char *front, const char *name, const char *rest)
{
	static char text[512];

	snprintf(text, sizeof(text), "%s%s/%s%s", front, dir, name, rest);
	return text;
}

static void
kinds(void **state)
{
	(void)state;
	has(ASK_NONE(URL), EX_AUTH_NONE, NULL, NULL);
	has(ASK("user=sync", "password-command=echo " SECRET), EX_AUTH_ANY,
	    "sync", SECRET);
	has(ASK("auth=basic", "user=sync", "password-command=echo " SECRET),
	    EX_AUTH_BASIC, "sync", SECRET);
	has(ASK("auth=digest", "user=sync", "password-command=echo " SECRET),
	    EX_AUTH_DIGEST, "sync", SECRET);
	has(ASK("auth=ntlm", "user=A\\sync",
	    "password-command=echo " SECRET), EX_AUTH_NTLM, "A\\sync",
	    SECRET);
	has(ASK("auth=negotiate"), EX_AUTH_NEGOTIATE, NULL, NULL);
	has(ASK("token-command=echo " SECRET), EX_AUTH_BEARER, NULL, SECRET);
	has(ASK("auth=bearer", "token-command=echo " SECRET),
	    EX_AUTH_BEARER, NULL, SECRET);
	has(ASK("auth=bearer", "password-command=echo " SECRET),
	    EX_AUTH_BEARER, NULL, SECRET);
	fails(ASK("auth=magic"), EX_ERR_INPUT, "folder work: line 1: auth: "
	    "negotiate, ntlm, digest, basic or bearer is wanted");
	fails(ASK("user="), EX_ERR_INPUT,
	    "folder work: line 1: user: it is empty");
	fails(ASK("auth=bearer"), EX_ERR_INPUT, "folder work: bearer: there "
	    "is no token: give token-command");
	fails(ASK("auth=basic", "user=a", "token-command=echo " SECRET),
	    EX_ERR_INPUT, "folder work: token-command is for auth = bearer");
	fails(ASK("auth=basic", "password-command=echo " SECRET),
	    EX_ERR_INPUT, "folder work: there is no user for "
	    "dav.example.com: give user, or a line in ~/.netrc");
	fails(ASK("password-command=echo " SECRET), EX_ERR_INPUT,
	    "folder work: there is no user for dav.example.com: give user, "
	    "or a line in ~/.netrc");
	fails(ASK("user=sync"), EX_ERR_INPUT, "folder work: there is no "
	    "password for sync at dav.example.com: give password-command, "
	    "password-file, password-env or a line in ~/.netrc");
	fails(ASK("user=a", "password-env=B", "password-command=echo"),
	    EX_ERR_INPUT, "folder work: line 2: password-env: one source of "
	    "a secret is enough");
}

static void
urls(void **state)
{
	(void)state;
	setenv("EX_TEST_SECRET", SECRET, 1);
	has(ask_url("https://me%40home@dav.example.com/x@y",
	    (const char *const[]){ "password-env=EX_TEST_SECRET", NULL }),
	    EX_AUTH_ANY, "me@home", SECRET);
	has(ask_url("https://me@dav.example.com", (const char *const[]){
	    "user=sync", "password-env=EX_TEST_SECRET", NULL }),
	    EX_AUTH_ANY, "sync", SECRET);
	has(ASK_NONE("https://dav.example.com/me@home"), EX_AUTH_NONE, NULL,
	    NULL);
	fails(ASK_NONE("https://me:" SECRET "@dav.example.com/"),
	    EX_ERR_INPUT, "folder work: a password in a URL is there for "
	    "others to see: use password-command, password-file or "
	    "~/.netrc");
	fails(ASK_NONE("https://me@[::1]:80/"), EX_ERR_INPUT, "folder work: "
	    "there is no password for me at [::1]: give password-command, "
	    "password-file, password-env or a line in ~/.netrc");
}

static void
commands(void **state)
{
	char count[300];
	struct ex_auth *auth;
	struct ex_str a, b;

	(void)state;
	has(ASK("user=a", "password-command=printf '" SECRET "\\r\\nmore'"),
	    EX_AUTH_ANY, "a", SECRET);
	has(ASK("user=a", "password-command=printf ' a b:\\303\\244 '"),
	    EX_AUTH_ANY, "a", " a b:\xc3\xa4 ");
	fails(ASK("user=a", "password-command=echo " SECRET "; exit 7"),
	    EX_ERR_AGAIN, "folder work: password-command: exit status 7");
	fails(ASK("user=a", "password-command=kill -9 $$"), EX_ERR_AGAIN,
	    "folder work: password-command: killed by signal 9");
	fails(ASK("user=a", "password-command=/nowhere/at/all 2>/dev/null"),
	    EX_ERR_INPUT,
	    "folder work: password-command: there is no such command");
	fails(ASK("user=a", "password-command=echo"), EX_ERR_INPUT,
	    "folder work: password-command: its first line is empty");
	fails(ASK("user=a", "password-command=true"), EX_ERR_INPUT,
	    "folder work: password-command: its first line is empty");
	fails(ASK("user=a", "password-command=printf 'a\\0b'"), EX_ERR_INPUT,
	    "folder work: password-command: a NUL byte");
	fails(ASK("user=a",
	    "password-command=head -c 70000 /dev/zero | tr '\\0' a"),
	    EX_ERR_INPUT, "folder work: password-command: over 65536 bytes");
	fails(ASK("token-command=echo 'a b'"), EX_ERR_INPUT,
	    "folder work: token-command: its first line is no token");
	/* It has no input to wait for, and runs once. */
	put("n", "", 0600);
	snprintf(count, sizeof(count), "password-command=cat; cd %s && "
	    "echo x >>n && echo $(cat n | wc -l)", dir);
	auth = ASK("user=a", count);
	assert_non_null(auth);
	assert_int_equal(ex_auth_secret(auth, &a, &err), 0);
	assert_int_equal(ex_auth_secret(auth, &b, &err), 0);
	assert_true(ex_str_is(b, "1"));
	assert_ptr_equal(a.p, b.p);
	ex_auth_free(auth);
}

static void
tokens(void **state)
{
	char count[300];
	struct ex_auth *auth;
	struct ex_str s;

	(void)state;
	put("n", "", 0600);
	snprintf(count, sizeof(count), "token-command=cd %s && echo x >>n && "
	    "echo t$(cat n | wc -l)", dir);
	auth = ASK(count);
	assert_non_null(auth);
	assert_int_equal(ex_auth_secret(auth, &s, &err), 0);
	assert_true(ex_str_is(s, "t1"));
	assert_int_equal(ex_auth_renew(auth, &err), 1);
	assert_int_equal(ex_auth_secret(auth, &s, &err), 0);
	assert_true(ex_str_is(s, "t2"));
	/* Not twice, until it is known to work. */
	assert_int_equal(ex_auth_renew(auth, &err), 0);
	ex_auth_works(auth);
	assert_int_equal(ex_auth_renew(auth, &err), 1);
	assert_int_equal(ex_auth_secret(auth, &s, &err), 0);
	assert_true(ex_str_is(s, "t3"));
	ex_auth_free(auth);
	/* A token that is not from a command stays what it is. */
	auth = ASK("auth=bearer", "password-command=echo a");
	assert_int_equal(ex_auth_renew(auth, &err), 0);
	ex_auth_free(auth);
	/* One whose command works once. */
	put("n", "", 0600);
	snprintf(count, sizeof(count), "token-command=cd %s && echo x >>n && "
	    "test $(cat n | wc -l) = 1 && echo t", dir);
	auth = ASK(count);
	assert_int_equal(ex_auth_secret(auth, &s, &err), 0);
	assert_int_equal(ex_auth_renew(auth, &err), -1);
	assert_non_null(strstr(err.msg, "folder work: token-command"));
	ex_auth_free(auth);
}

static void
files(void **state)
{
	(void)state;
	put("pw", SECRET "\nmore\n", 0600);
	has(ASK("user=a", "password-file=pw"), EX_AUTH_ANY, "a", SECRET);
	has(ASK("user=a", at("password-file=", "pw", "")), EX_AUTH_ANY, "a",
	    SECRET);
	put("pw", SECRET, 0640);
	fails(ASK("user=a", "password-file=pw"), EX_ERR_DENIED,
	    at("folder work: ", "pw", ": others may read it: chmod 600"));
	put("pw", SECRET, 0604);
	fails(ASK("user=a", "password-file=pw"), EX_ERR_DENIED,
	    at("folder work: ", "pw", ": others may read it: chmod 600"));
	put("pw", SECRET, 0602);
	fails(ASK("user=a", "password-file=pw"), EX_ERR_DENIED,
	    at("folder work: ", "pw", ": others may read it: chmod 600"));
	fails(ASK("user=a", "password-file=none"), EX_ERR_GONE,
	    at("folder work: ", "none", ": No such file or directory"));
	fails(ASK("user=a", "password-file=."), EX_ERR_INPUT,
	    at("folder work: ", ".", ": it is no file"));
	put("pw", "\n" SECRET, 0600);
	fails(ASK("user=a", "password-file=pw"), EX_ERR_INPUT,
	    at("folder work: ", "pw", ": its first line is empty"));
}

static void
variables(void **state)
{
	(void)state;
	unsetenv("EX_TEST_SECRET");
	fails(ASK("user=a", "password-env=EX_TEST_SECRET"), EX_ERR_INPUT,
	    "folder work: password-env: EX_TEST_SECRET is not set");
	setenv("EX_TEST_SECRET", SECRET, 1);
	has(ASK("user=a", "password-env=EX_TEST_SECRET"), EX_AUTH_ANY, "a",
	    SECRET);
}

static void
no_ring(void **state)
{
	struct ex_auth *auth;

	(void)state;
	setenv("EX_PASSWORD_COMMAND", "echo " SECRET, 1);
	memset(&conf, 0, sizeof(conf));
	assert_int_equal(ex_auth_new(&conf, EX_STR("https://me@h/"), &auth,
	    &err), 0);
	has(auth, EX_AUTH_ANY, "me", SECRET);
	assert_int_equal(ex_auth_new(&conf, EX_STR("https://h/"), &auth,
	    &err), 0);
	has(auth, EX_AUTH_NONE, NULL, SECRET);
	/* A ring's folders do not take it. */
	fails(ASK_NONE("https://me@h/"), EX_ERR_INPUT, "folder work: there "
	    "is no password for me at h: give password-command, "
	    "password-file, password-env or a line in ~/.netrc");
	unsetenv("EX_PASSWORD_COMMAND");
}

static void
netrc(void **state)
{
	(void)state;
	put(".netrc", "# me\nmachine other.example.com login x password y\n"
	    "machine DAV.example.com\n\tlogin sync password " SECRET "\n"
	    "machine dav.example.com login two account z password \"q \\\" "
	    "\\\\ #\"\nmacdef init\nmachine dav.example.com login m "
	    "password n\n\nmachine open.example.com password only\n"
	    "default login any password one\n", 0600);
	setenv("HOME", dir, 1);
	has(ASK_NONE(URL), EX_AUTH_ANY, "sync", SECRET);
	has(ASK("user=two"), EX_AUTH_ANY, "two", "q \" \\ #");
	has(ASK("auth=digest"), EX_AUTH_DIGEST, "sync", SECRET);
	has(ASK_NONE("https://two@dav.example.com/"), EX_AUTH_ANY, "two",
	    "q \" \\ #");
	has(ASK_NONE("https://elsewhere/"), EX_AUTH_ANY, "any", "one");
	has(ask_url("https://open.example.com/", (const char *const[]){
	    "user=me", NULL }), EX_AUTH_ANY, "me", "only");
	fails(ASK("user=three"), EX_ERR_INPUT, "folder work: there is no "
	    "password for three at dav.example.com: give password-command, "
	    "password-file, password-env or a line in ~/.netrc");
	/* What is said in the ring file goes before. */
	has(ASK("user=sync", "password-command=echo a"), EX_AUTH_ANY, "sync",
	    "a");
	/* A ticket needs none. */
	has(ASK("auth=negotiate"), EX_AUTH_NEGOTIATE, NULL, NULL);
}

static void
netrc_bad(void **state)
{
	(void)state;
	put(".netrc", "machine dav.example.com login sync password " SECRET,
	    0644);
	fails(ASK_NONE(URL), EX_ERR_DENIED, at("folder work: ", ".netrc",
	    ": others may read it: chmod 600"));
	put(".netrc", "machine dav.example.com login sync " SECRET " x",
	    0600);
	fails(ASK_NONE(URL), EX_ERR_INPUT, at("folder work: ", ".netrc",
	    ": a word in it is none of a netrc file's"));
	put(".netrc", "machine dav.example.com login sync password \""
	    SECRET, 0600);
	fails(ASK_NONE(URL), EX_ERR_INPUT, at("folder work: ", ".netrc",
	    ": a word in it is none of a netrc file's"));
	put(".netrc", "machine dav.example.com login sync password", 0600);
	has(ASK_NONE(URL), EX_AUTH_NONE, NULL, NULL);
	put(".netrc", "", 0600);
	has(ASK_NONE(URL), EX_AUTH_NONE, NULL, NULL);
	put("other", "machine dav.example.com login o password p", 0600);
	setenv("NETRC", at("", "other", ""), 1);
	has(ASK_NONE(URL), EX_AUTH_ANY, "o", "p");
	setenv("NETRC", at("", "missing", ""), 1);
	has(ASK_NONE(URL), EX_AUTH_NONE, NULL, NULL);
	unsetenv("NETRC");
}

static int
setup(void **state)
{
	(void)state;
	unsetenv("NETRC");
	unsetenv("EX_PASSWORD_COMMAND");
	if (mkdtemp(dir) == NULL)
		return -1;
	setenv("HOME", dir, 1);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "n", "pw", ".netrc", "other" };
	char path[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds), cmocka_unit_test(urls),
		cmocka_unit_test(commands), cmocka_unit_test(tokens),
		cmocka_unit_test(files), cmocka_unit_test(variables),
		cmocka_unit_test(no_ring), cmocka_unit_test(netrc),
		cmocka_unit_test(netrc_bad)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
