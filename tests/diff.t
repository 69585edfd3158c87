#!/bin/sh
# What exdiff makes of each entry: identity (ring.md 2, a to f) and the table
# at the head of side.c, on listings made by hand against a real snapshot.
# shellcheck disable=SC2317 # t calls the functions
. tests/lib.sh

# data UID NAME [PROPERTY]
data()
{
	printf '["vcard",[["version",{},"text","4.0"],["fn",{},"text","%s"]' "$2"
	[ -z "${3-}" ] || printf ',%s' "$3"
	[ -z "$1" ] || printf ',["uid",{},"text","%s"]' "$1"
	printf ']]'
}

# item ID UID NAME [REV [PROPERTY [MARK]]]: of folder $f; sealed later
item()
{
	printf '{"rec":"item","folder":"%s","id":"%s"%s%s%s,' "$f" "$1" \
	    "${4:+,\"rev\":\"$4\"}" "${2:+,\"uid\":\"$2\"}" \
	    "${6:+,\"mark\":\"$6\"}"
	printf '"kind":"contacts","as":"vcard 3.0","data":%s}\n' \
	    "$(data "$2" "$3" "${5-}")"
}

line()
{
	printf '{"rec":"%s","folder":"%s","id":"%s"%s}\n' "$1" "$f" "$2" \
	    "${3-}"
}

# begin FOLDER [full|delta [SCOPE [IDENTITY [ACCESS]]]]: with the ring as it
# is now; a delta is since "t".
begin()
{
	f=$1
	sed -n '1s/.*\("ring":{.*}\),"store".*/\1/p' now >member
	printf '{"rec":"begin","stream":"items","form":1,"folder":"%s",' "$1"
	printf '"kind":"contacts","mode":"%s","identity":"%s",' "${2:-full}" \
	    "${4:-/$1}"
	printf '"scope":"%s"' "${3:-s}"
	[ "${2:-full}" = full ] || printf ',"since":"t"'
	printf ',"access":"%s","own":"leave","repair":true,%s}\n' \
	    "${5:-read-write}" "$(cat member)"
}

end()
{
	printf '{"rec":"end","folder":"%s","count":0,"sum":""}\n' "$f"
}

# The folders' tokens come behind the seal, which takes none from items.
seal()
{
	exfilter -eq >unsealed &&
	    sed '/^{"rec":"end"/s/}$/,"token":"t"}/' unsealed |
	    "$EX_BUILD/helpers/reseal"
}

# ring: a snapshot in which a and b hold u1 Ann, u2 Bea, u3 Cyd.
ring()
{
	rm -rf ring.* now a b
	mkdir a b
	printf '%s\n' '[ring]' 'kind = contacts' '[folder a]' 'store = vdir:a' \
	    '[folder b]' 'store = vdir:b' >ring.conf
	exfetch -r ring.conf -s ring.snap >now
	{ for g in a b; do
		begin $g
		item $g-1 u1 Ann r1
		item $g-2 u2 Bea r2
		item $g-3 u3 Cyd r3
		end
	done; } | seal | exdiff -is ring.snap | exmerge |
	    expush -q -r ring.conf -s ring.snap >/dev/null
	exfetch -r ring.conf -s ring.snap >now
}

# kept FOLDER N ...: those as they are
kept()
{
	for n in "$@"; do
		line kept "$f-$n" ",\"rev\":\"r$n\""
	done
}

b_is_same()
{
	begin b
	kept 1 2 3
	end
}

# diff FILE: uid, and what each folder is; the notes; the messages
diff_of()
{
	seal <"$1" >sealed
	exdiff -s ring.snap sealed >changes 2>said
	echo "exit $?" >status
	cat said
	grep -v '^exit 0' status
	jq -r 'if .rec == "change" then "\(.uid)\(if .gone then " tombstone"
	    else "" end): " + ([.folders | to_entries[] |
	    "\(.key) \(.value.is)\(if .value.id then " \(.value.id)" else ""
	    end)\(if .value.uid then " as \(.value.uid)" else "" end)"] |
	    join(", ")) elif .rec == "note" then
	    "note \(.folder) \(.id): \(.why)\(if .entry then ", of \(.entry)"
	    else "" end)" else empty end' changes
}

