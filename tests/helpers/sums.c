/*
 * sums - the sum of a section (exrecord(5)), whoever wrote it
 *
 * Reads the begin and the lines of a section, and last what stands behind
 * the sum in its end (",\"token\":\"t\""), and prints the sum: for tests
 * that write streams themselves.
 */
#include <stdio.h>
#include <string.h>

#include <ex/sum.h>

int
main(void)
{
	static char line[1 << 20];
	struct ex_sum sum = EX_SUM_INIT;
	char hex[EX_SUM_HEX];
	size_t n;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		n = strcspn(line, "\n");
		if (n > 0)
			ex_sum_line(&sum, line, n);
	}
	ex_sum_hex(&sum, hex);
	puts(hex);
	return 0;
}
