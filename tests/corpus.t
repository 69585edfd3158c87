#!/bin/sh
# corpus: every file of the corpus is items, or says where it is broken
#
# Read twice: each file by itself (file:), and all of them as a folder
# (vdir:, where a file holds one item).  All that is there counts as
# well-formed, but for the files that corpus-bad.tsv names.  It gives for
# each file what is said of the first line that is broken and, where that is
# not plain, a note.  "holds no item": a calendar of it has a time zone alone;
# "whole: ": what is broken belongs to no item, so that only a store that
# takes the file for one item minds.  Held against it in both directions:
# nothing else is bad, and each row is still true.  ("a vCard" in a file that
# is named .ics is fine here; tests/unit/icalcorpus.c wants it named.)
. tests/lib.sh
material

. "$TOP/tests/corpusfiles.sh"
tab=$(printf '\t')
cut -f1,2 "$TOP/tests/corpus-bad.tsv" | sort >listed
grep -v "${tab}holds no item\$\|${tab}whole: \|${tab}a vCard\$" listed >want.bad

corpus_stores
mkdir ics vcf
awk -F '\t' -v corpus="$corpus" 'match($2, /\.(ics|vcf)$/) {
	form = substr($2, RSTART + 1)
	print corpus "/" $2 "\t" form "/" $1 "." form
}' names | copied

# Status 2 is for files that are cut; a signal would be 128 and above.
# shellcheck disable=SC2317 # t calls it
fetch()
{
	for b in batch.*; do
		# shellcheck disable=SC2046 # a word each
		exfetch -q $(cat "$b")
		s=$?
		[ $s -le 2 ] || return $s
	done >records 2>said
}

# FOLDER why, of the bad records of FILE; the first of each folder
bad_of()
{
	sed -n 's/^{"rec":"bad","folder":"\([^"]*\)","id":"\([^"]*\)".*'\
'"why":"\(\([^"\\]\|\\.\)*\)".*/\1\t\2\t\3/p' "$1" | sed 's/\\"/"/g'
}

t 'each file is read, without a crash' 0 fetch

# A section without end has its reason on stderr: the line that is cut.
sed -n 's/^{"rec":"end","folder":"\([^"]*\)".*/\1/p' records | sort >ended
sed -n 's/^exfetch: folder \(f[0-9]*\): line [0-9]*: BEGIN:.* has no END$/\1/p'\
    said | sort >cut
cut -f1 names | comm -23 - ended >out
t 'only a file that is cut has no end, and says where' 0 cat cut

bad_of records >bad
sed -n 's/^{"rec":"item","folder":"\([^"]*\)".*/\1/p' records | sort |
    uniq -c | awk '{ print $2 "\t" $1 }' >items
sed -n 's/^exfetch: folder \(f[0-9]*\): \(.*: \)*\(line [0-9]*: .*\)$/\1\t\2\t\3/p' \
    said >bad.said
t 'every bad record says line and reason' 1 sh -c \
    "cut -f3 bad | grep -v '^line [0-9][0-9]*: .'"
cut -f1,3 bad | sed 's/\\u00[01][0-9a-f]/?/g' | sort >out
t 'and stderr says the same' 0 sh -c "awk -F '\t' '\$2 != \"\"' bad.said |
    cut -f1,3 | sort"

# FILE why: of what is bad in a file the line that comes first.
sort -t "$tab" -s -k 1,1 bad.said | awk -F '\t' '
	{ split($3, w, " "); line = w[2] + 0 }
	$1 != last { if (last != "") print last "\t" why; min = line + 1 }
	$1 != last || line < min { min = line; why = $3; last = $1 }
	END { print last "\t" why }' >first
join -t "$tab" names first | cut -f2- | grep '\.[iv]c[sf]'"$tab" |
    sort >got.bad
cp want.bad out
t 'bad is what is listed, and nothing else' 0 cat got.bad

# As folders.  There a file holds one item: a file that holds more, or none,
# is bad, and a row with "whole:" is true.
# shellcheck disable=SC2317 # t calls it
folders()
{
	exfetch -q vdir:vcf vdir:ics >records 2>said
}

t 'and as folders of files: some are bad' 1 folders
bad_of records | sed 's/\.[iv]c[sf]\t/\t/' | cut -f2,3 | sort >bad
t 'each with line and reason' 1 sh -c \
    "cut -f2 bad | grep -v '^line [0-9][0-9]*: .'"

# Those listed are bad, whatever else is in them.
grep -v "${tab}a vCard\$" listed | cut -f1 >broken
join -t "$tab" names bad | cut -f2- | sort >got.bad
t 'those listed are bad' 0 sh -c \
    "cut -f1 got.bad | comm -23 broken -"
sed -n "s/${tab}whole: /$tab/p" listed | sort >whole
t 'as a whole for the reason that is listed' 0 comm -23 whole got.bad
t 'the others hold several items' 1 sh -c \
    "join -t '$tab' -v 2 broken got.bad |
    grep -v 'something behind END:\\|holds [0-9]* items'"

echo "# $(wc -l <names) files, $(awk '{ n += $2 } END { print n }' items) items"
finish