# row NAME: the file la is what a lists, `out` what is to come.
row()
{
	{ cat la; b_is_same; } >listing
	t "$1" 0 diff_of listing
}

ring

# The table at the head of side.c.
echo 'u1: a gone a-1, b same b-1' >out
{ begin a; kept 2 3; end; } >la
row 'not listed, bound: gone'
{ begin a delta; end; } >la
row 'not listed in a delta: the same'
echo 'u1: a gone a-1, b same b-1' >out
{ begin a delta; line gone a-1; end; } >la
row 'gone in a delta'
{ begin a full; kept 1 2 3; end; } >la
row 'nothing differs: no line'
printf '%s\n' 'note a a-1: hidden: private' >out
{ begin a; line hidden a-1 ',"rev":"r9","uid":"u1","why":"private"'
kept 2 3; end; } >la
row 'hidden: unknown, no line for that alone'
printf '%s\n' 'note a a-1: bad: line 3' >out
{ begin a; line bad a-1 ',"rev":"r9","why":"line 3"'
kept 2 3; end; } >la
row 'bad: unknown, with a note'
echo 'note a a-9: hidden: private, of u1' >out
{ begin a; line hidden a-9 ',"rev":"r9","uid":"u1","why":"private"'
kept 2 3; end; } >la
row 'hidden, and renamed: unknown, and bound to that'
printf '%s\n' 'u2: a gone a-2, b same b-2' 'x1: a new a-1, b absent' \
    'note a a-2: hidden: private, of u1' >out
{ begin a; item a-1 x1 Zoe r9; kept 3
line hidden a-2 ',"rev":"r9","uid":"u1","why":"private"'; end; } >la
row 'hidden under a name that was another one'
echo 'new: a new a-4, b absent' >out
{ begin a; kept 1 2 3; item a-4 new Dan; end; } >la
row 'listed, not bound: new here, absent there'
echo 'u1: a same a-1, b same b-1' >out
{ begin a; item a-1 u1 Ann r9; kept 2 3; end; } >la
row 'as its shadow, with a new rev: same'
echo 'u1: a edited a-1, b same b-1' >out
{ begin a; item a-1 u1 Anne r9; kept 2 3; end; } >la
row 'another content: edited'
echo 'exdiff: folder a: it has kept lines under another scope: fetch with -a' \
    >out
echo 'exit 2' >>out
{ begin a full s2; kept 1 2 3; end; } >la
row 'kept under another scope'
echo 'u2: a edited a-2, b same b-2' >out
{ begin a full s2; item a-2 u2 Bee; item a-3 u3 Cyd r3; end; } >la
row 'absent under another scope: unknown, not gone'
printf '%s\n' "exdiff: folder a: a folder's first run wants a full listing: \
fetch with -a" 'exit 2' >out
{ begin a delta s /other; end; } >la
row 'a delta of another identity'
echo 'u9: a new z, b absent' >out
{ begin a delta; item z u9 Zoe; end; } >la
row 'new in a delta'

# Identity.  (b) The binding's id, whatever else changed.
echo 'u1: a edited a-1, b same b-1' >out
{ begin a; item a-1 '' Zoe r9; kept 2 3; end; } >la
row '(b) the id, without its UID'
echo 'u1: a edited a-1 as x1, b same b-1' >out
{ begin a; item a-1 x1 Zoe r9; kept 2 3; end; } >la
row '(b) the id, with a new UID, the old one nowhere'
printf '%s\n' 'u1: a same a-2, b same b-1' 'u2: a same a-1, b same b-2' >out
{ begin a; item a-1 u2 Bea r9; item a-2 u1 Ann r9; kept 3; end; } >la
row '(b) names swapped: two renames'
printf '%s\n' 'u1: a same a-9, b same b-1' 'x1: a new a-1, b absent' >out
{ begin a; item a-1 x1 Zoe r9; item a-9 u1 Ann; kept 2 3; end; } >la
row '(b) a new UID, the bound one elsewhere: renamed, and a new one'

