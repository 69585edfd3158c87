#!/bin/sh
# exring: what it asks of the programs, and what it makes of their answers.
# The programs are stubs here; tests/ring.t has the real ones.
# shellcheck disable=SC2016,SC2059 # the stubs are text; ring files too
. tests/lib.sh

mkdir bin
PATH=$PWD/bin:$PATH
LOG=$PWD/log
export LOG

# stub NAME: says how it was called, passes over its input, then does what
# the file bin/NAME.do says.
stub()
{
	cat >"bin/$1" <<-!
	#!/bin/sh
	[ $1 = exsnap ] || echo "$1 \$*" >>"\$LOG"
	[ $1 = exfetch ] || [ $1 = exsnap ] || cat >/dev/null
	. "$PWD/bin/$1.do"
	!
	chmod +x "bin/$1"
	: >"bin/$1.do"
}

# does NAME TEXT
does()
{
	printf '%s\n' "$2" >"bin/$1.do"
}

results='{"rec":"begin","stream":"results","form":1,"part":1}
{"rec":"taken","uid":"u1","kind":"contacts","was":null,"master":[],"folders":{}}
{"rec":"done","op":"create","folder":"bob","uid":"u1","id":"x","after":["a"]}
{"rec":"done","op":"update","folder":"bob","uid":"x\",\"op\":\"delete","id":"x"}
{"rec":"done","op":"delete","folder":"alice","uid":"u3","id":"x"}
{"rec":"failed","op":"create","folder":"bob","uid":"u4","why":"no","again":true}
{"rec":"conflict","uid":"u5","kind":"contacts","left":true,"conflicts":[{"what":"tel","base":[]}]}
{"rec":"conflict","uid":"u6","kind":"contacts","left":false,"conflicts":[{"what":"fn","base":[]}]}
{"rec":"end","part":1,"count":7,"sum":"0","parts":1}'
none='{"rec":"end","part":1,"count":0,"sum":"0","parts":1}'

again()
{
	for name in exfetch exdiff exmerge expush exsnap; do
		stub $name
	done
	does expush "echo '$none'"
	does exsnap 'for what; do :; done; cat "says.$what"'
	rm -f log
}

cat >says.folders <<'.'
{"folder":"alice","items":12,"identity":"/a","scope":"1"}
{"folder":"bob","items":3,"identity":"/b","scope":"1"}
.
cat >says.owed <<'.'
{"uid":"u4","folder":"bob","op":"create"}
{"uid":"u4","folder":"alice","op":"create"}
{"uid":"u5","folder":"bob","op":"update","refused":"507: it is \"full\""}
.
: >says.conflicts
: >says.rehash
printf '[ring]\nkind = contacts\nsnapshot = team.snap\n[folder alice]\nx = y\n[folder bob]\nx = y\n' >team.conf

# called: what the stubs were called with.
called()
{
	sort log | sed 's/ *$//'
}

# snapshot RING FILE: what exring takes for the snapshot in the ring file.
snapshot()
{
	again
	echo 1 >"$2"
	exring sync -q "$1" && grep exdiff log | sed 's/exdiff -q -s //'
}

again
echo 'exring: team.snap: there is no snapshot yet; exring init team.conf shows what a first run would do' >err
t 'a first run must be asked for' 2 exring sync team.conf
t 'and then no program was started' 1 test -e log

cat >out <<'.'
exdiff -i -q -s team.snap
exfetch -q -r team.conf -s team.snap
exmerge -q
expush -q -r team.conf -s team.snap
.
exring sync -qi team.conf
t 'a first run' 0 called

echo 1 >team.snap
again
exring sync -a -j 3 -d '5 10%' -v team.conf >/dev/null
cat >out <<'.'
exdiff -v -s team.snap
exfetch -a -j3 -v -r team.conf -s team.snap
exmerge -v
expush -d5 10% -j3 -v -r team.conf -s team.snap
.
t 'options are passed on' 0 called

