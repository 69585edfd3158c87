/*
 * oldhashes - make a snapshot look as if other rules had hashed it
 *
 * Every hash in it becomes another one (its bytes are rotated), and the
 * version of the rules the one before ours.  The tables are known here, for
 * there is no other way to have such a snapshot.
 */
#include <stdio.h>

#include <sqlite3.h>

static const char sql[] =
"UPDATE body_key SET hash = CAST(substr(hash, 2) || substr(hash, 1, 1)"
" AS BLOB);"
"UPDATE entry SET master = CAST(substr(master, 2) || substr(master, 1, 1)"
" AS BLOB) WHERE length(master) = 16;"
"UPDATE binding SET base = CAST(substr(base, 2) || substr(base, 1, 1)"
" AS BLOB) WHERE length(base) = 16;"
"UPDATE binding SET shadow = CAST(substr(shadow, 2) || substr(shadow, 1, 1)"
" AS BLOB) WHERE length(shadow) = 16;"
"UPDATE binding SET now = CAST(substr(now, 2) || substr(now, 1, 1)"
" AS BLOB) WHERE length(now) = 16;"
"UPDATE log SET was = CAST(substr(was, 2) || substr(was, 1, 1) AS BLOB)"
" WHERE length(was) = 16;"
"UPDATE log SET master = CAST(substr(master, 2) || substr(master, 1, 1)"
" AS BLOB) WHERE length(master) = 16;"
"UPDATE ring SET canon = canon - 1;";

int
main(int argc, char *argv[])
{
	sqlite3 *db;
	char *why = NULL;

	if (argc != 2)
		return 2;
	if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE,
	    NULL) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL,
	    &why) != SQLITE_OK) {
		fprintf(stderr, "oldhashes: %s: %s\n", argv[1],
		    why != NULL ? why : sqlite3_errmsg(db));
		return 2;
	}
	sqlite3_close(db);
	return 0;
}
