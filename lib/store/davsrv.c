/*
 * davsrv.c: a domain's CardDAV or CalDAV service, by the system's resolver
 *
 * RFC 6764, 3 and 4.  Only services over TLS are looked for: we will send a
 * password there.
 *
 * _DEFAULT_SOURCE is for <resolv.h> alone.
 */
#define _DEFAULT_SOURCE

#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

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

struct ex_str
ex_dns_lookup(const char *service, struct ex_str domain, struct ex_arena *a,
    unsigned *port)
{
	unsigned char packet[PACKET];
	struct ex_dns_srv srv[SRVS];
	int n;

	n = ask(ex_arena_fmt(a, "_%s._tcp.%.*s", service,
	    EX_STR_ARG(domain)).p, ns_t_srv, packet);
	if (n <= 0)
		return EX_STR_NONE;
	n = ex_dns_srv((struct ex_str){ (const char *)packet, (size_t)n },
	    srv, SRVS);
	/* An empty target: the domain says that it has none. */
	if (n <= 0 || srv[0].target[0] == '\0')
		return EX_STR_NONE;
	*port = srv[0].port;
	return ex_arena_str(a, ex_str_of(srv[0].target));
}

struct ex_str
ex_dav_lookup(struct ex_str domain, bool cal, struct ex_arena *a)
{
	const char *service = cal ? "caldavs" : "carddavs";
	unsigned char packet[PACKET];
	char path[256] = "";
	struct ex_str host;
	unsigned port;
	int n;

	host = ex_dns_lookup(service, domain, a, &port);
	if (host.n == 0)
		return EX_STR_NONE;
	n = ask(ex_arena_fmt(a, "_%s._tcp.%.*s", service,
	    EX_STR_ARG(domain)).p, ns_t_txt, packet);
	if (n > 0 && ex_dns_path((struct ex_str){ (const char *)packet,
	    (size_t)n }, path, sizeof(path)) == -1)
		path[0] = '\0';
	return ex_arena_fmt(a, "https://%.*s:%u%s%s", EX_STR_ARG(host), port,
	    path[0] == '/' ? "" : "/", path);
}
