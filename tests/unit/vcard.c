/*
 * vcard: vCard 2.1, 3.0 and 4.0 in, 3.0 and 4.0 out
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/json.h>
#include <ex/line.h>

#define CORPUS "../shared/material/corpus/"

static struct ex_arena arena, lists;

static int
reset(void **state)
{
	(void)state;
	ex_arena_free(&arena);
	return 0;
}

/* A card of this version with these lines. */
static struct ex_str
card(const char *version, const char *lines)
{
	return ex_arena_fmt(&arena, "BEGIN:VCARD\r\nVERSION:%s\r\n%s\r\n"
	    "END:VCARD\r\n", version, lines);
}

/* What the lines become, without the array around and version. */
static void
reads(const char *version, const char *lines, const char *want)
{
	struct ex_err err = { 0 };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item item;
	const char *head = "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]";

	if (ex_codec_decode(card(version, lines), 1, &arena, &item, &err))
		fail_msg("%s: %s", lines, err.msg);
	ex_item_write(&b, &item);
	assert_true(ex_str_starts(ex_buf_get(&b), head));
	ex_buf_putc(&b, '\0');
	b.p[b.n - 3] = '\0';	/* "]]" */
	assert_string_equal(b.p + strlen(head) + 1, want);
	ex_buf_fini(&b);
}

static void
types(void **state)
{
	(void)state;
	reads("4.0", "NOTE:a, b\\, c\\nd\\:e",
	    "[\"note\",{},\"text\",\"a, b, c\\nd\\\\:e\"]");
	reads("4.0", "NICKNAME:a,b\\,c",
	    "[\"nickname\",{},\"text\",\"a\",\"b,c\"]");
	reads("4.0", "N:a\\;b;c;d,e\\,f;;",
	    "[\"n\",{},\"text\",[\"a;b\",\"c\",[\"d\",\"e,f\"],\"\",\"\"]]");
	reads("2.1", "N:a;b,c", "[\"n\",{},\"text\",[\"a\",\"b,c\"]]");
	reads("4.0", "ORG:a,b;c", "[\"org\",{},\"text\",[\"a,b\",\"c\"]]");
	reads("4.0", "ORG:a", "[\"org\",{},\"text\",\"a\"]");
	reads("4.0", "URL: http://a/\\,b",
	    "[\"url\",{},\"uri\",\"http://a/\\\\,b\"]");
	reads("4.0", "UID:a\\,b", "[\"uid\",{},\"text\",\"a,b\"]");
	reads("4.0", "UID:urn:uuid:1", "[\"uid\",{},\"uri\",\"urn:uuid:1\"]");
	reads("4.0", "TEL;VALUE=uri:tel:1;ext=2",
	    "[\"tel\",{},\"uri\",\"tel:1;ext=2\"]");
	reads("4.0", "X-A:b\\n,c;", "[\"x-a\",{},\"unknown\",\"b\\\\n,c;\"]");
	reads("4.0", "X-A;VALUE=text:b\\n,c",
	    "[\"x-a\",{},\"text\",\"b\\n,c\"]");
	reads("4.0", "X-A;VALUE=integer:-12", "[\"x-a\",{},\"integer\",-12]");
	reads("4.0", "X-A;VALUE=integer:012",
	    "[\"x-a\",{},\"unknown\",\"012\"]");
	reads("4.0", "X-A;VALUE=boolean:true", "[\"x-a\",{},\"boolean\",true]");
	reads("4.0", "X-A;VALUE=x-b:c", "[\"x-a\",{},\"x-b\",\"c\"]");
	reads("4.0", "TZ:-0500", "[\"tz\",{},\"utc-offset\",\"-05:00\"]");
	reads("3.0", "TZ:Europe/Berlin",
	    "[\"tz\",{},\"text\",\"Europe/Berlin\"]");
	reads("3.0", "GEO:1.50;-2", "[\"geo\",{},\"uri\",\"geo:1.50,-2\"]");
	reads("3.0", "GEO:here", "[\"geo\",{},\"unknown\",\"here\"]");
	reads("4.0", "LANG:de", "[\"lang\",{},\"language-tag\",\"de\"]");
}