again
does exfetch 'cat >>"$EX_ACCOUNT" <<!
{"program":"exfetch","folder":"alice","complete":true,"at":"2001-02-03T04:05:06Z","read":12,"gone":0,"hidden":0,"bad":0,"requests":7,"ms":1234}
{"program":"exfetch","folder":"bob","complete":true,"at":"2001-02-03T04:05:07Z","read":3,"gone":0,"hidden":0,"bad":0,"requests":2,"ms":5}
!'
account='cat >>"$EX_ACCOUNT" <<!
{"program":"expush","folder":"alice","created":0,"updated":0,"deleted":1,"owed":0,"refused":0,"conflicts":2,"requests":1,"ms":4}
{"program":"expush","folder":"bob","created":1,"updated":1,"deleted":0,"owed":1,"refused":0,"conflicts":0,"requests":3,"ms":16}
!'
does expush "$account
cat <<'!'
$results
!
exit 1"
does exmerge "cat >&2 <<'!'
exmerge: uid u5 (Eve): left for a person: tel
exmerge: uid u6 (Fay): conflict: fn
exmerge: 2 items: 1 to create, 1 to update, 1 to delete; 2 conflicts, 1 left
exmerge: something else
!
exit 1"
cat >report <<'.'
folder                              read created updated deleted   owed conflicts seconds requests
alice                                 12       0       0       1      0         2   1.238        8
bob                                    3       1       1       0      1         0   0.021        5
uid u5 (Eve): left for a person: tel
uid u6 (Fay): conflict: fn
1 is left as it is in every folder, until the folders agree or exring resolve settles it
.
cp report out
echo 'exmerge: something else' >err
t 'the report' 1 exring sync team.conf
echo 'exmerge: something else' >err
t 'no report' 1 exring sync -q team.conf
cat >out <<'.'
{"folder":"alice","read":12,"created":0,"updated":0,"deleted":1,"owed":0,"conflicts":2,"seconds":1.238,"requests":8}
{"folder":"bob","read":3,"created":1,"updated":1,"deleted":0,"owed":1,"conflicts":0,"seconds":0.021,"requests":5}
.
echo 'exmerge: something else' >err
t 'the report as JSON' 1 exring sync -J team.conf

again
does expush 'echo "folder bob: 1 to create"; exit 0'
printf '%s\n' 'folder bob: 1 to create' 'nothing was changed' >out
t 'check' 0 exring check team.conf
cat >out <<'.'
exdiff -s team.snap
exfetch -r team.conf -s team.snap
exmerge -v
expush -n -r team.conf -s team.snap
.
t 'check is the pipe with expush -n' 0 called

# Every stage, every status: the first trouble is the answer.
for stage in exfetch exdiff exmerge expush; do
	for status in 0 1 2 3; do
		again
		does $stage "echo '$none'; exit $status"
		t "$stage ends with $status" $status exring sync -q team.conf
	done
done
for stage in exfetch exdiff exmerge; do
	again
	does $stage 'exit 3'
	does expush 'echo "expush: stdin: the stream was cut" >&2; exit 2'
	cat >err <<-!
	expush: stdin: the stream was cut
	exring: team.conf: $stage failed, so this run is not complete
	!
	t "$stage ends with 3, and what comes of it" 3 exring sync team.conf
done
again
does exfetch 'echo "exfetch: no" >&2; exit 2'
does exmerge 'echo "exmerge: stdin: the stream was cut: no begin record" >&2
exit 2'
does expush 'exit 2'
cat >err <<'.'
exfetch: no
exring: team.conf: exfetch failed, so this run is not complete
.
t 'what exmerge saw of it is not said' 2 exring sync team.conf
again
does exdiff 'exit 1'
does expush "echo '$none'; exit 3"
t '3 counts more than 1' 3 exring sync -q team.conf
again
does exmerge 'kill -9 $$'
does expush 'exit 2'
cat >err <<'.'
exring: team.conf: exmerge was killed by signal 9
exring: team.conf: exmerge failed, so this run is not complete
.
t 'a program that is killed is trouble' 2 exring sync -q team.conf

again
does expush 'exit 2'
mkdir less
for name in exfetch exdiff expush exsnap; do
	cp bin/$name less
