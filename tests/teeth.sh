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
#	stale, exists, busy, gone		unit/push.c
#	atomic groups				unit/merge.c, soak (times)
#	a change of scope is never a deletion	scope.t, soak (SCOPE)
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
	aside 31718 (c) what is hidden, by the UID of a binding
	base 5 base: the master version that this folder reflects
	conditional 304 every write is conditional on its rev
	copies 501 two of one UID that differ: unknown in that folder
	delta 11 in a delta, what is not listed is same
	edit-wins 3 edit/delete: the edit wins
	end 3 a listing is complete only with its end line
	generation 1 a plan of another generation is refused
	guard-deleted 203 deletions seen, above both limits: stop
	guard-edited 379 edits seen, above both limits: stop
	guard-emptied 111 an emptied folder stops always
	guard-owed 3 deletions owed, above both limits: stop
	intents 17 an intent for each op before the first write
	keys 46 (e) equal keys on a first run
	left-now 87 a left item's now stands until seen otherwise
	loser 6 a loser always stands in the conflict record
	made 232 what was made since the token, and is gone
	match 2 (d) equal content on a first run, one to one
	name 17 (a) an open create by its name or mark
	no-removals 13 recovery of a create: without removals
	property-by-property 7 recovery of an update: property by property
	read-back 42 stored by any other: read back
	recovery 744 open intents are judged before the deltas
	refused 2 not tried again until the hash changes
	replaces 91 two that replace one x: a conflict about x
	ring-file 63 a plan made under another ring file is refused
	scope 140 what is out of scope is never written
	second-copy 495 its entry deleted, a noted copy takes its place
	seen 10 start counts unless an editor had seen it
	shadow 42 shadow: what this folder made of it
	stale-deletion 89 a deletion that had not seen the last edit: M stays
	stray 400281 what is missing beside a new unreadable item is unknown
	successor 168 the bound one gone, a noted one takes its place
	swapped 670 (b) an id that bears another's UID is let go
	target 101 a write-only folder is never in E nor D
	tombstone 3 kept while it has a binding or an open intent
	uid 1 (c) the UID of an entry or of one of its bindings
	unknown 17 never an op in U
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
