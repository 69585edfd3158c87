/*
 * charset.c: text in other character sets, by ICU's converters
 */
#include <stdlib.h>
#include <string.h>

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/text.h>

static bool
is_ascii(struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80 || s.p[i] == 0x1b)
			return false;
	return true;
}

/* Through UTF-16; ICU stops at the first byte that is none of the set. */
static int
convert(UConverter *cnv, struct ex_str s, struct ex_arena *a,
    struct ex_str *out)
{
	UErrorCode code = U_ZERO_ERROR;
	int32_t n, m = 0, room = (int32_t)s.n * 2 + 16;
	UChar *wide = malloc((size_t)room * sizeof(*wide));
	char *p;

	if (wide == NULL)
		ex_diag_oom();
	n = ucnv_toUChars(cnv, wide, room, s.p, (int32_t)s.n, &code);
	if (U_SUCCESS(code)) {
		u_strToUTF8(NULL, 0, &m, wide, n, &code);
		if (code == U_BUFFER_OVERFLOW_ERROR)
			code = U_ZERO_ERROR;
		p = ex_arena_bytes(a, (size_t)m + 1);
		u_strToUTF8(p, m + 1, NULL, wide, n, &code);
		*out = (struct ex_str){ p, (size_t)m };
	}
	free(wide);
	return U_SUCCESS(code) ? 0 : -1;
}

int
ex_text_utf8(struct ex_str s, struct ex_str charset, struct ex_arena *a,
    struct ex_str *out, struct ex_err *err)
{
	UErrorCode code = U_ZERO_ERROR;
	UConverter *cnv;
	char name[64];
	int got;

	*out = s;
	if (ex_str_is_nocase(charset, "utf-8") ||
	    ex_str_is_nocase(charset, "utf8"))
		return ex_json_utf8(s) ? 0 :
		    ex_err_set(err, EX_ERR_INPUT, "not UTF-8");
	if (s.n > EX_CAP_LINE || charset.n == 0 ||
	    charset.n >= sizeof(name))
		goto unknown;
	memcpy(name, charset.p, charset.n);
	name[charset.n] = '\0';
	cnv = ucnv_open(name, &code);
	if (cnv == NULL || U_FAILURE(code))
		goto unknown;
	ucnv_setToUCallBack(cnv, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL,
	    &code);
	got = U_FAILURE(code) ? -1 : convert(cnv, s, a, out);
	ucnv_close(cnv);
	return got == 0 ? 0 : ex_err_set(err, EX_ERR_INPUT, "not %s", name);
unknown:
	if (is_ascii(s))	/* every set that these writers name has it */
		return 0;
	return ex_err_set(err, EX_ERR_INPUT,
	    "a character set that is not known");
}