# (c) by UID.
echo 'u1: a same a-9, b same b-1' >out
{ begin a; item a-9 u1 Ann; kept 2 3; end; } >la
row '(c) renamed'
echo 'u1: a edited a-9, b same b-1' >out
{ begin a; item a-9 u1 Anne; kept 2 3; end; } >la
row '(c) renamed and edited'
echo 'u1: a same a-9, b same b-1' >out
{ begin a delta; line gone a-1; item a-9 u1 Ann; end; } >la
row '(c) renamed, in a delta'
echo 'note a a-9: second copy' >out
{ begin a; kept 1 2 3; item a-9 u1 Ann; end; } >la
row '(c) a second copy'
echo 'note a a-9: second copy' >out
{ begin a delta; item a-9 u1 Ann; end; } >la
row '(c) in a delta the bound one is there still: a second copy'
printf '%s\n' 'exdiff: folder a: uid u1 is there more than once, and they differ; left alone there: Ann (a-1), Anne (a-9)' \
    'note a a-9: second copy, different' >out
{ begin a; item a-1 u1 Ann r9; kept 2 3; item a-9 u1 Anne; end; } >la
row 'two of one UID that differ: unknown, and said'
printf '%s\n' 'exdiff: folder a: uid u1 is there more than once, and they differ; left alone there: Ann (a-1), Anne (a-9)' \
    'note a a-9: second copy, different' >out
{ begin a; kept 1 2 3; item a-9 u1 Anne; end; } >la
row 'the same, and the bound one is not read again'
printf '%s\n' 'exdiff: folder a: uid u1 is there more than once, and they differ; left alone there: Ann (a-1), Anne (a-9)' \
    'note a a-9: second copy, different' >out
{ begin a delta; item a-9 u1 Anne; end; } >la
row 'the same in a delta'
echo 'u9: a new a-8, b absent' >out
echo 'note a a-9: second copy' >>out
{ begin a; kept 1 2 3; item a-9 u9 Zoe; item a-8 u9 Zoe; end; } >la
row 'two new ones, equal: that with the smallest id'
{ begin a; kept 1 2 3; item a-8 u9 Zoe; end; begin b; kept 1 2 3
item b-8 u9 Zoe; end; } >listing
echo 'u9: a new a-8, b new b-8' >out
t '(c) new in two folders, one UID: one entry' 0 diff_of listing

# (d), (e) are for first runs; (f) what nothing fits.
printf '%s\n' 'n2: a absent, b new b-8' 'n3: a new a-8, b absent' >out
{ begin a; kept 1 2 3; item a-8 n3 Zoe; end; begin b; kept 1 2 3
item b-8 n2 Zoe; end; } >listing
t '(f) equal content, other UIDs, no first run: two' 0 diff_of listing
printf '%s\n' 'u1: a new z-1 as n1, b same b-1' 'u2: a new z-2, b same b-2' \
    'u3: a absent, b same b-3' 'n9: a new z-9, b absent' >out
{ begin a full s /z; item z-1 n1 Ann; item z-2 u2 Bea; item z-9 n9 Zoe
end; } >la
row '(d) another identity is a first run: by content and UID'

# Two of one UID that differ are one item, and that of one entry only.
apart()
{
	printf '%s\n' "exdiff: folder a: uid u1 is there more than once, and \
they differ; left alone there: Ann (z-1), $1 (z-2)"
}

