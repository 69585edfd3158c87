/*
 * reseal - the sums of a stream made right, whoever wrote it
 *
 * Copies a stream, with the sum that exrecord(5) asks for in each end line;
 * for tests that change what exfilter -e would not leave as it is.  Counts
 * stay.  Sections are told apart by their folder.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <ex/sum.h>

#define SECTIONS 64

static struct {
	char folder[80];
	struct ex_sum sum;
} section[SECTIONS];

static bool
starts(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* The section of a line: by its folder, if it has one. */
static struct ex_sum *
sum_of(const char *line, bool begin)
{
	const char *at = strstr(line, "\"folder\":\"");
	char name[80] = "";
	size_t i;

	if (at != NULL)
		sscanf(at, "\"folder\":\"%79[^\"]", name);
	for (i = 0; i < SECTIONS - 1 && section[i].folder[0] != '\0'; i++)
		if (strcmp(section[i].folder + 1, name) == 0)
			break;
	snprintf(section[i].folder, sizeof(section[i].folder), "=%.78s",
	    name);
	if (begin)
		section[i].sum = (struct ex_sum)EX_SUM_INIT;
	return &section[i].sum;
}

int
main(void)
{
	static char line[1 << 20];
	struct ex_sum *sum;
	char hex[EX_SUM_HEX], *at;
	size_t n;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		n = strcspn(line, "\n");
		line[n] = '\0';
		at = strstr(line, "\"sum\":\"");
		if (!starts(line, "{\"rec\":\"end\"") || at == NULL) {
			/* Lines of parts belong to the part. */
			sum = sum_of(strstr(line, "\"rec\":\"begin\"") != NULL
			    || strstr(line, "\"master\"") == NULL ? line : "",
			    starts(line, "{\"rec\":\"begin\""));
			ex_sum_line(sum, line, n);
			puts(line);
			continue;
		}
		sum = sum_of(line, false);
		at += strlen("\"sum\":\"");
		n = strcspn(at, "\"");
		if (strlen(at + n + 1) > 1)
			ex_sum_line(sum, at + n + 1, strlen(at + n + 1) - 1);
		ex_sum_hex(sum, hex);
		printf("%.*s%s%s\n", (int)(at - line), line, hex, at + n);
	}
	return 0;
}
