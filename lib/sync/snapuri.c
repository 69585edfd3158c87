/*
 * snapuri.c: a path as the URI by which SQLite opens a file that nobody writes
 *
 * https://www.sqlite.org/uri.html: what a URI must not hold is %XX.
 */
#include <string.h>

#include <ex/buf.h>

#include "snappriv.h"

void
snap_immutable(const char *path, struct ex_buf *uri)
{
	ex_buf_puts(uri, "file:");
	for (; *path != '\0'; path++)
		if (strchr("%?#", *path) != NULL)
			ex_buf_fmt(uri, "%%%02X", (unsigned)*path);
		else
			ex_buf_putc(uri, *path);
	ex_buf_puts(uri, "?immutable=1");
	ex_buf_putc(uri, '\0');
}
