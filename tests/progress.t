#!/bin/sh
# progress: a line on a terminal while work lasts, gone when it is done
. tests/lib.sh

mkdir a b
i=0
while [ $i -lt 20000 ]; do
	i=$((i + 1))
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u%s\r\nFN:Name %s\r\n' $i $i
	printf 'N:x;;;;\r\nEND:VCARD\r\n'
done >cards.vcf
printf '[ring]\nkind = contacts\nsnapshot = r.snap\n' >ring.conf
printf '[folder %s]\nstore = file:%s\n' one cards.vcf two none.vcf >>ring.conf
: >none.vcf
exfetch -q -r ring.conf -s r.snap >items
exdiff -q -i -s r.snap items >changes

# on_terminal FILE SECONDS PROGRAM ...: with a terminal as its stderr; FILE
# comes to its stdin, the last piece after so long.  What the terminal got
# goes to stdout.
cat >on_terminal <<'.'
import os, pty, subprocess, sys, threading, time

data = open(sys.argv[1], "rb").read()
seconds = float(sys.argv[2])
ours, theirs = pty.openpty()
p = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE,
    stdout=open("stdout", "wb"), stderr=theirs)
os.close(theirs)

def feed():
    pieces = 24
    size = len(data) // pieces + 1
    for i in range(pieces):
        p.stdin.write(data[i * size:(i + 1) * size])
        p.stdin.flush()
        time.sleep(seconds / pieces)
    p.stdin.close()

threading.Thread(target=feed).start()
got = b""
while True:
    try:
        more = os.read(ours, 65536)
    except OSError:
        break
    if not more:
        break
    got += more
sys.stdout.buffer.write(got)
sys.exit(p.wait())
.

# Its stdin, in two seconds.
cat >read_slowly <<'.'
import sys, time

while sys.stdin.buffer.read(200000):
    time.sleep(2 / 24)
.

# What stood on the terminal, one after the other; numbers are N.
shows()
{
	python3 on_terminal "$@" >tty || echo 'status N'
	tr '\r' '\n' <tty | sed 's/ *$//; s/[0-9][0-9:]*/N/g; /^$/d' | uniq
}

# What the terminal shows in the end, its line wiped by blanks or not.
in_the_end()
{
	python3 - tty <<-'.'
	import sys
	shown = []
	for line in open(sys.argv[1], newline="").read().split("\n"):
	    cells = []
	    for part in line.split("\r"):
	        cells[:len(part)] = part
	    shown.append("".join(cells).rstrip())
	print("\n".join(line for line in shown if line))
	.
}

# Over a second, at the pace of who feeds it.
cat >out <<'.'
merging: N, N/s
exmerge: N items: N to create, N to update, N to delete; N conflicts, N left
.
t 'work of over a second shows a line' 0 shows changes 2 exmerge -v
last='exmerge: 20000 items: 20000 to create, 0 to update, 0 to delete;'
last="$last 0 conflicts, 0 left"
echo "$last" >out
t 'which is gone in the end' 0 in_the_end
first_shown()
{
	shows "$@" | head -n 1
}
# With nothing at its stdin.
: >empty
echo 'fetching: N, N/s' >out
t 'a fetch whose reader takes its time' 0 first_shown empty 0 sh -c \
    'exfetch file:cards.vcf | python3 read_slowly'
t 'with -q there is none' 0 shows changes 2 exmerge -q
slowly()
{
	python3 on_terminal changes 2 sh -c 'exmerge -v 2>said'
	cat said
}
echo "$last" >out
t 'without a terminal there is none' 0 slowly
printf '%s\n' 'status N' 'exmerge: stdin: the stream was cut: no begin record' \
    >out
t 'work that is done at once shows none' 0 shows empty 0 exmerge
finish
