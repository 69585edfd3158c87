#!/bin/sh
# The demo: it holds what it claims, says the same every time, and notices
# when a claim does not hold.
# shellcheck disable=SC2016,SC2069 # for another shell; stderr alone
. tests/lib.sh

t 'it holds' 0 sh -c '"$TOP/scripts/demo" >first'
# But for the seconds and requests that a run took, and what it read: a file
# is read again while it is young, and nothing of a folder that holds still.
timeless()
{
	sed 's/^\( *[a-z]*\) *[0-9]*\(\( *[0-9]*\)\{5\}\) *[0-9]*\.[0-9]* *[0-9]*$/\1\2/' "$@"
}
timeless first >want
"$TOP/scripts/demo" | timeless >again
t 'it says the same again' 0 cmp again want
printf '%s\n' 23 >out
t 'it checks 23 claims' 0 grep -c '^  checked: ' first

# lame PROGRAM TEXT: the programs, but for one that is a script.
lame()
{
	rm -rf programs && mkdir programs
	for p in "$EX_BUILD"/ex*; do
		[ ! -f "$p" ] || ln -s "$p" programs
	done
	rm -f "programs/$1"
	printf '#!/bin/sh\n%s\n' "$2" >"programs/$1"
	chmod +x "programs/$1"
}

# failed: the demo with those programs.
failed()
{
	EX_BUILD=$PWD/programs "$TOP/scripts/demo" 2>&1 >/dev/null
	echo "status $?"
}

lame expush 'cat >/dev/null'
printf '\n%s\n%s\n' 'The demo FAILED: it does not hold that all three folders hold the same' 'status 1' >out
t 'nothing is written: it fails' 0 failed
lame exmerge 'exit 2'
printf '\n%s\n%s\n' 'The demo FAILED: it ended with 2 instead of 0' 'status 1' >out
t 'a program fails: it fails' 0 failed
finish