ring
{ apart Bea; echo 'u2: a new z-4 as x7, b same b-2'
echo 'u3: a absent, b same b-3'
echo 'note a z-1: second copy, different, of u1'
echo 'note a z-2: second copy, different, of u1'; } >out
{ begin a full s /z; item z-1 x9 Ann; item z-2 x9 Bea; item z-4 x7 Bea
end; } >la
row 'two that differ, and each is as an entry: it is one of them'
{ apart Bo; echo 'u1: a unknown, b new y-1 as x6'
echo 'u2: a new z-3, b new y-3'; echo 'u3: a absent, b absent'
for x in x4:y-6 x5:y-4 x7:y-2; do
	echo "${x%:*}: a absent, b new ${x#*:}"
done
echo 'note a z-1: second copy, different, of u1'
echo 'note a z-2: second copy, different, of u1'; } >out
{ begin a full s /z; item z-1 x9 Ann; item z-2 x9 Bo
item z-3 u2 Bea; end; begin b full s /y; item y-1 x6 Ann
item y-2 x7 Bo; item y-3 u2 Bea; item y-4 x5 Bo; item y-6 x4 Bo
end; } >listing
t 'nor is what is as the other that entry' 0 diff_of listing

# Whatever the order of the lines.
for n in 1 2 3 4 5; do
	f=a
	item z-$n x$n "Zoe $n"
	item z-$n$n x$n Bea
done >lines
{ begin a full s /z; cat lines; end; b_is_same; } >listing
{ begin a full s /z; sort -r lines; end; b_is_same; } >la
what_of()
{
	diff_of "$1" | grep -v ^exdiff
}

what_of la >out
t 'lines in another order' 0 what_of listing

# A line that no program writes: kept, with a UID, of nothing bound.
echo 'u9: a new a-9, b absent' >out
{ begin a; kept 1 2 3; item a-9 u9 Zoe; end; begin b; kept 1 2 3
line kept zzz ',"rev":"r","uid":"u9"'; end; } >listing
t 'kept, but not known: nothing' 0 diff_of listing

# Notes of copies.  take: carry the last listing out.
take()
{
	exmerge <changes | expush -q -r ring.conf -s ring.snap >/dev/null
	exfetch -r ring.conf -s ring.snap >now
}

echo 'note a a-9: second copy' >out
{ begin a; kept 1 2 3; item a-9 u1 Ann r9; end; } >la
row 'a copy is noted'
take
{ begin a; kept 1 2 3; line kept a-9 ',"rev":"r9"'; end; } >la
row 'and is no news then'
printf '%s\n' 'u1: a same a-9, b same b-1' 'note a a-9: null' >out
{ begin a; kept 2 3; line kept a-9 ',"rev":"r9"'; end; } >la
row 'when the bound one goes, it takes its place'
printf '%s\n' 'u1: a same a-9, b same b-1' 'note a a-9: null' >out
{ begin a delta; line gone a-1; end; } >la
row 'and in a delta'
echo 'note a a-9: null' >out
{ begin a delta; line gone a-9; end; } >la
row 'when it goes, that is all'
printf '%s\n' 'u1: a edited a-1, b same b-1' \
    'note a a-9: second copy, different' >out
{ begin a; item a-1 u1 Anne rA; kept 2 3; line kept a-9 ',"rev":"r9"'; end; } >la
row 'when the bound one changes, it may be none any more'

# The bound one is to be written: the copy will be none, and is looked at.
ring
{ begin a; kept 1 2 3; item a-9 u1 Ann r9; end; begin b
item b-1 u1 Anne r9; kept 2 3; end; } >listing
printf '%s\n' 'u1: a same a-1, b edited b-1' \
    'note a a-9: second copy, different' >out
t 'a copy of what changes elsewhere' 0 diff_of listing
printf '%s\n' 'u1: a edited a-1, b same b-1' 'note a a-9: second copy' >out
{ begin a; item a-1 u1 Anne r8; item a-9 u1 Anne r9; kept 2 3; end; } >la
row 'both edited alike: a copy'

