#!/bin/sh
# graphmap: items as JSON of Microsoft Graph, valid by its types
#
# What tests/unit/graphmap.c would send, and each item of the corpus as a
# create, is held against the strict schema that Microsoft's types came to
# (of the corpus every tenth, all of it with EX_ALL=1), and the create is
# read back: the same, but for what is told of as lost.  exquirks(7) names
# that, and what is refused; this holds it true.
. tests/lib.sh
material
page=$TOP/tools/exquirks.7

# unit: the test, which looks for the material beside the tree
# shellcheck disable=SC2317 # t calls it
unit()
{
	(cd "$TOP" && EX_GRAPH_BODIES="$t_dir/bodies" "$EX_BUILD/unit/graphmap") \
	    >/dev/null 2>&1
}

# valid FILE
valid()
{
	/usr/bin/python3 -I "$TOP/tests/servers/graphvalid.py" \
	    "$MATERIAL/graph/jsonschema-v1.0.json" "$@"
}

# kinds: of what is sent, without numbers
kinds()
{
	valid "$@" | sed 's/ [0-9]*$//'
}

t 'the unit test passes' 0 unit
printf '%s\n' contact event openTypeExtension todoTask >out
t 'what it sends is valid' 0 kinds bodies

# Each file of the corpus is read, as what it is.
. "$TOP/tests/corpusfiles.sh"
corpus_stores
for b in batch.*; do
	# shellcheck disable=SC2046 # a word each
	exfetch -q $(cat "$b") 2>/dev/null
done | grep '^{"rec":"item"' >records

t 'every item of the corpus is written and read' 0 sh -c \
    'EX_GRAPH_BODIES=all "$EX_BUILD/helpers/graphcorpus" <records >got'
t 'and comes back as it was, but for what is lost' 1 grep '^differs' got
every=10
[ -z "${EX_ALL-}" ] || every=1
awk -v n="$every" 'NR % n == 0' all >some
printf '%s\n' contact event todoTask >out
t 'what is sent of it is valid' 0 kinds some

# row NAME: the line behind a comment of the page, a word a line
row()
{
	sed -n "/^\.\\\\\" $1\$/{n;p;}" "$page" | tr ' ' '\n' | sort
}

sed -n 's/^lost //p' got | sort -u >lost
row 'lost in Graph' >out
t 'exquirks.7 has what is lost' 0 cat lost
sed -n 's/^refused \([^:]*\):.*/\1/p' got | sort -u >refused
row 'refused by Graph' >out
t 'and what is refused' 0 cat refused
t 'nine of ten are not' 0 awk '
	$1 == "refused" { bad++ }
	NF == 2 && $2 > 0 { good += $2 }
	END { exit good < 9 * bad }' got
finish
