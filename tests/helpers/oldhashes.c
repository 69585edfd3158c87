/*
 * oldhashes - make a snapshot look as if other rules had hashed it
 *
 *	oldhashes snapshot [newer]
 *
 * Every hash in it becomes another one (its bytes are rotated), and the
 * version of the rules the one before ours.  The tables are known here, for
 * there is no other way to have such a snapshot.
 */
#include <stdio.h>

#include <sqlite3.h>

#define TURN(table, column)	"UPDATE " table " SET " column \
	" = CAST(substr(" column ", 2) || substr(" column ", 1, 1) AS BLOB)" \
	" WHERE length(" column ") = 16;"

static const char older[] =
    TURN("body_key", "hash") TURN("entry", "master") TURN("binding", "base")
    TURN("binding", "shadow") TURN("binding", "now") TURN("intent", "sent")
    TURN("refused", "hash") TURN("log", "was") TURN("log", "master")
    TURN("log", "before") TURN("log", "after")
    "UPDATE ring SET canon = canon - 1;";
static const char newer[] = "UPDATE ring SET canon = canon + 2;";

int
main(int argc, char *argv[])
{
	sqlite3 *db;
	char *why = NULL;

	if (argc != 2 && argc != 3)
		return 2;
	if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE,
	    NULL) != SQLITE_OK || sqlite3_exec(db, argc == 2 ?
	    older : newer, NULL, NULL, &why) != SQLITE_OK) {
		fprintf(stderr, "oldhashes: %s: %s\n", argv[1],
		    why != NULL ? why : sqlite3_errmsg(db));
		return 2;
	}
	sqlite3_close(db);
	return 0;
}