static void
dates(void **state)
{
	static const char *const good[][2] = {
		{ "19850412", "1985-04-12" }, { "1985-04-12", "1985-04-12" },
		{ "1985-04", "1985-04" }, { "1985", "1985" },
		{ "--0412", "--04-12" }, { "--04-12", "--04-12" },
		{ "--04", "--04" }, { "---12", "---12" },
		{ "--0229", "--02-29" }, { "20000229", "2000-02-29" },
		{ "19850412T102233Z", "1985-04-12T10:22:33Z" },
		{ "1985-04-12T10:22:33-08:00", "1985-04-12T10:22:33-08:00" },
		{ "19850412T1022-0800", "1985-04-12T10:22:00-08:00" },
		{ "---12T10", "---12T10" }, { "T102233", "T10:22:33" },
		{ "T--33", "T--33" }, { "T-2233", "T-22:33" },
		{ " 19850412", "1985-04-12" }
	};
	static const char *const bad[] = {
		"", "x", "19851312", "19850431", "19850229", "198504",
		"--0230", "--", "19850412T25", "19850412T1060", "19850412T",
		"1985-04-12 10:00", "19850412Z", "1985-04-", "1985-0412"
	};
	char line[80], want[120];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(line, sizeof(line), "BDAY:%s", good[i][0]);
		snprintf(want, sizeof(want),
		    "[\"bday\",{},\"date-and-or-time\",\"%s\"]", good[i][1]);
		reads("3.0", line, want);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "BDAY:%s", bad[i]);
		snprintf(want, sizeof(want),
		    "[\"bday\",{},\"unknown\",\"%s\"]", bad[i]);
		reads("4.0", line, want);
	}
	reads("3.0", "BDAY;VALUE=date:1985-04-12",
	    "[\"bday\",{},\"date-and-or-time\",\"1985-04-12\"]");
	reads("4.0", "BDAY;VALUE=text:circa 1800",
	    "[\"bday\",{},\"text\",\"circa 1800\"]");
	reads("3.0", "REV:1995-10-31T22:27:10Z",
	    "[\"rev\",{},\"timestamp\",\"1995-10-31T22:27:10Z\"]");
	reads("4.0", "REV:19951031", "[\"rev\",{},\"date\",\"1995-10-31\"]");
	reads("4.0", "X-A;VALUE=date-time:19951031T1",
	    "[\"x-a\",{},\"unknown\",\"19951031T1\"]");
}

static void
parameters(void **state)
{
	(void)state;
	reads("2.1", "TEL;HOME;PREF;VOICE:1", "[\"tel\",{\"pref\":\"1\","
	    "\"type\":[\"HOME\",\"VOICE\"]},\"text\",\"1\"]");
	reads("3.0", "TEL;TYPE=home;type=\"work,pref\";X-B=c:1",
	    "[\"tel\",{\"pref\":\"1\",\"type\":[\"home\",\"work\"],"
	    "\"x-b\":\"c\"},\"text\",\"1\"]");
	reads("4.0", "TEL;TYPE=pref;PREF=3:1",
	    "[\"tel\",{\"pref\":\"3\"},\"text\",\"1\"]");
	reads("4.0", "ITEM1.TEL;GROUP=x:1",
	    "[\"tel\",{\"group\":\"item1\",\"x-group\":\"x\"},"
	    "\"text\",\"1\"]");
	reads("4.0", "N;SORT-AS=\"Harten,Rene\":van der Harten;Rene",
	    "[\"n\",{\"sort-as\":[\"Harten\",\"Rene\"]},\"text\","
	    "[\"van der Harten\",\"Rene\"]]");
	reads("4.0", "ADR;LABEL=\"a, b\\nc^nd\":;;e", "[\"adr\","
	    "{\"label\":\"a, b\\nc\\nd\"},\"text\",[\"\",\"\",\"e\"]]");
	reads("4.0", "TEL;A B=c,d;=e:1", "[\"tel\",{\"type\":[\"a b=c\","
	    "\"d\",\"=e\"]},\"text\",\"1\"]");
	reads("4.0", "LANG;VALUE=integer:en",
	    "[\"lang\",{},\"language-tag\",\"en\"]");
	reads("4.0", "N;VALUE=date:a;b", "[\"n\",{},\"text\",[\"a\",\"b\"]]");
	reads("4.0", "TEL;VALUE=\"a,b\":1", "[\"tel\",{},\"text\",\"1\"]");
	reads("4.0", "NOTE;LANGUAGE=en;ALTID=1:x",
	    "[\"note\",{\"altid\":\"1\",\"language\":\"en\"},\"text\",\"x\"]");
}

