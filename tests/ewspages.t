#!/bin/sh
# Folders that Exchange lists by FindItem, whose pages count by position in an
# order that nobody promises: what is deleted and edited between two pages may
# hide an item with all counts right.  What we know and no page has is asked
# for by its id, and only what is not there is deleted.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
ews_begin

set_up()
{
	for i in $(seq 6); do
		item v1 "Name $i" "$p1:text"
	done
	sync 0 -i
	count 6
	most=9
	quiet
}

# Three a page, the last one twice; those changed last come first.
usual()
{
	tell '{"do":"clear"}'
	tell '{"do":"set","find_limit":3,"find_newest":true}'
	# shellcheck disable=SC2086 # a rule
	[ -z "$sync_refused" ] || tell "$sync_refused"
}

# between JSON: before the second page is read.
between()
{
	tell "{\"do\":\"fault\",\"kind\":\"do\",\"op\":\"FindItem\",\"skip\":1,\"what\":{$1}}"
}

# The first one is deleted, and one of the last page edited: it is in front of
# the edge then, the edge where it was, and there are as many as are counted.
# $gone, $hidden: their titles.
order()
{
	usual
	tell "{\"do\":\"subjects\",\"folder\":\"$(ews_place e2)\"}"
	gone='Name 6' hidden='Name 1'
	between "\"do\":\"delete\",$(which e2 "$gone"),\"how\":\"HardDelete\""
	between "\"do\":\"edit\",$(which e2 "$hidden"),\"field\":\"$f1\",\"value\":\"hidden\""
	tell '{"do":"reset"}'
}

again()
{
	item v1 "$gone" "$p1:text"
	sync 0
	outlook e2 "$hidden" $f1 text
	sync 0
	for i in $(seq 6); do
		outlook e2 "Name $i" $f2 "$1"
	done
	sync 0
	count 6
}

hides()
{
	order
	sync 0
	[ "$(ews_count op:FindItem)" -eq 2 ] ||
		broken "$(ews_count op:FindItem) pages"
	all "$p1" "$hidden" hidden
	# What was on the first page was still there then.
	sync 0
	for i in 2 3 4 5; do
		all "$p1" "Name $i" text
	done
	for f in $folders; do
		lacks $f "$gone"
	done
	count 5
	again hides
}

# It is not to be had now: not deleted, and said.
unsure()
{
	order
	tell "{\"do\":\"fault\",\"kind\":\"item\",\"code\":\"$1\",\"op\":\"GetItem\",\"at\":[0,1],\"times\":0}"
	exring sync -q ring.conf >said 2>&1
	got=$?
	[ $got -eq 1 ] || broken "it ended with $got"
	grep -o "$2" said | sort -u
	usual
	[ -n "$(titled v1 "$hidden")" ] || broken "$hidden is gone"
	sync 0
	all "$p1" "$hidden" hidden
	count 5
	again "$1"
}

# What is known costs nothing, and what is gone one request.
costs()
{
	usual
	tell '{"do":"reset"}'
	sync 0
	ews_count op:GetItem
	for i in 2 3; do
		tell "{\"do\":\"delete\",$(which e2 "Name $i"),\"how\":\"HardDelete\"}"
	done
	tell '{"do":"reset"}'
	sync 0
	ews_count op:GetItem
	count 4
}

for where in public search; do
	case $where in
	public)	place=public/Office/Customers sync_refused= ;;
	search)	place=$box/contacts
		sync_refused='{"do":"fault","kind":"item","code":"ErrorInvalidOperation","at":[0],"op":"SyncFolderItems","times":0}' ;;
	esac
	usual
	ews_ring "$t_dir/$where" contacts v1 e2=$place v3
	t "$where: a first run" 0 set_up
	t "$where: the one that is hidden is asked for" 0 hides
	echo 'left it out' >out
	t "$where: it cannot be read now: not deleted" 0 \
	    unsure ErrorServerBusy 'left it out'
	echo ErrorItemCorrupt >out
	t "$where: nor ever" 0 unsure ErrorItemCorrupt ErrorItemCorrupt
	printf '0\n1\n' >out
	t "$where: only what is missing is asked for" 0 costs
done
t 'no mail was sent' 0 ews_silent
finish
