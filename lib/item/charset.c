/*
 * charset.c: text in other character sets, by ICU's converters
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/lazy.h>
#include <ex/text.h>

static struct {
	UConverter *(*open)(const char *name, UErrorCode *code);
	void (*close)(UConverter *cnv);
	void (*set_callback)(UConverter *cnv, UConverterToUCallback f,
	    const void *arg, UConverterToUCallback *was, const void **was_arg,
	    UErrorCode *code);
	void (*stop)(const void *arg, UConverterToUnicodeArgs *args,
	    const char *units, int32_t n, UConverterCallbackReason why,
	    UErrorCode *code);
	int32_t (*decode)(UConverter *cnv, UChar *out, int32_t room,
	    const char *s, int32_t n, UErrorCode *code);
	char *(*to_utf8)(char *out, int32_t room, int32_t *len,
	    const UChar *s, int32_t n, UErrorCode *code);
} icu;

static const struct ex_lazy want[] = {
	EX_LAZY(icu.open, ucnv_open),
	EX_LAZY(icu.close, ucnv_close),
	EX_LAZY(icu.set_callback, ucnv_setToUCallBack),
	EX_LAZY(icu.stop, UCNV_TO_U_CALLBACK_STOP),
	EX_LAZY(icu.decode, ucnv_toUChars),
	EX_LAZY(icu.to_utf8, u_strToUTF8)
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
load(void)
{
	ex_lazy_need(EX_LAZY_ICU("uc"), want, sizeof(want) / sizeof(want[0]));
}

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
	n = icu.decode(cnv, wide, room, s.p, (int32_t)s.n, &code);
	if (U_SUCCESS(code)) {
		icu.to_utf8(NULL, 0, &m, wide, n, &code);
		if (code == U_BUFFER_OVERFLOW_ERROR)
			code = U_ZERO_ERROR;
		p = ex_arena_bytes(a, (size_t)m + 1);
		icu.to_utf8(p, m + 1, NULL, wide, n, &code);
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
	pthread_once(&once, load);
	cnv = icu.open(name, &code);
	if (cnv == NULL || U_FAILURE(code))
		goto unknown;
	icu.set_callback(cnv, icu.stop, NULL, NULL, NULL,
	    &code);
	got = U_FAILURE(code) ? -1 : convert(cnv, s, a, out);
	icu.close(cnv);
	return got == 0 ? 0 : ex_err_set(err, EX_ERR_INPUT, "not %s", name);
unknown:
	if (is_ascii(s))	/* every set that these writers name has it */
		return 0;
	return ex_err_set(err, EX_ERR_INPUT,
	    "a character set that is not known");
}
