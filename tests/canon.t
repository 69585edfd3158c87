#!/bin/sh
# The hash of an item: what it does not see, what it sees (formats.md 3).
. tests/lib.sh

mutate=$EX_BUILD/helpers/mutate

# judged FILE: every kind of change was tried, and always had its outcome.
judged()
{
	awk '$1 == "items:" { if ($2 + 0 == 0) exit 1; next }
	{ kinds++; if ($4 == 0 || $2 != $4) bad = 1 }
	END { exit bad || kinds != 9 }' "$1"
}

find "$TOP/tests/rewriters/items" -type f | sort | "$mutate" -v >figures
sed 's/^/# /' figures
t 'our own examples, written otherwise and changed' 0 judged figures

if [ -z "$MATERIAL" ]; then
	skip 'real items' 'needs ../shared/material, which is not here'
	finish
fi

find "$MATERIAL/corpus" -name '*.ics' -o -name '*.vcf' | sort |
    "$mutate" -v >figures
sed 's/^/# /' figures
t 'real items, written otherwise and changed' 0 judged figures
finish
