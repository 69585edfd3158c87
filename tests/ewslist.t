#!/bin/sh
# What is in a folder on Exchange, where it is more than one page, where
# SyncFolderItems is not to be had, and where it changes meanwhile: all of it
# is listed, and what is missing never reads as deleted.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
ews_begin
many=1100

# pages OPERATION N: so many requests of it since the counters were reset.
pages()
{
	[ "$(ews_count "op:$1")" -eq "$2" ] ||
		broken "$(ews_count "op:$1") requests of $1, not $2"
}

fill()
{
	seq $many | while read -r i; do
		item v1 "Name $i"
	done
	sync 0 -i
	count $many
	tell '{"do":"expire"}'
	tell '{"do":"reset"}'
	quiet
}

ews_ring "$t_dir/many" contacts v1 e2=$box/contacts
most=9
t "$many contacts" 0 fill
listed()
{
	exfetch -r ring.conf e2 2>&1 | tail -n 1 |
	    sed 's/.*"count":\([0-9]*\).*/\1/'
	pages SyncFolderItems "$1"
	pages FindItem "$2"
}
tell '{"do":"reset"}'
echo $many >out
t '512 a page' 0 listed 3 0

# Four at a time, which is what the server takes.
four()
{
	tell '{"do":"set","connections":4}'
	tell '{"do":"reset"}'
	exfetch -r ring.conf e2 2>&1 | tail -n 1 |
	    sed 's/.*"count":\([0-9]*\).*/\1/'
	ews_count busiest
	ews_count code:ErrorExceededConnectionCount
	tell '{"do":"set","connections":0}'
}
printf '%s\n' $many 4 0 >out
t 'four requests at a time' 0 four

# ... till the server says that these are too many.
crowd()
{
	tell '{"do":"fault","kind":"fault","code":"ErrorExceededConnectionCount","op":"SyncFolderItems"}'
	tell '{"do":"reset"}'
	exfetch -r ring.conf e2 2>&1 | tail -n 1 |
	    sed 's/.*"count":\([0-9]*\).*/\1/'
	ews_count busiest
}
printf '%s\n' $many 1 >out
t 'too many connections: one at a time' 0 crowd

slow()
{
	tell '{"do":"fault","kind":"item","code":"ErrorTimeoutExpired","at":[0],"op":"SyncFolderItems","times":2}'
	tell '{"do":"reset"}'
	listed "$@"
}
echo $many >out
# 512, 256, and then 128 a page.
t 'a page takes too long: smaller ones' 0 slow 11 0

# Reading takes too long once: smaller batches from then on, but for the four
# that may be on their way.
smaller()
{
	tell '{"do":"clear"}'
	tell '{"do":"fault","kind":"fault","code":"ErrorTimeoutExpired","op":"GetItem"}'
	tell '{"do":"reset"}'
	exfetch -r ring.conf e2 2>&1 | tail -n 1 |
	    sed 's/.*"count":\([0-9]*\).*/\1/'
	[ "$(ews_count op:GetItem)" -ge 36 ] ||
		broken "$(ews_count op:GetItem) requests of GetItem"
}
echo $many >out
t 'a batch takes too long: smaller ones' 0 smaller

# A search folder is none for SyncFolderItems ("Sync items by using EWS").
without()
{
	tell '{"do":"clear"}'
	tell '{"do":"fault","kind":"item","code":"ErrorInvalidOperation","at":[0],"op":"SyncFolderItems","times":0}'
	tell '{"do":"reset"}'
	listed "$@"
}
echo $many >out
t 'no SyncFolderItems: FindItem, 500 a page' 0 without 1 3
partly()
{
	tell '{"do":"set","find_limit":90}'
	tell '{"do":"reset"}'
	listed 1 13
	tell '{"do":"set","find_limit":1000}'
}
echo $many >out
t 'FindItem gives less than it was asked for' 0 partly

# There is no state to go by, so all is listed each time.
by_find()
{
	tell '{"do":"fault","kind":"item","code":"ErrorInvalidOperation","at":[0],"op":"SyncFolderItems","times":0}'
	outlook e2 'Name 7' $f1 there
	take e2 'Name 8'
	item v1 'Name 0'
	sync 0
	count $many
	holds v1 'Name 7' "$p1" there
	lacks v1 'Name 8'
	quiet
	ews_tell '{"do":"clear"}' >/dev/null
	quiet
}
t '... a ring with it' 0 by_find

