/*
 * scanwords.c: scan.c where the compiler has no SSE2
 */
#define EX_SCAN_WORDS
#include "scan.c"