static void
codings(void **state)
{
	(void)state;
	reads("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:"
	    "a=C3=A4=0D=0A=\r\nb=3Bc\\;d",
	    "[\"note\",{},\"text\",\"a\xc3\xa4\\nb;c;d\"]");
	reads("2.1", "N;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:M=FCller=3B;J",
	    "[\"n\",{},\"text\",[\"M\xc3\xbcller;\",\"J\"]]");
	reads("2.1", "NOTE;CHARSET=windows-1252:\x80 5",
	    "[\"note\",{},\"text\",\"\xe2\x82\xac 5\"]");
	reads("2.1", "NOTE;CHARSET=Shift_JIS:\x94\x5c;a",
	    "[\"note\",{},\"text\",\"\xe8\x83\xbd;a\"]");
	reads("2.1", "X-A;QUOTED-PRINTABLE:a=3Bb",
	    "[\"x-a\",{},\"unknown\",\"a;b\"]");
	reads("2.1", "X-A;QUOTED-PRINTABLE:a=0Ab",
	    "[\"x-a\",{},\"text\",\"a\\nb\"]");
	reads("2.1", "PHOTO;JPEG;BASE64:\r\n Zm9v\r\n\r\nX-A:b",
	    "[\"photo\",{},\"uri\",\"data:image/jpeg;base64,Zm9v\"],"
	    "[\"x-a\",{},\"unknown\",\"b\"]");
	reads("3.0", "PHOTO;ENCODING=b;TYPE=work,PNG:Zm8",
	    "[\"photo\",{\"type\":\"work\"},\"uri\","
	    "\"data:image/png;base64,Zm8=\"]");
	reads("3.0", "PHOTO;ENCODING=b:/9j/Zm9v",
	    "[\"photo\",{},\"uri\",\"data:image/jpeg;base64,/9j/Zm9v\"]");
	reads("3.0", "SOUND;ENCODING=b:Zm9v", "[\"sound\",{},\"uri\","
	    "\"data:application/octet-stream;base64,Zm9v\"]");
	reads("3.0", "KEY;ENCODING=b;TYPE=PGP:Zm9v", "[\"key\",{},\"uri\","
	    "\"data:application/pgp-keys;base64,Zm9v\"]");
	reads("3.0", "NOTE;ENCODING=b:Zm9v", "[\"note\",{},\"text\",\"foo\"]");
	reads("3.0", "PHOTO;ENCODING=b:***",
	    "[\"photo\",{\"encoding\":\"b\"},\"unknown\",\"***\"]");
	reads("3.0", "PHOTO;ENCODING=b:Zg==Zg==",
	    "[\"photo\",{\"encoding\":\"b\"},\"unknown\",\"Zg==Zg==\"]");
	reads("3.0", "PHOTO;VALUE=uri;TYPE=GIF:http://a/b.gif",
	    "[\"photo\",{\"type\":\"GIF\"},\"uri\",\"http://a/b.gif\"]");
	reads("4.0", "PHOTO:data:image/jpeg\\;base64\\,Zm9v",
	    "[\"photo\",{},\"uri\",\"data:image/jpeg;base64,Zm9v\"]");
}

static void
labels_and_agents(void **state)
{
	(void)state;
	reads("3.0", "LABEL;TYPE=home,PREF:x\\ny\r\nADR;TYPE=work:a\r\n"
	    "ADR;TYPE=Home:b\r\nLABEL;TYPE=dom:z",
	    "[\"adr\",{\"type\":\"work\"},\"text\",[\"a\"]],"
	    "[\"adr\",{\"label\":\"x\\ny\",\"type\":\"Home\"},\"text\","
	    "[\"b\"]],[\"label\",{\"type\":\"dom\"},\"text\",\"z\"]");
	reads("2.1", "AGENT:\r\nBEGIN:VCARD\r\nN:a;b\r\nEND:VCARD\r\nNOTE:c",
	    "[\"agent\",{},\"text\",\"BEGIN:VCARD\\nN:a;b\\nEND:VCARD\\n\"],"
	    "[\"note\",{},\"text\",\"c\"]");
	reads("3.0", "AGENT:BEGIN:VCARD\\nN:a\\;b\\nEND:VCARD\\n",
	    "[\"agent\",{},\"text\",\"BEGIN:VCARD\\nN:a;b\\nEND:VCARD\\n\"]");
	reads("3.0", "AGENT;VALUE=uri:cid:x", "[\"agent\",{},\"uri\",\"cid:x\"]");
}