done
lacking()
{
	PATH=$PWD/less:/usr/bin:/bin "$TOP/scripts/exring" sync team.conf
}
echo 'exring: exmerge: is not in PATH, nor beside exring' >err
if command -v /usr/bin/exmerge >/dev/null; then
	skip 'a program that is not there is trouble' 'it is there'
else
	t 'a program that is not there is trouble' 2 lacking
fi

# Called by another name, in another place, where PATH has no programs.
mkdir elsewhere installed
cp "$TOP/scripts/exring" installed
for name in exfetch exdiff exmerge expush exsnap; do
	cp bin/$name installed
done
ln -s ../installed/exring elsewhere/ring
again
t 'a symbolic link to it finds the programs' 0 \
    env PATH=/usr/bin:/bin elsewhere/ring sync -q team.conf

again
for command in sync check; do
	t "$command: a report that does not get out" 2 sh -c "exring $command team.conf 2>said >/dev/full"
	t "$command: and says so" 0 grep -q 'exring: team.conf: the report could not be written' said
done

# What the ring file calls its snapshot.
mkdir -p d/x 'e f'
snap()
{
	printf "$3" >"$1"
	printf '%s\n' "$2" >out
	t "the snapshot of $1: $2" 0 snapshot "$1" "$2"
}
snap r1 a.snap '[ring]\nsnapshot=a.snap'
snap r2 'a b.snap' '[ring]\n  snapshot \t:  a b.snap \t\r\n'
snap r3 'a;b#c' '[ring]\nsnapshot = a;b#c\n'
snap r4 right.snap '[folder a]\nsnapshot = wrong\n; [ring]\n#snapshot = no
[ring] \nkind=x\nsnapshot = right.snap\n'
snap r5 a=b.snap '\357\273\277[ring]\nsnapshot = a=b.snap\n'
snap d/r6 d/x/../a.snap '[ring]\nsnapshot = x/../a.snap\n'
snap 'e f/r7' 'e f/a.snap' '[ring]\nsnapshot = a.snap\n'
snap d/r8 "$PWD/z.snap" "[ring]\\nsnapshot = $PWD/z.snap\\n"
printf '[ring]\nkind = contacts\n' >n.conf
echo 'exring: n.conf: [ring] has no snapshot = FILE, where the ring keeps what it knows' >err
t 'no snapshot in the ring file' 2 exring sync n.conf
echo 'exring: no.conf: there is no such file' >err
t 'no ring file' 2 exring sync no.conf
: >empty.snap
printf '[ring]\nsnapshot = empty.snap\n' >empty.conf
echo 'exring: empty.snap: there is no snapshot yet; exring init empty.conf shows what a first run would do' >err
t 'a snapshot whose maker died early is none' 2 exring sync empty.conf
t 'and a first run goes on from there' 0 exring sync -qi empty.conf
echo 'exring: d: is no file' >err
t 'a ring file that is none' 2 exring sync d

# logged: wait until a program was started.
logged()
{
	tries=0
	until [ -s log ] || [ $((tries += 1)) -gt 200 ]; do
		sleep 0.05
	done
}

# The lock.
again
does exfetch 'until [ -e go ]; do sleep 0.05; done'
exring sync -q team.conf &
first=$!
logged
locked()
{
	exring sync team.conf 2>&1 |
	    sed "s/ $first on $(uname -n) since 20[0-9T:-]*Z\$/ HOLDER/"
}
echo 'exring: team.conf: locked by exring HOLDER' >out
t 'two runs at once: it says who runs' 0 locked
t 'two runs at once' 3 sh -c 'exring sync team.conf 2>/dev/null'
: >go
wait $first
t 'the first one is done' 0 test $? -eq 0
again
t 'then it is free' 0 exring sync -q team.conf
echo 'exring 99999 on nowhere since 2001-01-01T00:00:00Z' >team.conf.lock
t 'a lock that a dead one left does not count' 0 exring sync -q team.conf
t 'the lock file says nobody' 1 test -s team.conf.lock

