#!/bin/sh
# hostile: input made to break things gets a clear answer, inside the caps
#
# Files at and past each cap of include/ex/cap.h, bytes that do not belong,
# things that are no files, and UIDs that would like to be paths or to drive
# a terminal: through exfetch, the whole pipe, and expush into a folder and a
# file.  Memory is bounded, and nothing is written outside of the folders.
. tests/lib.sh

top()
{
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:X\r\nN:X;;;;\r\n' "$1"
}

end()
{
	printf 'END:VCARD\r\n'
}

# long N [NAME]: one line of N bytes
long()
{
	printf '%s:' "${2-X-BIG}"
	head -c $(($1 - ${#2} - 1)) /dev/zero | tr '\0' x
	printf '\r\n'
}

# card FILE SIZE: of that many bytes, of lines within their cap
card()
{
	top big >"$1"
	for x in X-A X-B X-C X-D; do
		long 16000000 $x
	done >>"$1"
	long $(($2 - $(wc -c <"$1") - 2 - 15)) X-E >>"$1"
	printf '\r\n\r\n' >>"$1"
	end >>"$1"
}

# What is beside the folders, the test's own files aside
outside()
{
	find . ! -name . -prune | sort |
	    grep -v '/before$\|/out$\|/err$\|/said$\|/items$\|/results$'
		cksum <ring.conf
}

esc=$(printf '\033[31mred')
mkdir in in/v
cd in/v || exit 1
{ top ok; end; } >ok.vcf
card big.vcf 67108864
sed 's/^X-D:x/X-D:xx/' big.vcf >over.vcf
{ top line; long 16777216 X-L; end; } >line.vcf
{ top longer; long 16777217 X-L; end; } >longer.vcf
{ top many; yes NOTE:x | head -n 100000; end; } >many.vcf
{ top some; yes NOTE:x | head -n 65000; end; } >some.vcf
{ yes BEGIN:VCALENDAR | head -n 1000
yes END:VCALENDAR | head -n 1000; } >nest.ics
{ printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n'; yes BEGIN:X-A | head -n 1000
yes END:X-A | head -n 1000; echo END:VCALENDAR; } >deep.ics
{ yes BEGIN:VCARD | head -n 1000; yes END:VCARD | head -n 1000; } >nest.vcf
{ top par; printf NOTE; i=0; while [ $((i += 1)) -le 200 ]; do
printf ';X-P%s=1' $i; done; echo :x; end; } >par.vcf
{ top nul; printf 'NOTE:a\0b\r\n'; end; } >nul.vcf
{ top utf; printf 'NOTE:a\377b\r\n'; end; } >utf.vcf
{ top "$esc"; printf 'no property, %s\r\n' "$esc"; end; } >esc.vcf
: >empty.vcf
mkdir dir.vcf
mkfifo fifo.vcf
ln -s nowhere dangling.vcf
ln -s loop.vcf loop.vcf
{ top name; end; } >"$(printf '%s\nline' "$esc").vcf"
cd ../.. || exit 1

size=$(wc -c <in/v/big.vcf)
t 'the large one is as large as a card may be' 0 test "$size" -eq 67108864

cat >said <<'EOS'
dangling.vcf: a symbolic link that leads nowhere
deep.ics: line 34: X-A: too deep
empty.vcf: empty
esc.vcf: line 6: no ':'
longer.vcf: line 6: a line of more than 16 MiB
loop.vcf: Too many levels of symbolic links
many.vcf: line 65538: more than 65536 properties
nest.ics: line 33: VCALENDAR: too deep
nest.vcf: line 2: BEGIN inside of a card
nul.vcf: line 6: NOTE: not UTF-8
over.vcf: more than 67108864 bytes
par.vcf: line 6: more than 100 parameters
utf.vcf: line 6: NOTE: not UTF-8
EOS

# Memory of its own (KiB): what the largest item needs, however many there
# are; exmerge and expush hold it in several forms.  With sanitizers there is
# no such bound.
case $EX_BUILD in
*/san) bound='' pipe_bound='' ;;
*) bound='ulimit -d 500000;' pipe_bound='ulimit -d 1200000;' ;;
esac

sed 's/^/exfetch: folder v: /' said >err
t 'each of them is said in one line' 1 \
    timeout 100 sh -c "$bound exfetch vdir:in/v >items"
cat >out <<'EOS'
%1B[31mred%0Aline.vcf
big.vcf
line.vcf
ok.vcf
some.vcf
EOS
t 'the others are items' 0 sh -c \
    'cut -b 1-200 items |
    sed -n "s/^{\"rec\":\"item\",\"folder\":\"v\",\"id\":\"\([^\"]*\)\".*/\1/p"'

# The pipe: into a folder and into a file.
mkdir in/w
cat >ring.conf <<'EOS'
[ring]
kind = contacts
snapshot = in/r.snap
[folder v]
store = vdir:in/v
[folder w]
store = vdir:in/w
[folder f]
store = file:in/f.vcf
EOS
: >in/f.vcf
outside >before
t 'through the whole pipe' 1 timeout 100 sh -c "$pipe_bound"'
    exfetch -q -r ring.conf -s in/r.snap 2>/dev/null |
    exdiff -i -s in/r.snap | exmerge |
    expush -r ring.conf -s in/r.snap 2>said >results'
cat >out <<'EOS'
expush: folder f: uid big: big: over 64 MiB when it is written
expush: folder w: uid big: item: more than a card may hold
EOS
t 'folding makes the largest too large, which is said' 0 sort said
printf '4\nline\nname\nok\nsome\n' >out
t 'a folder has the rest' 0 sh -c 'ls in/w | wc -l; ls in/w |
    sed "s/-[0-9a-f]*\.vcf$//"'
t 'so has a file' 0 sh -c 'exfetch w=vdir:in/w >items; exfetch w=file:in/f.vcf |
    exdiff -q items -'
t 'the next run has nothing to write' 1 timeout 100 sh -c "$pipe_bound"'
    exfetch -q -r ring.conf -s in/r.snap 2>/dev/null |
    exdiff -s in/r.snap | exmerge |
    expush -r ring.conf -s in/r.snap 2>said | grep "\"rec\":\"done\""'
cp before out
t 'nothing was written elsewhere' 0 outside
rm -rf in items results

# UIDs that are no file names.
mkdir in in/v in/w
uids='.. . ../../x /etc/passwd a/b -rf ~ * con aux.vcf .hidden ...vcf %2e%2e'
{
	# The names of files are words.
	set -f
	for uid in $uids "$esc" "a b" "$(printf 'tab\tnew')" 'line\nfeed' \
	    'back\\slash' 'quo"te' "$(head -c 4000 /dev/zero | tr '\0' u)" \
	    'UPPER' 'upper' 'é'; do
		top "$uid"
		end
	done
	set +f
} >in/all.vcf
outside >before
n=$(grep -c BEGIN in/all.vcf)
t "$n odd UIDs are items" 0 sh -c 'exfetch x=file:in/all.vcf >in/stream'
for store in vdir:in/w file:in/w.vcf file:in/w.jsonl; do
	t "copied to $store" 0 sh -c "expush $store in/stream >in/results"
	t 'they are the same' 0 sh -c \
	    "exfetch x=$store | exdiff -q in/stream -"
	t 'copied again' 0 sh -c "expush $store in/stream >in/results"
done
echo "$n" >out
t 'each in a file of its own' 0 sh -c 'ls in/w | grep -c "\.vcf$"'
t 'of a plain name' 1 sh -c "ls in/w | LC_ALL=C grep '[[:cntrl:]*/ ]\|^[.-]'"

mv in/all.vcf in/w.vcf
mkdir in/x
sed 's/vdir:in.v/vdir:in\/x/; s/in.f\.vcf/in\/w.vcf/' ring.conf >in/ring.conf
sed 's|in/||g' in/ring.conf >in/r && mv in/r in/ring.conf
t 'through the whole pipe' 0 sh -c '
    exfetch -r in/ring.conf -s in/r.snap | exdiff -i -s in/r.snap | exmerge |
    expush -r in/ring.conf -s in/r.snap >in/results'
for f in vdir:in/x vdir:in/w file:in/w.vcf; do
	t "all is in $f" 0 sh -c "exfetch x=$f | exdiff -q in/stream -"
done
cp before out
t 'and nothing was written elsewhere' 0 outside

# A message shows no control byte.
{ top "$esc"; printf 'broken %s\r\n' "$esc"; end; } >in/esc.vcf
t 'what drives a terminal becomes ?' 1 sh -c \
    "exfetch file:in/esc.vcf 2>&1 >/dev/null | tr -d '\n' |
    LC_ALL=C grep '[[:cntrl:]]'"
mkdir "in/$esc"
echo 'exfetch: folder none: in/?[31mred/none: No such file or directory' >err
t 'in a path, too' 2 sh -c "exfetch 'vdir:in/$esc/none'"
rm -rf in
finish
