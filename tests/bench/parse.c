/*
 * parse.c: what libical and libvformat take to read items, and no more
 *
 *	parse ical|vformat FILE
 *
 * Every item is handed over as it stands in the file, parsed and freed:
 * nothing is looked at, normalized or written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

#define HAVE_INTTYPES_H 1
#include <vf_iface.h>

static int
with_ical(char *text)
{
	icalcomponent *c = icalparser_parse_string(text);

	if (c == 0)
		return -1;
	icalcomponent_free(c);
	return 0;
}

static int
with_vformat(char *text, size_t n)
{
	VF_PARSER_T *parser = 0;
	VF_OBJECT_T *object = 0;

	if (!vf_parse_init(&parser, &object) ||
	    !vf_parse_text(parser, text, (int)n) || !vf_parse_end(parser))
		return -1;
	vf_delete_object(object, TRUE);
	return 0;
}

static char *
slurp(const char *path, size_t *n)
{
	FILE *fp = fopen(path, "r");
	char *text;
	long size;

	if (fp == 0 || fseek(fp, 0, SEEK_END) == -1 ||
	    (size = ftell(fp)) == -1 || fseek(fp, 0, SEEK_SET) == -1 ||
	    (text = malloc((size_t)size + 1)) == 0)
		return 0;
	*n = fread(text, 1, (size_t)size, fp);
	text[*n] = '\0';
	fclose(fp);
	return text;
}

int
main(int argc, char *argv[])
{
	const char *end;
	char *text, *p, *next, was;
	size_t n = 0, count = 0;
	int ical, got;

	if (argc != 3 || (text = slurp(argv[2], &n)) == 0) {
		fputs("usage: parse ical|vformat FILE\n", stderr);
		return 2;
	}
	ical = strcmp(argv[1], "ical") == 0;
	end = ical ? "\nEND:VCALENDAR\r\n" : "\nEND:VCARD\r\n";
	for (p = text; (next = strstr(p, end)) != 0; p = next) {
		next += strlen(end);
		was = *next;
		*next = '\0';
		got = ical ? with_ical(p) : with_vformat(p,
		    (size_t)(next - p));
		*next = was;
		if (got == -1) {
			fprintf(stderr, "parse: item %zu\n", count);
			return 1;
		}
		count++;
	}
	printf("%zu\n", count);
	free(text);
	return 0;
}