# What is new, cannot be read and has no UID may be what is missing.
bad()
{
	line bad "$1" ",\"rev\":\"$2\",\"why\":\"line 3\""
}
held()
{
	printf '%s\n' "exdiff: folder a: $1 not there any more, but $2 is new \
there and cannot be read: not taken as deleted until it can, or is gone, too"
}

ring
{ held 1 a-9; echo 'note a a-9: bad: line 3, of u1'; } >out
{ begin a; kept 2 3; bad a-9 r9; end; } >la
cp out same
row 'unreadable, and renamed: unknown, and bound to that'
{ begin a delta; line gone a-1; bad a-9 r9; end; } >la
cp same out
row 'in a delta'
{ held 1 a-1; echo 'u1: a same a-2, b same b-1'
echo 'note a a-1: bad: line 3, of u2'; } >out
{ begin a; item a-2 u1 Ann r9; bad a-1 r8; kept 3; end; } >la
cp out same
row 'unreadable, and names swapped with another'
{ begin a delta; item a-2 u1 Ann r9; bad a-1 r8; end; } >la
cp same out
row 'in a delta'
{ held 2 a-9; echo 'note a a-9: bad: line 3, of u1'
echo 'note a a-9: bad: line 3, of u2'; } >out
{ begin a; kept 3; bad a-9 r9; end; } >la
row 'two missing, one of which it may be: both are unknown'
cp changes one
{ held 2 a-8; echo 'note a a-8: bad: line 3, of u1'
echo 'note a a-9: bad: line 3, of u2'; } >out
{ begin a; kept 3; bad a-9 r9; bad a-8 r8; end; } >la
row 'two, and both may be'
cp one changes
take
echo 'note a a-9: bad: line 3' >out
{ begin a; kept 3; bad a-9 rA; end; } >la
cp out same
row 'both are bound to it: unknown until it can be read'
printf '%s\n' 'u1: a unknown a-9, b edited b-1' \
    'u2: a unknown a-9, b edited b-2' 'note a a-9: bad: line 3' >out
{ begin a; kept 3; bad a-9 rA; end; begin b; item b-1 u1 Anne rA
item b-2 u2 Bee rA; kept 3; end; } >listing
t 'with edits elsewhere, too' 0 diff_of listing
echo 'note a a-9: bad: line 3' >same
{ begin a delta; bad a-9 rA; end; } >la
cp same out
row 'in a delta'
{ begin a; kept 3; line kept a-9 ',"rev":"r9"'; end; } >la
: >out
row 'nor when it is known'
{ begin a delta; end; } >la
row 'nor when a delta does not list it'
printf '%s\n' 'u1: a gone a-9, b same b-1' 'u2: a edited a-9, b same b-2' \
    'note a a-9: null' >out
{ begin a; kept 3; item a-9 u2 Bee rA; end; } >la
cp out same
row 'when it can, its UID says which it is, and the other is gone'
{ begin a delta; item a-9 u2 Bee rA; end; } >la
cp same out
row 'in a delta'
printf '%s\n' 'u1: a gone a-9, b same b-1' 'u2: a gone a-9, b same b-2' \
    'note a a-9: null' >out
{ begin a; kept 3; end; } >la
cp out same
row 'when it goes, both are gone'
{ begin a delta; line gone a-9; end; } >la
cp same out
row 'in a delta'

# Two of them, which may be the other way round: u1 is bound to a-8, u2 to a-9.
both()
{
	ring
	{ { begin a; kept 3; bad a-9 r9; bad a-8 r8; end; }; b_is_same; } >la
	diff_of la >/dev/null
	take
}

rest()
{
	begin a
	kept 3
	line kept "$1" ',"rev":"r'"${1#a-}"'"'
}

