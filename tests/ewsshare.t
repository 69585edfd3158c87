#!/bin/sh
# Folders on Exchange that are not the user's own: a shared mailbox, one that
# may only be read, public folders, impersonation.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
ews_begin

# Created, changed and deleted from both sides; $bin: where it is then.
there_and_back()
{
	item v1 one "$p1:first"
	item v1 two "$p1:first"
	sync 0 -i
	count 2
	outlook e2 one $f1 there
	change v1 two "s/^$p1:first/$p1:here/"
	sync 0
	all "$p1" one there
	all "$p1" two here
	take v1 one
	sync 0
	nowhere one
	count 1
	quiet
}

tell_count()
{
	curl -sS "$ews_top/control" |
	    jq -r --arg n "$1" '"\($n) \(.[$n] // 0)"'
}

ews_ring "$t_dir/team" contacts v1 e2=team@example.test/contacts
t 'a shared mailbox: there and back' 0 there_and_back
tell '{"do":"reset"}'
moved()
{
	item v1 three
	sync 0
	tell '{"do":"reset"}'
	take v1 three
	sync 0
	tell '{"do":"list","folder":"team@example.test/deleteditems"}' &&
	    jq -r '.items[].subject' told | sort | uniq
	tell_count op:MoveItem
	tell_count op:DeleteItem
	tell_count code:ErrorCannotDeleteObject
}
printf '%s\n' one three 'op:MoveItem 1' 'op:DeleteItem 0' \
    'code:ErrorCannotDeleteObject 0' >out
t '... what is deleted is moved to its Deleted Items' 0 moved

# Where the user's name does not say whose mailbox is the own.
by_name()
{
	sed 's/^user = .*/user = EXAMPLE\\alice/' ring.conf >edited &&
	    cat edited >ring.conf
	item v1 four
	sync 0
	take v1 four
	tell '{"do":"reset"}'
	sync 0
	count 1
	tell_count op:MoveItem
	tell_count code:ErrorCannotDeleteObject
}
printf '%s\n' 'op:MoveItem 1' 'code:ErrorCannotDeleteObject 1' >out
t '... and where DeleteItem may not, by MoveItem' 0 by_name

# bob may read what is in team, and nothing else.
readable()
{
	sed 's/^user = .*/user = bob@example.test/' ring.conf >bob.conf
	exfetch -l -r bob.conf e2 | cut -f 1-4 | sort
	rm -rf ring.snap* v2 && mkdir v2
	sed -i 's/vdir:v1/vdir:v2/' bob.conf
	exring sync -q -i bob.conf 2>&1
	echo "$? $(number v2)"
	item v2 five
	exring sync -q bob.conf 2>&1
	echo $?
}
cat >out <<'END'
Calendar	events	0	read-only
Contacts	contacts	1	read-only
Tasks	tasks	0	read-only
0 1
expush: folder e2: read-only
1
END
t 'a mailbox that may only be read' 0 readable

routed()
{
	tell_count misrouted
	tell_count unrouted
}
for of in Customers Suppliers; do
	ews_ring "$t_dir/$of" contacts v1 "e2=public/Office/$of"
	sed -i '/^folder = /i mailbox = alice@example.test' ring.conf
	tell '{"do":"reset"}'
	# Two for the way, two for the levels.
	most=7
	t "public folder $of: there and back" 0 there_and_back
	most=
	printf '%s\n' 'misrouted 0' 'unrouted 0' >out
	t '... every request reached its mailbox' 0 routed
done

# as_listed NAME: the folder by what stands behind it in the listing, which may
# be an id.
as_listed()
{
	exfetch -l -r ring.conf e2 >listed
	awk -F '\t' -v n="$1" '$1 == n { print $5 }' listed |
	    sed 's/.*folder=//; s/%3D/=/g; s/%2B/+/g' >operand
	same_as "$(cat operand)"
	sed 's/^AA.*/id/' operand
}

# same_as FOLDER: that is the ring's e2.
same_as()
{
	sed "s|^folder = .*|folder = $1|" ring.conf >other.conf
	for conf in ring other; do
		exfetch -q -r $conf.conf e2 >begin
		jq -r 'select(.rec == "begin").identity' begin >$conf.is
	done
	[ -s ring.is ] && cmp ring.is other.is
}

by_id()
{
	same_as "publicfoldersroot/$(cat ring.is)"
}

ews_ring "$t_dir/id" contacts v1 e2=alice@example.test/contacts/Second
echo id >out
t 'a folder by its id' 0 as_listed Contacts/Second
for of in Suppliers Customers; do
	ews_ring "$t_dir/$of-id" contacts v1 "e2=public/Office/$of"
	sed -i '/^folder = /i mailbox = alice@example.test' ring.conf
	echo "publicfoldersroot/Office/$of" >out
	t "public folder $of, as it is listed" 0 as_listed "Office/$of"
done
t '... by its id' 0 by_id

impersonated()
{
	sed -i 's/^user = .*/user = service@example.test/; /^folder = /i \
mailbox = alice@example.test\
impersonate = yes' ring.conf
	there_and_back
	tell_count no-anchor
}
ews_ring "$t_dir/impersonate" contacts v1 e2=alice@example.test/contacts
tell '{"do":"reset"}'
echo 'no-anchor 0' >out
t 'impersonation: there and back' 0 impersonated
not_allowed()
{
	sed -i 's/^user = .*/user = bob@example.test/' ring.conf
	exfetch -r ring.conf e2
}
echo 'exfetch: folder e2: ErrorImpersonateUserDenied: The account does not'\
    'have permission to impersonate the requested user.' >err
t 'impersonation: who may not' 2 not_allowed
echo 'exfetch: folder e2: impersonate: whom? give mailbox' >err
whom()
{
	sed -i '/^mailbox/d' ring.conf
	exfetch -r ring.conf e2
}
t 'impersonation: whom?' 2 whom
t 'no mail was sent' 0 ews_silent
finish