# Signals: the programs end, temporary files go, it dies of the signal.
for signal in TERM HUP; do
	again
	does exfetch 'echo $$ >running; exec sleep 60'
	rm -f running
	# Whoever started us may have ignored it (nohup).
	env --default-signal="$signal" exring sync -q team.conf 2>said &
	pid=$!
	tries=0
	until [ -s running ] || [ $((tries += 1)) -gt 400 ]; do
		sleep 0.05
	done
	kill -$signal $pid
	wait $pid 2>/dev/null
	status=$?
	t "SIG$signal: dies of it" 0 test "$(kill -l $status)" = $signal
	echo "exring: team.conf: stopped by SIG$signal; the next run goes on from here" >out
	t "SIG$signal: says so" 0 cat said
	t "SIG$signal: its programs end" 1 \
	    sh -c 'kill -0 "$(cat running)" 2>/dev/null'
	t "SIG$signal: no temporary files" 0 find "$TMPDIR" -mindepth 1
	again
	t "SIG$signal: no lock" 0 exring sync -q team.conf
done
t 'no temporary files are ever left' 0 find "$TMPDIR" -mindepth 1

# Status.
cat >out <<'.'
folder                              items   owed  refused last complete listing
alice                                  12      1        0 2001-02-03T04:05:06Z
bob                                     3      1        1 2001-02-03T04:05:07Z
.
t 'status' 0 exring status team.conf
cat >out <<'.'
folder                              items   owed  refused last complete listing
alice                                  12      0        0 2001-02-03T04:05:06Z
bob                                     3      1        1 2001-02-03T04:05:07Z
.
cat team.conf - >source.conf <<'.'
[folder  alice]
access : read-only
[folder bob]
access = write-only
.
t 'status: nothing is owed to a read-only folder' 0 exring status source.conf
echo '{"uid":"u5","run":3,"left":true}' >says.conflicts
echo 'left for a person: 1' >out
t 'status with a conflict' 1 exring status -q team.conf
cat >out <<'.'
{"folder":"alice","items":12,"owed":1,"refused":0,"listed":"2001-02-03T04:05:06Z"}
{"folder":"bob","items":3,"owed":1,"refused":1,"listed":"2001-02-03T04:05:07Z"}
.
t 'status as JSON' 1 exring status -J team.conf
mv team.snap.listed listed
echo null >out
t 'status as JSON of what was never listed' 0 sh -c \
    'exring status -J team.conf | jq -c .listed | sort -u'
mv listed team.snap.listed

does exsnap 'echo "exsnap: team.snap: damaged" >&2; exit 2'
echo 'exsnap: team.snap: damaged' >err
t 'status of a damaged snapshot' 2 exring status team.conf

# Usage.
for args in '' 'fly team.conf' sync 'sync team.conf more' \
    'status -i team.conf' 'status team.conf 3' 'conflicts -i team.conf' \
    'resolve team.conf u5' 'resolve team.conf' 'undo team.conf 1 2' \
    'init -i team.conf' 'duplicates -y team.conf'; do
	t "usage: $args" 2 sh -c "exring $args 2>/dev/null"
done
exring -h >usage
for args in 'sync -r team.conf:there is no option -r' \
    'undo -y team.conf:there is no option -y' \
    'sync team.conf -d:' 'sync -d:-d wants an operand'; do
	case $args in
	*:)	cp usage err ;;
	*)	{ echo "exring: ${args%% *}: ${args#*:}"; cat usage; } >err ;;
	esac
	# shellcheck disable=SC2086 # words
	t "it says what is wrong: exring ${args%%:*}" 2 exring ${args%%:*}
done
for run in 0 x 3x 1.5; do
	for word in undo log; do
		echo "exring: run $run: no number of a run; exring log" \
		    "team.conf lists them" >err
		t "$word: $run is no run" 2 exring $word team.conf $run
	done
done
echo 'exring: team.snap: there is a snapshot already; from now on it is' \
    'exring sync team.conf' >err
t 'init, when there is a snapshot' 2 exring init team.conf
echo 'exring: /nowhere: no temporary directory can be made there; TMPDIR' \
    'names another place' >err
t 'no temporary directory' 2 env TMPDIR=/nowhere exring sync team.conf
echo 'exring 0' >out
does exfetch 'echo exfetch 0'
t '-V' 0 exring -V
finish
