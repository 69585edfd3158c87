#!/bin/sh
# teeth: without any one rule of ring.md a ring breaks its promises
#
# Run by make check-teeth on a build in which EX_RULE_OFF names a rule that
# does not hold (include/ex/rule.h).  Each rule that the sources name stands
# in the table with its sentence and a history that fails without it; should
# that pass, $SEEDS others are tried.  With all rules none may fail.
#
# Sentences of ring.md without a switch, and what holds them:
#	a refused token means a full listing	davfault.t, soak (forget)
#	an edit in a read-only folder flows out	oneway.t, soak (P1)
#	own, repair				oneway.t, soak (P1)
#	a stamp counts without a binding only	torture.t, soak (copy)
#	(all removes - all adds)		unit/merge.c
#	M' is checked				unit/merge.c (test_invalid)
#	left: nothing of it is written		conflicts.t
#	a total order, never by position	unit/merge.c, soak (P6)
#	both, command				conflicts.t, soak
#	stale, exists, busy			unit/push.c
#	not allowed: the folder is skipped	expush.t, davfault.t
set -u
LC_ALL=C
export LC_ALL

soak=$1
seeds=${SEEDS:-2000}
failed=0

# rule, history, sentence
table()
{
	cat <<-'END'
	TABLE
	END
}

not_ok()
{
	echo "not ok - $*"
	failed=1
}

# off RULE SEED N: what N histories say without it; 1: none fails.
off()
{
	! EX_RULE_OFF=$1 "$soak" -x -s "$2" -n "$3"
}

without()
{
	why=$(off "$1" "$2" 1) || why=$(off "$1" 1 "$seeds") || {
		not_ok "without $1: nothing in $seeds histories: $3"
		return
	}
	echo "ok - without $1: $(echo "$why" | sed -n \
	    '/^# seed/{ s/# //; s/^\(.\{60\}\).*/\1/; p; q; }')"
}

"$soak" -n 50 >/dev/null || not_ok 'all rules hold, and it fails'
named=$(grep -rho 'EX_RULE("[a-z-]*")' lib | sed 's/.*("//; s/").*//' |
    sort -u)
[ "$named" = "$(table | cut -d' ' -f1 | sort)" ] ||
	not_ok "the sources name: $named"
while read -r rule seed sentence; do
	without "$rule" "$seed" "$sentence"
done <<END
$(table)
END
exit $failed