static void
refused(struct ex_str text, const char *want)
{
	struct ex_err err = { 0 };
	struct ex_item item;

	assert_int_equal(ex_codec_decode(text, 1, &arena, &item, &err), -1);
	assert_string_equal(err.msg, want);
	assert_int_equal(err.code, EX_ERR_INPUT);
}

static void
errors(void **state)
{
	(void)state;
	refused(EX_STR(""), "line 1: empty");
	refused(EX_STR("\nFN:x\n"),
	    "line 2: neither BEGIN:VCARD nor BEGIN:VCALENDAR");
	refused(EX_STR("BEGIN:VCARD\nFN:x\n"), "line 3: no END:VCARD");
	refused(EX_STR("BEGIN:VCARD\nFN:x\nEND:VCARD\nfoo"),
	    "line 4: something behind END:VCARD");
	refused(EX_STR("BEGIN:VCARD\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD"),
	    "line 2: BEGIN inside of a card");
	refused(EX_STR("BEGIN:VCARD\nVERSION:5.0\nEND:VCARD\n"),
	    "line 2: VERSION: neither 2.1 nor 3.0 nor 4.0");
	refused(EX_STR("BEGIN:VCARD\nFN:x\nfoo\nEND:VCARD\n"),
	    "line 3: no ':'");
	refused(card("3.0", "FN:x\r\nNOTE:\xff"), "line 4: NOTE: not UTF-8");
	refused(card("3.0", "FN;X=\xff:x"), "line 3: FN: not UTF-8");
	refused(EX_STR("BEGIN:VCARD\nFN:a\0b\nEND:VCARD\n"),
	    "line 2: FN: not UTF-8");
	refused(card("2.1", "NOTE;QUOTED-PRINTABLE:=00"),
	    "line 3: NOTE: not UTF-8");
	refused(card("2.1", "NOTE;QUOTED-PRINTABLE:=E4"),
	    "line 3: NOTE: not UTF-8");
	refused(card("2.1", "NOTE;CHARSET=x-none:\xe4"),
	    "line 3: NOTE: a character set that is not known");
	refused(card("2.1", "NOTE;CHARSET=us-ascii:\xe4"),
	    "line 3: NOTE: not us-ascii");
}

/* A sequence that a fold cuts is whole once it is unfolded. */
static void
utf8_over_folds(void **state)
{
	(void)state;
	reads("3.0", "NOTE:a\xc3\r\n \xa4",
	    "[\"note\",{},\"text\",\"a\xc3\xa4\"]");
}

/* A card, read and written again in that form, without its first lines. */
static void
writes(const char *as, const char *version, const char *lines,
    const char *want)
{
	struct ex_err err = { 0 };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item item;
	const char *body;

	if (ex_codec_decode(card(version, lines), 1, &arena, &item, &err) ||
	    ex_vcard_encode(&item, ex_str_of(as), &arena, &b, &err))
		fail_msg("%s: %s", lines, err.msg);
	ex_buf_putc(&b, '\0');
	body = strstr(b.p, "PRODID:-//exring//EN\r\n");
	assert_non_null(body);
	assert_string_equal(body + strlen("PRODID:-//exring//EN\r\n"), want);
	ex_buf_fini(&b);
}

#define V3 "vcard 3.0"
#define V4 "vcard 4.0"
#define NAMES "FN:x\r\nN:x\r\n"
#define IN NAMES
#define END "END:VCARD\r\n"

