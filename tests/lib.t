#!/bin/sh
# The harness: does it fail when it should?
. tests/lib.sh

# inner: what a test with the text on stdin says, run from the top.
inner()
{
	{
		echo '. tests/lib.sh'
		cat
	} >inner.t
	(cd "$TOP" && exec sh "$EX_BUILD/t/$t_name/inner.t" 2>&1)
}

cat >out <<'.'
ok 1 - passes
ok 2 - passes with output
1..2
.
t 'what is right passes' 0 inner <<'.'
t passes 0 true
echo a >out; echo b >err
t 'passes with output' 3 sh -c 'echo a; echo b >&2; exit 3'
finish
.

cat >out <<'.'
# exit status: wanted 0, got 1
not ok 1 - status
1..1
.
t 'another status fails' 1 inner <<'.'
t status 0 false
finish
.

cat >out <<'.'
# stdout, - wanted, + got:
# @@ -0,0 +1 @@
# +a
not ok 1 - more
1..1
.
t 'unexpected stdout fails' 1 inner <<'.'
t more 0 echo a
finish
.

cat >out <<'.'
# stderr, - wanted, + got:
# @@ -1 +1 @@
# -a
# +b
not ok 1 - other
1..1
.
t 'other stderr fails' 1 inner <<'.'
echo a >err
t other 0 sh -c 'echo b >&2'
finish
.

cat >out <<'.'
# stdout, - wanted, + got:
# @@ -1 +0,0 @@
# -a
not ok 1 - less
ok 2 - used up
1..2
.
t 'missing stdout fails, and is not wanted of the next' 1 inner <<'.'
echo a >out
t less 0 true
t 'used up' 0 true
finish
.

cat >out <<'.'
ok 1 - killed
ok 2 - stdin
ok 3 - no stdin
1..3
.
t 'a killed command is seen, stdin is given or empty' 0 inner <<'.'
# shellcheck disable=SC2016
t killed 137 sh -c 'kill -9 $$'
echo a >in; echo a >out
t stdin 0 cat <in
t 'no stdin' 0 cat
finish
.

cat >out <<'.'
1..0 # SKIP no moon
.
t 'all can be skipped' 0 inner <<'.'
skip_all 'no moon'
.

echo 'ok 1 - first' >out
t 'a test that dies prints no plan' 7 inner <<'.'
t first 0 true
exit 7
.
finish