both
{ echo 'exdiff: folder a: 1 not there any more, but a-9 is there and cannot be' \
    'read: not taken as deleted until it can, or is gone, too'
echo 'note a a-8: null'; echo 'note a a-9: bad: line 3, of u1'; } >out
{ rest a-9; end; } >la
cp out same
row 'one of them goes: nobody knows which that was'
{ begin a delta; line gone a-8; end; } >la
cp same out
row 'in a delta'
{ { begin a; kept 3; bad a-9 r9; end; }; } >la
cp same out
row 'nor if the other is listed anew'
take
printf '%s\n' 'u1: a edited a-9, b same b-1' 'u2: a gone a-9, b same b-2' \
    'note a a-9: null' >out
{ begin a; kept 3; item a-9 u1 Anne rA; end; } >la
row 'when the other can be read, its UID says it'
printf '%s\n' 'u1: a gone a-9, b same b-1' 'u2: a gone a-9, b same b-2' \
    'note a a-9: null' >out
{ begin a; kept 3; end; } >la
row 'when it goes, too, both are gone'

both
{ head -1 same; echo 'u2: a edited a-8, b same b-2'; echo 'note a a-8: null'
echo 'note a a-9: bad: line 3, of u1'; } >out
{ rest a-9; item a-8 u2 Bee rA; end; } >la
cp out same
row 'the first can be read, and is the second: that is no deletion'
{ begin a delta; item a-8 u2 Bee rA; end; } >la
cp same out
row 'in a delta'
printf '%s\n' 'u2: a same a-8, b same b-2' >same2
{ sed 's/edited/same/' same; } >out
{ rest a-9; item a-8 u2 Bea rA; end; } >la
row 'nor if it is as it was'
take
printf '%s\n' 'u1: a edited a-9, b same b-1' 'note a a-9: null' >out
{ begin a; kept 3; line kept a-8 ',"rev":"rA"'; item a-9 u1 Anne rA
end; } >la
row 'and so is the other'

# One that cannot be read under its own id is what it was.
ring
{ begin a; kept 2; bad a-3 rA; bad a-9 r9; end; b_is_same; } >la
diff_of la >/dev/null
take
printf '%s\n' 'u3: a gone a-3, b same b-3' 'note a a-3: null' >out
{ begin a; kept 2; line kept a-9 ',"rev":"r9"'; end; } >la
row 'unreadable where it was: it goes, whatever else cannot be read'

# What cannot be read any more where it was may have changed ids with what is
# missing; unless there is something new that may be it.
damaged()
{
	printf '%s\n' "exdiff: folder a: $1 not there any more, but $2 cannot \
be read any more: not taken as deleted until it can, or is gone, too"
}

ring
{ damaged 1 a-2; echo 'note a a-2: bad: line 3, of u1'; } >out
{ begin a; kept 3; bad a-2 r9; end; } >la
cp out same
row 'unreadable where it was, and one is missing: that is unknown'
{ begin a delta; line gone a-1; bad a-2 r9; end; } >la
cp same out
row 'in a delta'
take
echo 'note a a-2: bad: line 3' >out
{ begin a; kept 3; bad a-2 rA; end; } >la
row 'as long as that cannot be read'
: >out
{ begin a; kept 3; line kept a-2 ',"rev":"r9"'; end; } >la
row 'nor when it is known'
printf '%s\n' 'u1: a edited a-2, b same b-1' 'u2: a gone a-2, b same b-2' \
    'note a a-2: null' >out
{ begin a; kept 3; item a-2 u1 Anne rA; end; } >la
row 'when it can, it may be the one'
printf '%s\n' 'u1: a gone a-2, b same b-1' 'u2: a edited a-2, b same b-2' \
    'note a a-2: null' >out
{ begin a; kept 3; item a-2 u2 Bee rA; end; } >la
cp out same
row 'or the other'
printf '%s\n' 'u1: a same a-9, b same b-1' 'u2: a edited a-2, b same b-2' \
    'note a a-2: null' >out
{ begin a; kept 3; item a-9 u1 Ann rA; item a-2 '' Bee rA; end; } >la
row 'or that without a UID, and the one is elsewhere'
printf '%s\n' 'u1: a gone a-2, b same b-1' 'u2: a gone a-2, b same b-2' \
    'note a a-2: null' >out
{ begin a; kept 3; end; } >la
row 'when it goes, both are gone'