static void
writing(void **state)
{
	(void)state;
	writes(V3, "4.0", IN "BDAY:19850412\r\nREV:20200102T030405Z",
	    "BDAY:1985-04-12\r\n" NAMES "REV:2020-01-02T03:04:05Z\r\n" END);
	writes(V4, "3.0", IN "BDAY:1985-04-12T10:00:00-05:00",
	    "BDAY:19850412T100000-0500\r\n" NAMES END);
	writes(V3, "3.0", IN "BDAY:1985-04-12T10:00:00Z",
	    "BDAY;VALUE=date-time:1985-04-12T10:00:00Z\r\n" NAMES END);
	writes(V4, "3.0", IN "BDAY:--04-12", "BDAY:--0412\r\n" NAMES END);
	writes(V3, "4.0", IN "PHOTO:data:image/jpeg;base64,Zm9v", NAMES
	    "PHOTO;ENCODING=b;TYPE=JPEG:Zm9v\r\n" END);
	writes(V3, "4.0", IN "PHOTO:data:image/svg+xml;base64,Zm9v", NAMES
	    "PHOTO;ENCODING=b;TYPE=image/svg+xml:Zm9v\r\n" END);
	writes(V3, "4.0", IN "PHOTO;TYPE=work:http://a/b", NAMES
	    "PHOTO;VALUE=uri;TYPE=work:http://a/b\r\n" END);
	writes(V4, "3.0", IN "PHOTO;ENCODING=b;TYPE=PNG:Zm9v", NAMES
	    "PHOTO:data:image/png;base64,Zm9v\r\n" END);
	writes(V3, "4.0", IN "TEL;PREF=1;TYPE=home:1\r\nTEL;PREF=2:2", NAMES
	    "TEL;TYPE=home,pref:1\r\nTEL;PREF=2:2\r\n" END);
	writes(V4, "3.0", IN "TEL;TYPE=home,pref:1", NAMES
	    "TEL;TYPE=home;PREF=1:1\r\n" END);
	writes(V3, "4.0", IN "GEO:geo:1.5,-2",
	    "FN:x\r\nGEO:1.5;-2\r\nN:x\r\n" END);
	writes(V3, "4.0", IN "GEO:geo:1,2;u=3",
	    "FN:x\r\nGEO:geo:1,2;u=3\r\nN:x\r\n" END);
	writes(V3, "4.0", IN "GEO:geo:1,2-3",
	    "FN:x\r\nGEO:geo:1,2-3\r\nN:x\r\n" END);
	writes(V3, "4.0", IN "TZ:-0500", NAMES "TZ:-05:00\r\n" END);
	writes(V3, "4.0", IN "TZ:Europe/Berlin", NAMES
	    "TZ;VALUE=text:Europe/Berlin\r\n" END);
	writes(V3, "4.0", IN "ADR;TYPE=home;LABEL=\"a^nb\":;;c",
	    "ADR;TYPE=home:;;c\r\nLABEL;TYPE=home:a\\nb\r\n" NAMES END);
	writes(V3, "4.0", IN "ADR:d\r\nADR;LABEL=a:c",
	    "ADR:d\r\nADR;LABEL=a:c\r\n" NAMES END);
	writes(V4, "3.0", IN "NOTE:a\\, b, c", NAMES
	    "NOTE:a\\, b\\, c\r\n" END);
	writes(V4, "3.0", IN "item1.X-ABLabel:_$!<Home>!$_", NAMES
	    "item1.X-ABLABEL:_$!<Home>!$_\r\n" END);
	writes(V4, "3.0", IN "X-A;VALUE=text:a\\nb", NAMES
	    "X-A;VALUE=text:a\\nb\r\n" END);
	writes(V4, "4.0", IN "KIND:group\r\nMEMBER:urn:uuid:1", "FN:x\r\n"
	    "KIND:group\r\nMEMBER:urn:uuid:1\r\nN:x\r\n" END);
	writes(V4, "4.0", IN "x.:a\r\n.y:b\r\n.x.y:c", ".Y:b\r\n"
	    NAMES "X.:a\r\n.x.Y:c\r\n" END);
	writes(V3, "3.0", IN "NOTE:\r\nADR:;;;", NAMES END);
}

#define MADE ";X-EXRING-MADE=1"

static void
names_are_made(void **state)
{
	(void)state;
	writes(V3, "3.0", "N:Doe;John;Q,R;Dr.;Jr.",
	    "FN" MADE ":Dr. John Q R Doe Jr.\r\nN:Doe;John;Q,R;Dr.;Jr.\r\n" END);
	writes(V3, "3.0", "ORG:a\\,b;c",
	    "FN" MADE ":a\\,b\r\nN:;;;;\r\nORG:a\\,b;c\r\n" END);
	writes(V3, "3.0", "EMAIL:a@b",
	    "FN" MADE ":a@b\r\nN:;;;;\r\nEMAIL:a@b\r\n" END);
	writes(V4, "3.0", "FN:\r\nN:;", "FN" MADE ":(no name)\r\nN:;\r\n" END);
	/* Read again it is left out, unless somebody has changed it. */
	reads("3.0", "FN" MADE ":Joe Doe\r\nN:Doe;Joe",
	    "[\"n\",{},\"text\",[\"Doe\",\"Joe\"]]");
	reads("3.0", "FN" MADE ":Big Joe\r\nN:Doe;Joe",
	    "[\"fn\",{},\"text\",\"Big Joe\"],"
	    "[\"n\",{},\"text\",[\"Doe\",\"Joe\"]]");
}

