/*
 * control - tell a test server what to do, and ask it
 *
 *	control URL [JSON ...]
 *
 * URL is http://127.0.0.1:PORT.  Posts each JSON to /control there, one
 * after the other, and prints the answers, a line each.  Exits with 1 if the
 * server says of one that it failed, which then is the last.  The shell
 * tests do this thousands of times, and curl takes long to start.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ex/buf.h>
#include <ex/diag.h>
#include <ex/err.h>

static int
connected(const char *url)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	unsigned port;
	char end;
	int fd;

	if (sscanf(url, "http://127.0.0.1:%u%c", &port, &end) != 1 ||
	    port > 65535)
		ex_die("%s: no URL of a test server", url);
	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		ex_die("%s:", url);
	return fd;
}

static void
send_all(int fd, const char *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k)
		if ((k = write(fd, p, n)) == -1)
			ex_die("write:");
}

/* The server ends the connection behind its answer. */
static void
ask(int fd, const char *json, struct ex_buf *answer)
{
	char head[128], part[4096];
	ssize_t k;

	snprintf(head, sizeof(head), "POST /control HTTP/1.1\r\n"
	    "Host: x\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
	    strlen(json));
	send_all(fd, head, strlen(head));
	send_all(fd, json, strlen(json));
	ex_buf_clear(answer);
	while ((k = read(fd, part, sizeof(part))) > 0)
		ex_buf_str(answer, (struct ex_str){ part, (size_t)k });
	if (k == -1)
		ex_die("read:");
	ex_buf_putc(answer, '\0');
}

int
main(int argc, char *argv[])
{
	struct ex_buf answer = EX_BUF_INIT;
	const char *body;
	bool failed = false;
	int fd, i;

	ex_diag_init("control");
	for (i = 2; i < argc && !failed; i++) {
		fd = connected(argv[1]);
		ask(fd, argv[i], &answer);
		close(fd);
		if ((body = strstr(answer.p, "\r\n\r\n")) == NULL)
			ex_die("%s: no answer", argv[i]);
		puts(body + 4);
		failed = strncmp(answer.p, "HTTP/1.1 200 ", 13) != 0;
	}
	ex_buf_fini(&answer);
	return ex_finish(failed ? EX_EXIT_NO : EX_EXIT_OK);
}