ring
{ begin a; kept 3; bad a-1 r9; end; b_is_same; } >la
diff_of la >/dev/null
take
printf '%s\n' 'u1: a edited a-1, b same b-1' 'u2: a gone a-1, b same b-2' \
    'note a a-1: null' >out
{ begin a; kept 3; item a-1 '' Anne rA; end; } >la
row 'that has no UID: it is what it was'

# Both could not be read before.
ring
{ begin a; kept 3; bad a-1 r8; bad a-2 r9; end; b_is_same; } >la
diff_of la >/dev/null
take
{ damaged 1 a-2; echo 'note a a-1: null'
echo 'note a a-2: bad: line 3, of u1'; } >out
{ begin a; kept 3; bad a-2 rA; end; } >la
row 'both unreadable, names swapped, and one deleted'

# Where all ids are new, what is not found may be what cannot be read.
waits()
{
	printf '%s\n' "exdiff: folder a: $1 not found there, but $2 cannot be \
read: not made there until it can, or is gone"
}

ring
exsnap -s ring.snap relink a
exfetch -r ring.conf -s ring.snap >now
{ waits 2 z-9; echo 'u3: a same z-3, b same b-3'
echo 'note a z-9: bad: line 3'; } >out
{ begin a; item z-3 u3 Cyd r3; bad z-9 r9; end; } >la
row 'relinked: it is not made there'
take
: >out
{ begin a; line kept z-3 ',"rev":"r3"'; line kept z-9 ',"rev":"r9"'; end; } >la
row 'nor when that is known'
printf '%s\n' 'u1: a absent, b same b-1' 'u2: a edited z-9, b same b-2' \
    'note a z-9: null' >out
{ begin a; line kept z-3 ',"rev":"r3"'; item z-9 u2 Bee rA; end; } >la
row 'when it can be read, the other is'
printf '%s\n' 'u1: a absent, b same b-1' 'u2: a absent, b same b-2' \
    'note a z-9: null' >out
{ begin a; line kept z-3 ',"rev":"r3"'; end; } >la
row 'when it goes, both are'

ring
{ waits 2 z-9; echo 'u3: a new z-3, b same b-3'
echo 'note a z-9: bad: line 3, of u1'; echo 'note a z-9: bad: line 3, of u2'
} >out
{ begin a full s /z; item z-3 u3 Cyd r3; bad z-9 r9; end; } >la
row 'moved, and nobody said so: likewise'
take
: >out
{ begin a full s /z; line kept z-3 ',"rev":"r3"'; line kept z-9 ',"rev":"r9"'
end; } >la
row 'nor when that is known'
printf '%s\n' 'u1: a absent, b same b-1' 'u2: a new z-9, b same b-2' \
    'note a z-9: null' >out
{ begin a full s /z; line kept z-3 ',"rev":"r3"'; item z-9 u2 Bee rA
end; } >la
row 'when it can be read, the other is made'

ring
printf '%s\n' 'u1: a new z-1, b same b-1' 'u2: a new z-2, b same b-2' \
    'u3: a new z-3, b same b-3' 'note a z-9: bad: line 3' >out
{ begin a full s /z; item z-1 u1 Ann; item z-2 u2 Bea; item z-3 u3 Cyd
bad z-9 r9; end; } >la
row 'all is found: it is noted, and none of them'