# changed TIMES [MORE]: while a page that is not the first is waited for, an
# item of the first is deleted, and another made.
changed()
{
	tell '{"do":"clear"}'
	tell '{"do":"fault","kind":"item","code":"ErrorInvalidOperation","at":[0],"op":"SyncFolderItems","times":0}'
	tell "{\"do\":\"fault\",\"kind\":\"delay\",\"seconds\":2,\"op\":\"FindItem\",\"skip\":1,\"times\":$1}"
	tell '{"do":"reset"}'
	exfetch -r ring.conf e2 >got 2>said &
	i=0
	while kill -0 $! 2>/dev/null && [ $i -lt 60 ]; do
		sleep 1
		[ "$1" -eq 1 ] && [ $i -gt 0 ] || {
			take e2 "Name $((next += 1))"
			[ $# -eq 1 ] || tell "{\"do\":\"add\",\"folder\":\"$(ews_place e2)\",\"xml\":\"<t:Contact><t:DisplayName>More $next</t:DisplayName></t:Contact>\"}"
		}
		i=$((i + 1))
	done
	wait $!
	status=$?
	tell '{"do":"clear"}'
	return $status
}

# whole DELETED: the listing has what is there.
whole()
{
	[ "$(ews_count op:FindItem)" -gt 3 ] || broken 'it was not begun again'
	tell "{\"do\":\"list\",\"folder\":\"$(ews_place e2)\"}"
	jq -r '.items[].id' told | sort >there
	jq -r 'select(.rec == "item") | .id' got | sort >listed
	diff there listed >lacking || broken "$(cat lacking)"
}
once()
{
	next=200
	changed 1 || broken "it ended with $status"
	whole
}
t 'an item is deleted between two pages: begun again' 0 once
both()
{
	next=210
	changed 1 more || broken "it ended with $status"
	whole
}
t '... and another is made, so that there are as many' 0 both
always()
{
	next=300
	changed 0
	got=$?
	cat said
	[ $got -eq 3 ] || broken "it ended with $got"
	! grep -q '"rec":"end"' got || broken 'there is an end'
}
echo 'exfetch: folder e2: the folder changes while it is listed' >out
t '... at every time: no listing' 0 always

# Where the folder is gone or may not be read, FindItem is no way out.
for code in ErrorSyncFolderNotFound ErrorFolderNotFound ErrorAccessDenied; do
	refused()
	{
		tell '{"do":"clear"}'
		tell "{\"do\":\"fault\",\"kind\":\"item\",\"code\":\"$code\",\"at\":[0],\"op\":\"SyncFolderItems\",\"times\":0}"
		tell '{"do":"reset"}'
		exring sync ring.conf >said 2>&1
		got=$?
		[ $got -eq 2 ] || broken "it ended with $got"
		grep -q $code said || broken 'it does not say so'
		pages FindItem 0
		[ "$(number v1)" -gt 1000 ] || broken 'v1 lost something'
		tell '{"do":"clear"}'
	}
	t "$code: no deletions" 0 refused
done

# A public folder is listed by FindItem, whatever SyncFolderItems would say.
public()
{
	seq 510 | while read -r i; do
		item v1 "Name $i"
	done
	sync 0 -i
	tell '{"do":"reset"}'
	sync 0
	pages SyncFolderItems 0
	pages FindItem 2
	tell "{\"do\":\"delete\",$(which e2 'Name 7'),\"how\":\"SoftDelete\"}"
	outlook e2 'Name 8' $f1 there
	sync 0
	count 509
	holds v1 'Name 8' "$p1" there
	most=9
	quiet
}
ews_ring "$t_dir/public" contacts v1 e2=public/Office/Customers
t 'a public folder of two pages' 0 public

# One item is given, and said to be the last of five.
counted()
{
	ns=http://schemas.microsoft.com/exchange/services/2006
	tell "{\"do\":\"fault\",\"kind\":\"status\",\"status\":200,\"op\":\"FindItem\",\"times\":0,\"body\":\"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='$ns/messages' xmlns:t='$ns/types'><s:Body><m:FindItemResponse><m:ResponseMessages><m:FindItemResponseMessage ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode><m:RootFolder IndexedPagingOffset='1' TotalItemsInView='5' IncludesLastItemInRange='true'><t:Items><t:Contact><t:ItemId Id='A' ChangeKey='B'/></t:Contact></t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse></s:Body></s:Envelope>\"}"
	exfetch -r ring.conf e2 >listed 2>said
	got=$?
	cat said
	! grep -q '"rec":"end"' listed || broken 'there is an end'
	tell '{"do":"clear"}'
	return $got
}
echo 'exfetch: folder e2: the folder changes while it is listed' >out
t 'fewer items than the server counts: no listing' 3 counted
t 'no mail was sent' 0 ews_silent
finish
