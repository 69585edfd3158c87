#!/bin/sh
# teeth: without any one rule of ring.md a ring breaks its promises
#
# Run by make check-teeth on a build in which EX_RULE_OFF names a rule that
# does not hold (include/ex/rule.h).  Every rule that the sources name must
# let the state machine fail; with all of them it must not.
set -u
LC_ALL=C
export LC_ALL

soak=$1
seeds=${SEEDS:-2000}
failed=0

"$soak" -n 50 >/dev/null || {
	echo 'not ok - all rules hold, and it fails'
	failed=1
}
for rule in $(grep -rho 'EX_RULE("[a-z-]*")' lib | sed 's/.*("//; s/").*//' |
    sort -u); do
	if why=$(EX_RULE_OFF=$rule "$soak" -x -n "$seeds"); then
		echo "not ok - without $rule: nothing in $seeds histories"
		failed=1
	else
		echo "ok - without $rule: $(echo "$why" | sed -n \
		    '/^# seed/{ s/# //; s/^\(.\{60\}\).*/\1/; p; q; }')"
	fi
done
exit $failed
