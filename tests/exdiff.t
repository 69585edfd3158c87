#!/bin/sh
# exdiff: the audit of two streams, and what a ring's streams must be
. tests/lib.sh

usage='usage: exdiff [-ipqSv] [-m keys] (-s snapshot [stream ...] | old new)
       exdiff -D [-qv] [-m keys] [-s snapshot] [stream ...]'

# card DIR FILE UID NAME [line ...]
card()
{
	mkdir -p "$1"
	file=$1/$2
	{
		printf 'BEGIN:VCARD\r\nVERSION:3.0\r\n'
		[ -z "$3" ] || printf 'UID:%s\r\n' "$3"
		printf 'FN:%s\r\nN:%s;;;;\r\n' "$4" "$4"
		shift 4
		[ $# -eq 0 ] || printf '%s\r\n' "$@"
		printf 'END:VCARD\r\n'
	} >"$file"
}

card a anna.vcf u1 Anna EMAIL:anna@example.org
card a bob.vcf u2 Bob
card a none.vcf '' Nobody
exfetch vdir:a >old.jsonl
cp -R a b
exfetch folder=vdir:b >same.jsonl

t 'equal folders of two names' 0 exdiff -q old.jsonl same.jsonl
t 'equal, for people: nothing to say' 0 exdiff -p old.jsonl same.jsonl
echo '{"rec":"begin","stream":"changes","form":1,"part":1,"folders":{"folder":{"items":3}}}' >out
echo '{"rec":"end","part":1,"count":0,"sum":"SUM","parts":1}' >>out
t 'equal, as a stream: none changed' 0 sh -c \
    'exdiff old.jsonl same.jsonl | sed "s/\"sum\":\"[0-9a-f]*\"/\"sum\":\"SUM\"/"'

card b anna.vcf u1 Anna EMAIL:anna@example.com
rm b/bob.vcf
card b carl.vcf u3 Carl
exfetch vdir:b >new.jsonl
cat >out <<'EOF'
~ Anna (u1)
    - email: anna@example.org
    + email: anna@example.com
- Bob (u2)
    - fn: Bob
    - n: Bob;;;;
+ Carl (u3)
    + fn: Carl
    + n: Carl;;;;
EOF
t 'edited, removed, added, in the order of UIDs' 1 \
    exdiff -p old.jsonl new.jsonl
t 'quiet: the status alone' 1 exdiff -q old.jsonl new.jsonl
printf 'u1 edited\nu2 gone\nu3 new\n' >out
t 'the same as a stream' 0 sh -c 'exdiff old.jsonl new.jsonl |
    sed -n "s/.*\"change\",\"uid\":\"\([^\"]*\)\".*\"is\":\"\([a-z]*\)\".*/\1 \2/p"'

# The order of lines makes no difference.
{ sed -n 1p new.jsonl; sed '1d;$d' new.jsonl | sort -r
sed -n '$p' new.jsonl; } >shuffled.jsonl
exdiff old.jsonl new.jsonl >want
cp want out
t 'shuffled lines, the same bytes' 1 exdiff old.jsonl shuffled.jsonl

# An item without UID is paired by its id; a renamed one with UID by that.
cp -R a c
mv c/anna.vcf c/renamed.vcf
exfetch vdir:c >new.jsonl
t 'a renamed file is the same item' 0 exdiff -p old.jsonl new.jsonl

# Several of one UID: each goes with its own, whatever the order of lines.
mkdir g h
card g a.vcf u1 Ann
card g b.vcf u1 Bea
card g c.vcf u1 Cyd
card h b.vcf u1 Bea
card h d.vcf u1 Ann
card h e.vcf u1 Dan
exfetch vdir:g >g.jsonl
exfetch vdir:h >h.jsonl
sed -n 1p g.jsonl >reversed.jsonl
sed '1d;$d' g.jsonl | sort -r >>reversed.jsonl
sed -n '$p' g.jsonl >>reversed.jsonl
cat >out <<'EOF'
~ Dan (u1)
    - fn: Cyd
    + fn: Dan
    - n: Cyd;;;;
    + n: Dan;;;;
EOF
cp out want
t 'of several of one UID only the one that changed' 1 \
    exdiff -p g.jsonl h.jsonl
cp want out
t 'whatever their order' 1 exdiff -p reversed.jsonl h.jsonl
rm h/b.vcf h/e.vcf
exfetch vdir:h >h.jsonl
printf 'Bea\nCyd\n' >out
t 'and of those that went' 0 sh -c \
    'exdiff -p reversed.jsonl h.jsonl | sed -n "s/^- \(.*\) (u1)/\1/p" | sort'

# -S
card c renamed.vcf u1 Anna EMAIL:anna@example.org REV:20260101T000000Z
exfetch vdir:c >new.jsonl
t 'a volatile property is no difference' 0 exdiff -q old.jsonl new.jsonl
t 'but strictly it is' 1 exdiff -qS old.jsonl new.jsonl
t 'strictly equal' 0 exdiff -qS old.jsonl old.jsonl

# What cannot be read is unknown, never gone.
printf 'BEGIN:VCARD\r\nnonsense\r\n' >c/renamed.vcf
t 'an unreadable file is a bad record' 0 sh -c 'exfetch vdir:c 2>/dev/null \
    >new.jsonl; test $? -eq 1 && grep -q "\"rec\":\"bad\"" new.jsonl'

# Cut, doubled, of another kind, missing.
head -c 400 old.jsonl >cut.jsonl
echo 'exdiff: cut.jsonl:2: folder a: the stream was cut: the line has no end' >err
t 'cut inside a line' 2 exdiff cut.jsonl old.jsonl
sed '$d' old.jsonl >cut.jsonl
echo 'exdiff: cut.jsonl: folder a: the stream was cut: no end record' >err
t 'no end record' 2 exdiff cut.jsonl old.jsonl
sed 3d old.jsonl >cut.jsonl
echo 'exdiff: cut.jsonl:4: folder a: the stream was cut: 2 lines of 3' >err
t 'a line dropped' 2 exdiff old.jsonl cut.jsonl
sed 's/Bob/Rob/' old.jsonl >cut.jsonl
t 'a line changed by hand' 2 sh -c 'exdiff old.jsonl cut.jsonl 2>msg ||
    { s=$?; grep -q "cut.jsonl:5: folder a: " msg && exit $s; }'
echo 'exdiff: none.jsonl: No such file or directory' >err
t 'no such file' 2 exdiff none.jsonl old.jsonl
echo "$usage" >err
t 'one operand' 2 exdiff old.jsonl
echo 'exdiff: one of the two may be standard input, not both' >err
t 'standard input twice' 2 exdiff - -

# A ring's streams.
cat >ring.conf <<'EOF'
[ring]
kind = contacts
snapshot = ring.snap
[folder a]
store = vdir:a
[folder b]
store = vdir:b
EOF
exfetch -r ring.conf -s ring.snap >ring.jsonl
echo 'exdiff: ring.snap: there is no snapshot: is the path right?  For a first run give -i' >err
t 'no snapshot is no first run' 2 exdiff -s ring.snap ring.jsonl
echo 'exdiff: folder a: this was listed without -s, and says nothing of what the ring knows: fetch with -r and -s' >err
t 'a listing without -s' 2 exdiff -i -s ring.snap old.jsonl
cat >out <<'EOF'
a: new Anna, anna@example.org
b: new Anna, anna@example.com
a: new Bob
b: new Carl
a: new Nobody
b: new Nobody
EOF
t 'a first run for people: UIDs are bound, and equal content' 1 sh -c \
    'exdiff -p -i -s ring.snap ring.jsonl >shown; s=$?
    grep Anna shown; grep Bob shown; grep Carl shown; grep Nobody shown
    exit $s'
exdiff -i -s ring.snap ring.jsonl >want
{ sed -n 1p ring.jsonl; sed '1d;$d' ring.jsonl | grep '"folder":"a"' |
sed '$d' | sort -r; sed '1d;$d' ring.jsonl | grep '"folder":"a"' | sed -n '$p'
sed -n '/begin.*"folder":"b"/,$p' ring.jsonl; } >shuffled.jsonl
cp want out
t 'a first run, shuffled: the same bytes' 0 \
    exdiff -i -s ring.snap shuffled.jsonl
{ sed -n '/begin.*"folder":"b"/,$p' ring.jsonl
sed '/begin.*"folder":"b"/,$d' ring.jsonl; } >swapped.jsonl
cp want out
t 'folders in another order: the same bytes' 0 \
    exdiff -i -s ring.snap swapped.jsonl
cat ring.jsonl ring.jsonl >twice.jsonl
t 'a folder twice' 2 sh -c 'exdiff -i -s ring.snap twice.jsonl 2>msg ||
    { s=$?; grep -q "its section comes twice" msg && exit $s; }'
echo "exdiff: -m: keys are name, email, phone, org, birthday, summary, start, end, due and location, not \"shoe\"" >err
t 'a key that is none' 2 exdiff -m name+shoe -i -s ring.snap ring.jsonl

# -m: other content, the same name.
card d x.vcf v1 Zoe TEL:1
card d y.vcf v2 Max TEL:2
card e x.vcf w1 Zoe TEL:3
card e y.vcf w2 Max TEL:4
card e z.vcf w3 Max TEL:5
cat >ring.conf <<'EOF'
[ring]
kind = contacts
[folder d]
store = vdir:d
[folder e]
store = vdir:e
EOF
exfetch -r ring.conf -s ring.snap >ring.jsonl
echo '5' >out
t 'without -m nothing that differs is matched' 0 sh -c \
    'exdiff -i -s ring.snap ring.jsonl | grep -c "\"rec\":\"change\""'
printf '4\n' >out
t 'with -m one of each is, two are not' 0 sh -c \
    'exdiff -m name -i -s ring.snap ring.jsonl 2>msg |
    grep -c "\"rec\":\"change\""'
echo 'exdiff: name: not matched, ambiguous (Max): d:y.vcf e:y.vcf e:z.vcf' >out
t 'which is said' 0 cat msg

# Duplicates.
mkdir p q
card p a.vcf 1 'Ann Bell' TEL:1
card p b.vcf 2 'ann  bell' TEL:2
card p c.vcf 3 Cyd TEL:3
card q c.vcf 3 Cyd TEL:4
card q d.vcf 4 Dan TEL:5
card p d.vcf 5 Dan TEL:6
exfetch p=vdir:p q=vdir:q >pq.jsonl
cat >out <<'EOT'
Dan, 5
    q: d.vcf (uid 4)
and Dan, 6
    p: d.vcf (uid 5)

ann  bell, 2
    p: b.vcf (uid 2)
and Ann Bell, 1
    p: a.vcf (uid 1)
EOT
t 'duplicates in a folder and between folders' 1 exdiff -D pq.jsonl
t 'none by other keys' 0 exdiff -D -m phone pq.jsonl
echo "exdiff: -m: keys are name, email, phone, org, birthday, summary, \
start, end, due and location, not \"nose\"" >err
t 'no such key' 2 exdiff -D -m nose pq.jsonl

# The page.
echo "$usage" >out
t 'help' 0 exdiff -h
finish
