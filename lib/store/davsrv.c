/*
 * davsrv.c: a domain's services, by the system's resolver
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

bool
ex_dns_is_within(struct ex_str host, struct ex_str domain)
{
	size_t n = host.n - domain.n;

	return host.n >= domain.n && strncasecmp(host.p + n, domain.p,
	    domain.n) == 0 && (n == 0 || host.p[n - 1] == '.');
}

int
ex_dns_lookup(const char *service, struct ex_str domain, struct ex_arena *a,
    struct ex_dns_srv *best)
{
	unsigned char packet[PACKET];
	struct ex_dns_srv srv[SRVS];
	int n;

	n = ask(ex_arena_fmt(a, "_%s._tcp.%.*s", service,
	    EX_STR_ARG(domain)).p, ns_t_srv, packet);
	if (n <= 0 || ex_dns_srv((struct ex_str){ (const char *)packet,
	    (size_t)n }, srv, SRVS) <= 0)
		return 0;
	*best = srv[0];
	return 1;
}

int
ex_dav_lookup(struct ex_str domain, bool cal, struct ex_arena *a,
    struct ex_str *url, struct ex_err *err)
{
	const char *service = cal ? "caldavs" : "carddavs";
	unsigned char packet[PACKET];
	struct ex_dns_srv srv;
	char path[256] = "";
	struct ex_str name;
	int n;

	*url = EX_STR_NONE;
	if (ex_dns_lookup(service, domain, a, &srv) == 0)
		return 0;
	name = ex_arena_fmt(a, "_%s._tcp.%.*s", service, EX_STR_ARG(domain));
	/* RFC 2782: an empty target says that there is none. */
	if (srv.target[0] == '\0')
		return ex_err_set(err, EX_ERR_INPUT, "%s: the domain says "
		    "that it has no such service", name.p);
	if (!ex_dns_is_within(ex_str_of(srv.target), domain))
		return ex_err_set(err, EX_ERR_INPUT, "%s: leads to another "
		    "domain: if that is right, the store is "
		    "%s:https://%s:%u/", name.p, cal ? "caldav" : "carddav",
		    srv.target, srv.port);
	if ((n = ask(name.p, ns_t_txt, packet)) > 0 && ex_dns_path(
	    (struct ex_str){ (const char *)packet, (size_t)n }, path,
	    sizeof(path)) == -1)
		path[0] = '\0';
	*url = ex_arena_fmt(a, "https://%s:%u%s%s", srv.target, srv.port,
	    path[0] == '/' ? "" : "/", path);
	return 0;
}
