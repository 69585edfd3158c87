/*
 * davsrv.c: a domain's CardDAV or CalDAV service, by the system's resolver
 *
 * RFC 6764, 3 and 4.  Only services over TLS are looked for: we will send a
 * password there.  For the same reason a record that names a host outside the
 * domain is not followed (RFC 6764, 8): who can forge an answer could name his
 * own, with a certificate that is good.
 *
 * _DEFAULT_SOURCE is for <resolv.h> alone.
 */
#define _DEFAULT_SOURCE

#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>
#include <strings.h>

#include "davpriv.h"

#define PACKET	8192
#define SRVS	16

/* Its length, -1: no answer. */
static int
ask(const char *name, int type, unsigned char packet[PACKET])
{
	struct __res_state state;
	int n;

	memset(&state, 0, sizeof(state));
	if (res_ninit(&state) == -1)
		return -1;
	n = res_nquery(&state, name, ns_c_in, type, packet, PACKET);
	res_nclose(&state);
	return n > PACKET ? -1 : n;
}

static bool
is_within(const char *target, struct ex_str domain)
{
	size_t n = strlen(target);

	return n >= domain.n && strncasecmp(target + n - domain.n, domain.p,
	    domain.n) == 0 && (n == domain.n || target[n - domain.n - 1] == '.');
}

int
ex_dav_lookup(struct ex_str domain, bool cal, struct ex_arena *a,
    struct ex_str *url, struct ex_err *err)
{
	unsigned char packet[PACKET];
	struct ex_dns_srv srv[SRVS];
	char path[256] = "";
	const char *name;
	int n;

	*url = EX_STR_NONE;
	name = ex_arena_fmt(a, "_%s._tcp.%.*s", cal ? "caldavs" : "carddavs",
	    EX_STR_ARG(domain)).p;
	if ((n = ask(name, ns_t_srv, packet)) <= 0)
		return 0;
	n = ex_dns_srv((struct ex_str){ (const char *)packet, (size_t)n },
	    srv, SRVS);
	if (n <= 0)
		return 0;
	/* RFC 2782: an empty target says that there is none. */
	if (srv[0].target[0] == '\0')
		return ex_err_set(err, EX_ERR_INPUT, "%s: the domain says "
		    "that it has no such service", name);
	if (!is_within(srv[0].target, domain))
		return ex_err_set(err, EX_ERR_INPUT, "%s: leads to another "
		    "domain: if that is right, the store is "
		    "%s:https://%s:%u/", name, cal ? "caldav" : "carddav",
		    srv[0].target, srv[0].port);
	if ((n = ask(name, ns_t_txt, packet)) > 0 && ex_dns_path(
	    (struct ex_str){ (const char *)packet, (size_t)n }, path,
	    sizeof(path)) == -1)
		path[0] = '\0';
	*url = ex_arena_fmt(a, "https://%s:%u%s%s", srv[0].target,
	    srv[0].port, path[0] == '/' ? "" : "/", path);
	return 0;
}
