/*
 * oldtables - a snapshot as the first version of its tables had it
 *
 * usage: oldtables from		prints every row of those tables
 *	  oldtables from to		makes the file "to", of version 1, of them
 *
 * The tables are those that version 1 made, to the letter: a file of that
 * version cannot be had in another way any more.
 */
#include <stdio.h>

#include <sqlite3.h>

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const table[] = { "ring", "folder", "entry", "binding",
	"body", "body_key", "note", "intent", "refused", "conflict", "run",
	"log" };

static const char schema[] =
"PRAGMA journal_mode = WAL; BEGIN IMMEDIATE;"
"CREATE TABLE ring (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT,"
" generation INTEGER NOT NULL, config TEXT, canon INTEGER NOT NULL,"
" kind INTEGER NOT NULL);"
"CREATE TABLE folder (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
" identity TEXT, scope TEXT, token TEXT);"
"CREATE TABLE entry (uid TEXT PRIMARY KEY, master BLOB,"
" gone INTEGER NOT NULL) WITHOUT ROWID;"
"CREATE TABLE binding (uid TEXT, folder INTEGER, id TEXT, rev TEXT,"
" own TEXT, form, base BLOB, shadow BLOB, now BLOB,"
" PRIMARY KEY (uid, folder)) WITHOUT ROWID;"
"CREATE INDEX binding_id ON binding (folder, id, rev);"
"CREATE TABLE body (n INTEGER PRIMARY KEY, data BLOB NOT NULL);"
"CREATE TABLE body_key (uid TEXT, hash BLOB, body INTEGER NOT NULL,"
" run INTEGER NOT NULL, PRIMARY KEY (uid, hash)) WITHOUT ROWID;"
"CREATE TABLE note (folder INTEGER, id TEXT, rev TEXT, uid TEXT, mark TEXT,"
" why TEXT, PRIMARY KEY (folder, id)) WITHOUT ROWID;"
"CREATE TABLE intent (uid TEXT, folder INTEGER, run INTEGER,"
" op INTEGER NOT NULL, name TEXT, id TEXT, sent BLOB,"
" PRIMARY KEY (uid, folder, run)) WITHOUT ROWID;"
"CREATE TABLE refused (uid TEXT, folder INTEGER, hash BLOB, why TEXT,"
" PRIMARY KEY (uid, folder)) WITHOUT ROWID;"
"CREATE TABLE conflict (uid TEXT, run INTEGER, left INTEGER NOT NULL,"
" open INTEGER NOT NULL, data TEXT NOT NULL,"
" PRIMARY KEY (uid, run)) WITHOUT ROWID;"
"CREATE TABLE run (n INTEGER PRIMARY KEY);"
"CREATE TABLE log (n INTEGER PRIMARY KEY, uid TEXT NOT NULL,"
" folder INTEGER, op TEXT NOT NULL, was BLOB, master BLOB, before BLOB,"
" after BLOB, id TEXT, rev TEXT, outcome TEXT,"
" again INTEGER NOT NULL, folders TEXT);"
"PRAGMA application_id = 0x45587230; PRAGMA user_version = 1;";

static int
run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	fprintf(stderr, "oldtables: %s\n", sqlite3_errmsg(db));
	return -1;
}

static int
make(sqlite3 *db, const char *from)
{
	char sql[1024];
	size_t i;

	if (run(db, schema) == -1 || run(db, "COMMIT") == -1)
		return -1;
	snprintf(sql, sizeof(sql), "ATTACH '%s' AS old", from);
	if (run(db, sql) == -1)
		return -1;
	for (i = 0; i < N(table); i++) {
		snprintf(sql, sizeof(sql), "INSERT INTO main.%s"
		    " SELECT * FROM old.%s", table[i], table[i]);
		if (run(db, sql) == -1)
			return -1;
	}
	return 0;
}

/* A table's rows, each value quoted. */
static int
print(sqlite3 *db, const char *name)
{
	char sql[256];
	sqlite3_stmt *st;
	int i;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s", name);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return run(db, sql);
	while (sqlite3_step(st) == SQLITE_ROW) {
		printf("%s", name);
		for (i = 0; i < sqlite3_column_count(st); i++) {
			const unsigned char *p = sqlite3_column_blob(st, i);
			int n = sqlite3_column_bytes(st, i);

			putchar(sqlite3_column_type(st, i) == SQLITE_NULL ?
			    '!' : ' ');
			for (; n > 0; n--, p++)
				printf(*p > ' ' && *p < 127 ? "%c" : "%%%02x",
				    *p);
		}
		putchar('\n');
	}
	return sqlite3_finalize(st) == SQLITE_OK ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	sqlite3 *db;
	size_t i;

	if (argc < 2 || argc > 3)
		return 2;
	if (sqlite3_open(argv[argc - 1], &db) != SQLITE_OK)
		return 2;
	if (argc == 3)
		return make(db, argv[1]) == -1 ? 2 : 0;
	for (i = 0; i < N(table); i++)
		if (print(db, table[i]) == -1)
			return 2;
	return sqlite3_close(db) == SQLITE_OK ? 0 : 2;
}