/* JSON from others must not make lines (2). */
static void
injects(const char *data, const char *want)
{
	struct ex_err err = { 0 };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item item;
	struct ex_str s = ex_arena_fmt(&arena,
	    "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],%s]]", data);

	if (ex_item_parse(s, &arena, &item, &err) == -1)
		fail_msg("%s: %s", data, err.msg);
	assert_int_equal(ex_vcard_encode(&item, EX_STR(V4), &arena, &b,
	    &err), -1);
	assert_string_equal(err.msg, want);
	assert_int_equal(b.n, 0);
	ex_buf_fini(&b);
}

static void
injection(void **state)
{
	struct ex_item item = { EX_KIND_CONTACTS, EX_STR_NONE, EX_STR_NONE,
	    NULL };
	struct ex_err err = { 0 };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str c = EX_STR("c");
	struct ex_prop *p;

	(void)state;
	item.root = ex_comp_new(&arena, EX_STR("vcard"));
	p = ex_prop_new(&arena, EX_STR("a:b\nc"), EX_STR("text"),
	    ex_json_text(&arena, c));
	ex_comp_add_prop(&arena, item.root, p);
	assert_int_equal(ex_vcard_encode(&item, EX_STR(V4), &arena, &b,
	    &err), -1);
	p->name = EX_STR("a");
	p->type = EX_STR("a\nb");
	assert_int_equal(ex_vcard_encode(&item, EX_STR(V4), &arena, &b,
	    &err), -1);
	p->type = EX_STR("text");
	ex_prop_add_param(&arena, p, EX_STR("a\nb"), &c, 1);
	assert_int_equal(ex_vcard_encode(&item, EX_STR(V4), &arena, &b,
	    &err), -1);
	p->nparam = 0;
	assert_int_equal(ex_vcard_encode(&item, EX_STR(V4), &arena, &b,
	    &err), 0);
	ex_buf_fini(&b);
	injects("[\"url\",{},\"uri\",\"a\\nEND:VCARD\"]",
	    "url: a line end in a value that is no text");
	injects("[\"x-a\",{},\"unknown\",\"a\\rEND:VCARD\"]",
	    "x-a: a line end in a value that is no text");
	injects("[\"tel\",{\"group\":\"a\\nb\"},\"text\",\"a\"]",
	    "tel: no name for a group");
	writes(V4, "4.0", IN "NOTE;X-A=a^nEND:b", NAMES
	    "NOTE;X-A=a^nEND:b\r\n" END);
}

static void
forms(void **state)
{
	(void)state;
	assert_true(ex_str_is(ex_codec_form(EX_STR("vcard 2.1"),
	    EX_KIND_CONTACTS), V3));
	assert_true(ex_str_is(ex_codec_form(EX_STR(V4), EX_KIND_CONTACTS),
	    V4));
	assert_true(ex_str_is(ex_codec_form(EX_STR_NONE, EX_KIND_CONTACTS),
	    V3));
	assert_true(ex_str_is(ex_codec_form(EX_STR("vcalendar 1.0"),
	    EX_KIND_TASKS), "icalendar 2.0"));
}

static void
caps(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	(void)state;
	b.cap = EX_CAP_ITEM + 1000;
	ex_buf_puts(&b, "BEGIN:VCARD\r\nVERSION:3.0\r\n");
	for (i = 0; i < EX_CAP_PROPS + 1; i++)
		ex_buf_puts(&b, "X-A:b\r\n");
	ex_buf_puts(&b, "END:VCARD\r\n");
	refused(ex_buf_get(&b), "line 65538: more than 65536 properties");
	while (b.n <= EX_CAP_ITEM)
		ex_buf_puts(&b, "NOTE:0123456789012345678901234567890123\r\n");
	refused(ex_buf_get(&b), "line 1: a card of more than 64 MiB");
	ex_buf_clear(&b);
	for (i = 0; i < 1000; i++)
		ex_buf_puts(&b, "BEGIN:VCARD\nAGENT:\n");
	refused(ex_buf_get(&b), "line 2: AGENT: a card without END");
	ex_buf_fini(&b);
}