ring
{ begin a; kept 1 2 3; bad a-9 r9; end; b_is_same; } >la
diff_of la >/dev/null
take
{ waits 1 a-9; echo 'u2: a new z-2, b same b-2'
echo 'u3: a new z-3, b same b-3'; echo 'note a a-9: bad: line 3, of u1'; } >out
{ begin a full s /z; item z-2 u2 Bea; item z-3 u3 Cyd; bad a-9 r9; end; } >la
row 'what was noted in the old place says nothing'

# What was there before is not it; nor is what absence says nothing of.
ring
{ begin a; kept 1 2 3; bad a-9 r9; end; } >la
echo 'note a a-9: bad: line 3' >out
row 'unreadable, and none is missing'
take
echo 'u1: a gone a-1, b same b-1' >out
{ begin a; kept 2 3; line kept a-9 ',"rev":"r9"'; end; } >la
cp out same
row 'the next one that is missing is gone'
{ begin a; kept 2 3; bad a-9 r9; end; } >la
cp same out
row 'that it is listed anew says nothing'
{ held 1 a-9; echo 'note a a-9: bad: line 3, of u1'; } >out
{ begin a; kept 2 3; bad a-9 rA; end; } >la
row 'that it was written anew does'
ring
{ begin a; kept 1 2 3; line bad a-9 ',"why":"line 3"'; end; } >la
echo 'note a a-9: bad: line 3' >out
row 'of a file just written nobody knows when it was'
take
{ begin a; kept 2 3; bad a-9 r9; end; } >la
printf '%s\n' 'u1: a gone a-1, b same b-1' 'note a a-9: bad: line 3' >out
row 'but it was there'

# Each folder has UIDs of its own.
ring
printf '%s\n' 'u1: a new z-1 as x1, b same b-1' \
    'u2: a new z-2 as x2, b same b-2' 'u3: a new z-3, b same b-3' >out
{ begin a full s /z; item z-1 x1 Ann r1; item z-2 x2 Bea r2
item z-3 u3 Cyd r3; end; } >la
row 'two are bound by content'
take
{ held 2 z-9; echo 'note a z-9: bad: line 3, of u1'
echo 'note a z-9: bad: line 3, of u2'; } >out
{ begin a full s /z; line kept z-3 ',"rev":"r3"'; bad z-9 r9; end; } >la
row 'they are missing'
take
printf '%s\n' 'u1: a edited z-9 as x1, b same b-1' \
    'u2: a gone z-9 as x2, b same b-2' 'note a z-9: null' >out
{ begin a full s /z; line kept z-3 ',"rev":"r3"'; item z-9 x1 Anne rA
end; } >la
row 'it is known by the UID that its folder has'

ring
: >out
{ begin a full s2; item a-2 u2 Bea r2; item a-3 u3 Cyd r3; bad a-9 r9
end; } >la
row 'where absence says nothing it is left for a later run'
jq -c 'select(.rec == "begin").folders | .a.token, .b.token' changes >got
printf '%s\n' null '"t"' >out
t 'and the token is not taken: a delta would not name it' 0 cat got

# u1 is there twice, so it is still bound to a name that a0 has now.
ring
said='exdiff: folder a: uid u1 is there more than once, and they differ; left'
said="$said alone there: One (a-8), Two (a-9)"
{ begin a; item a-1 a0 Zoe r7; item a-8 u1 One; item a-9 u1 Two; kept 2 3; end
begin b delta; end; } >listing
printf '%s\n' "$said" 'a0: a new a-1, b absent' \
    'note a a-8: second copy, different' 'note a a-9: second copy, different' \
    >out
t 'two that differ, and a new one under the bound name' 0 diff_of listing
# (What is to be created in b cannot be.)
take 2>/dev/null
{ begin a; item a-1 a0 Zoe r7; item a-8 u1 One; item a-9 u1 Two; kept 2 3; end
begin b delta; end; } >listing
printf '%s\n' "$said" 'a0: a same a-1, b absent' >out
t 'it is bound, and no copy of itself' 0 diff_of listing
finish
