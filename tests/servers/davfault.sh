# davfault.sh: a ring of a vdir, Radicale and Xandikos at which things go wrong
# shellcheck shell=sh
#
# Sourced behind lib.sh; it starts the servers.
#
#	more NAME STATUS COMMAND	a test of EX_ALL only, as `make
#					check-servers` has it
#	fault_ring NAME [LINE]		a ring with items of all, as t's first;
#					LINE is for f2 in its ring file
#	busy				edits that are owed to both servers
#	fault SERVER STATUSES RULE ...	a run with these rules on its answers
#	right				the next runs put it right
#	faults ...			both
#	fault_rows			of stdin, see there
#
# A fault is survived if nothing is lost, nothing is deleted that nobody
# deleted, nothing is there twice, and the next run puts it right.

. "$TOP/tests/servers/davring.sh"
dav_start
EX_ALL=${EX_ALL-}

# more NAME STATUS COMMAND: a test of EX_ALL.
more()
{
	[ -z "$EX_ALL" ] || t "$@"
}

# Edits in f1 that are owed to both servers: a new item, a change of two, and
# a deletion.  $k counts them.
busy()
{
	dav_rules radicale
	dav_rules xandikos
	edits
}

edits()
{
	k=$(cat k)
	k=$((k + 1))
	echo $k >k
	look
	item f1 new$k new$k "New $k" "$p3:new $k"
	edit f1 kept "s/^$p3:.*\\r/$p3:edit $k\\r/"
	edit f1 also "s/^$p3:.*\\r/$p3:edit $k\\r/"
	remove f1 new$((k - 1))
}

# safe: what others have put there is there in all folders, old or new.
safe()
{
	for uid in kept also own1 own2 own3; do
		holders $uid
		[ "$holds" = "$folders" ] || broken "$uid is in$holds only"
	done
}

# right: one more run at most two, and all is as it should be.
right()
{
	dav_rules radicale
	dav_rules xandikos
	exring sync -q ring.conf >said 2>&1 || sync 0
	same 6
	everywhere kept "$p3:edit $k"
	everywhere also "$p3:edit $k"
	everywhere new$k "$name:New $k"
	nowhere new$((k - 1))
	for f in $folders; do
		[ "$(cat $f/*.??? | grep -c '^UID:')" -eq 6 ] ||
			broken "$f holds something twice"
	done
	quiet
}

# fault SERVER STATUSES RULE ...: a run with these on that server's answers
# ends with one of the statuses.
fault()
{
	server=$1 statuses=$2
	shift 2
	busy
	dav_rules "$server" "$@"
	dav_forget
	exring sync ring.conf >said 2>&1
	got=$?
	grep -v ' 401$' "$dav_dir/$server.log" >asked
	dav_rules "$server"
	case " $statuses " in
	*" $got "*)	;;
	*)	cat asked
		broken "it ended with $got, not $statuses" ;;
	esac
	look
	safe
	[ -n "$(file f1 new$k)" ] || broken "new$k is lost"
}

# faults SERVER STATUSES RULE ...: and the next run puts it right.
faults()
{
	fault "$@"
	right
}

set_up()
{
	echo 0 >k
	item f1 new0 new0 'New 0'
	item f1 kept kept 'Kept' "$p3:edit 0"
	item f1 also also 'Also kept' "$p3:edit 0"
	for f in 1 2 3; do
		item f$f own$f own$f "Made in f$f"
	done
	sync 0 -i
	same 6
	quiet
}

fault_ring()
{
	dav_ring "$t_dir/$1" 3 contacts
	[ $# -eq 1 ] || with f2 "$2"
	t "$1: a first run" 0 set_up
}

# Lines "WHAT|STATUSES|RULE;RULE ...", with EX_ALL each on all of $servers, else
# each on one of them, in turn.  What begins with a + is for EX_ALL only.
fault_rows()
{
	all=$servers i=0
	while IFS='|' read -r what statuses rules; do
		if [ -z "$EX_ALL" ]; then
			# shellcheck disable=SC2086 # names
			set -- $all
			shift $(((i += 1) % $#))
			servers=$1
		fi
		case $what in
		+*)	more='more' ;;
		*)	more=t ;;
		esac
		IFS=';'
		# shellcheck disable=SC2086 # a rule each
		set -- $rules
		unset IFS
		for s in $servers; do
			$more "$s: ${what#+}" 0 faults "$s" "$statuses" "$@"
		done
	done
}
