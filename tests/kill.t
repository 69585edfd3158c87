#!/bin/sh
# Runs of a ring killed at random moments: a few of them, with one seed.
# tests/kill.sh says more; make check-kill runs a thousand, with another.
. tests/lib.sh

seed=${EX_SEED:-1}
killed()
{
	"$TOP/tests/kill.sh" 50 "$seed" >said 2>&1 || {
		cat said
		return 1
	}
	sed -n 's/^# seed/# seed/p' said >&3
}
exec 3>&1
t "fifty runs killed, seed $seed" 0 killed
finish