/* Whether tests/corpus-bad.tsv names the file. */
static bool
is_broken(const char *path)
{
	static struct ex_str list;
	const char *key = path + strlen(CORPUS), *p;
	struct ex_err err = { 0 };
	size_t n = strlen(key);

	if (list.p == NULL && ex_file_read(AT_FDCWD, "tests/corpus-bad.tsv",
	    EX_CAP_ITEM, &lists, &list, &err) == -1)
		fail_msg("%s", err.msg);
	for (p = list.p; p < list.p + list.n;) {
		if (strncmp(p, key, n) == 0 && p[n] == '\t')
			return true;
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	return false;
}

/* One property as JSON. */
static struct ex_str
prop_json(struct ex_prop *p)
{
	struct ex_comp comp = { EX_STR("vcard"), &p, 1, NULL, 0 };
	struct ex_item item = { EX_KIND_CONTACTS, EX_STR_NONE, EX_STR_NONE,
	    &comp };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_item_write(&b, &item);
	s = ex_arena_str(&arena, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

static bool
says_nothing(const struct ex_json *j)
{
	for (; j != NULL; j = j->next) {
		if (j->type == EX_JSON_ARRAY ? !says_nothing(j->child) :
		    j->type != EX_JSON_STRING || j->text.n > 0)
			return false;
	}
	return true;
}

/* What is in x but may be missing after it was written. */
static bool
may_go(const struct ex_prop *p)
{
	return ex_str_is(p->name, "prodid") || (says_nothing(p->value) &&
	    ex_prop_param(p, "label") == NULL);
}

/* x's properties must be y's, in their order, and y has only FN and N more. */
static void
same_card(const char *path, const struct ex_comp *x, const struct ex_comp *y)
{
	struct ex_str want;
	size_t i, k = 0;

	for (i = 0; i < x->nprop; i++) {
		if (may_go(x->prop[i]))
			continue;
		want = prop_json(x->prop[i]);
		while (k < y->nprop &&
		    !ex_str_eq(want, prop_json(y->prop[k])) &&
		    (may_go(y->prop[k]) || ex_str_is(y->prop[k]->name, "fn")))
			k++;
		if (k == y->nprop ||
		    !ex_str_eq(want, prop_json(y->prop[k])))
			fail_msg("%s: %.200s became %.200s", path, want.p,
			    k < y->nprop ? prop_json(y->prop[k]).p : "none");
		k++;
	}
	for (; k < y->nprop; k++)
		if (!may_go(y->prop[k]) && !ex_str_is(y->prop[k]->name, "fn"))
			fail_msg("%s: %s added", path,
			    prop_json(y->prop[k]).p);
}

static void
round_trip(const char *path, const struct ex_item *item)
{
	static const char *const forms[] = { V3, V4 };
	struct ex_err err = { 0 };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item again;
	const char *p, *lf;
	size_t i;

	ex_item_write(&b, item);
	if (ex_item_parse(ex_buf_get(&b), &arena, &again, &err) == -1)
		fail_msg("%s: %s", path, err.msg);
	same_card(path, item->root, again.root);
	for (i = 0; i < 2; i++) {
		ex_buf_clear(&b);
		if (ex_vcard_encode(item, ex_str_of(forms[i]), &arena, &b,
		    &err) == -1 || ex_vcard_decode(ex_buf_get(&b), 1, &arena,
		    &again, &err) == -1)
			fail_msg("%s as %s: %s", path, forms[i], err.msg);
		assert_true(ex_str_is(again.as, forms[i]));
		same_card(path, item->root, again.root);
		for (p = b.p; p < b.p + b.n; p = lf + 1) {
			lf = memchr(p, '\n', (size_t)(b.p + b.n - p));
			assert_non_null(lf);
			assert_true(lf[-1] == '\r');
			assert_true(lf - p <= 76);
			assert_true(((unsigned char)*p & 0xc0) != 0x80);
		}
	}
	ex_buf_fini(&b);
}

struct tally {
	unsigned files, good, bad;
};

static void
corpus_file(const char *path, struct tally *t)
{
	struct ex_err err = { 0 };
	struct ex_str text, one;
	struct ex_item item;
	unsigned number = 1, first = 0;
	size_t pos = 0;
	int got;

	t->files++;
	assert_int_equal(ex_file_read(AT_FDCWD, path, EX_CAP_ITEM, &arena,
	    &text, &err), 0);
	while ((got = ex_lines_comp(text, &pos, &number, &one, &first,
	    &err)) != 0) {
		if (got == 1 && !ex_line_starts(one, "begin:vcard"))
			continue;	/* a calendar in a .vcf */
		if (got == 1)
			got = ex_vcard_decode(one, first, &arena, &item,
			    &err) == 0 ? 1 : -1;
		if (got == -1 && !is_broken(path))
			fail_msg("%s: %s", path, err.msg);
		if (got == 1)
			round_trip(path, &item);
		t->good += got == 1;
		t->bad += got == -1;
	}
	ex_arena_reset(&arena);
}

static void
walk(const char *dir, struct tally *t, unsigned depth)
{
	struct dirent **list;
	char path[1024];
	int i, n = scandir(dir, &list, NULL, alphasort);

	for (i = 0; i < n; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir,
		    list[i]->d_name) >= (int)sizeof(path))
			fail_msg("%s: too deep", dir);
		if (ex_str_ends(ex_str_of(path), ".vcf"))
			corpus_file(path, t);
		else if (list[i]->d_name[0] != '.' && depth < 10)
			walk(path, t, depth + 1);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void
corpus(void **state)
{
	struct tally t = { 0, 0, 0 };

	(void)state;
	walk(CORPUS "vcard", &t, 0);
	if (t.files == 0) {
		print_message("# skip: no corpus in " CORPUS "\n");
		return;	/* cmocka's skip() is "not ok" */
	}
	print_message("# %u files: %u cards read and written, %u bad\n",
	    t.files, t.good, t.bad);
	assert_true(t.good > 300);
	ex_arena_free(&lists);
}

/* Ours and theirs, in one order, as text. */
static void
pair(const char *input, const char *expected)
{
	struct ex_buf ours = EX_BUF_INIT, theirs = EX_BUF_INIT;
	struct ex_err err = { 0 };
	struct ex_item item, want;
	struct ex_str text, json;

	if (ex_file_read(AT_FDCWD, input, EX_CAP_ITEM, &arena, &text, &err) ||
	    ex_file_read(AT_FDCWD, expected, EX_CAP_ITEM, &arena, &json,
	    &err) || ex_codec_decode(text, 1, &arena, &item, &err) ||
	    ex_item_parse(json, &arena, &want, &err))
		fail_msg("%s: %s", input, err.msg);
	ex_item_write(&ours, &item);
	ex_item_write(&theirs, &want);
	ex_buf_putc(&ours, '\0');
	ex_buf_putc(&theirs, '\0');
	assert_string_equal(ours.p, theirs.p);
	ex_buf_fini(&ours);
	ex_buf_fini(&theirs);
}

static void
pairs(void **state)
{
	char line[2048], in[512], out[512], kind[64], a[1024], b[1024];
	FILE *fp = fopen(CORPUS "PAIRS.tsv", "r");
	unsigned n = 0;

	(void)state;
	if (fp == NULL) {
		print_message("# skip: no " CORPUS "PAIRS.tsv\n");
		return;	/* cmocka's skip() is "not ok" */
	}
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (sscanf(line, "%511[^\t]\t%511[^\t]\t%63[^\t]", in, out,
		    kind) != 3 || strcmp(kind, "jcard") != 0)
			continue;
		snprintf(a, sizeof(a), CORPUS "%s", in);
		snprintf(b, sizeof(b), CORPUS "%s", out);
		pair(a, b);
		n++;
	}
	fclose(fp);
	print_message("# %u pairs\n", n);
	assert_true(n > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(types, reset),
		cmocka_unit_test_teardown(dates, reset),
		cmocka_unit_test_teardown(parameters, reset),
		cmocka_unit_test_teardown(codings, reset),
		cmocka_unit_test_teardown(labels_and_agents, reset),
		cmocka_unit_test_teardown(errors, reset),
		cmocka_unit_test_teardown(utf8_over_folds, reset),
		cmocka_unit_test_teardown(writing, reset),
		cmocka_unit_test_teardown(names_are_made, reset),
		cmocka_unit_test_teardown(injection, reset),
		cmocka_unit_test_teardown(forms, reset),
		cmocka_unit_test_teardown(caps, reset),
		cmocka_unit_test_teardown(corpus, reset),
		cmocka_unit_test_teardown(pairs, reset)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
