#!/bin/sh
# A ring of a vdir and two folders on Exchange when the server is busy, its
# answers are lost or cut, its state expires, or a folder is gone: nothing is
# lost, nothing is deleted that nobody deleted, nothing is there twice, no mail
# is sent, and the next run puts it right.  For being killed see ewskill.t.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
# With sanitizers: what leaks here leaks in the short tests of this store too,
# and looking for it takes half of each program's time.
export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
. "$TOP/tests/servers/ewsring.sh"
ews_begin

# Edits that are owed to both folders: new, changed, deleted.  $k counts.
busy()
{
	k=$(($(cat k) + 1))
	echo $k >k
	tell '{"do":"clear"}'
	item v1 "New $k" "$p1:new $k"
	change v1 kept "s/^$p1:.*\\r/$p1:edit $k\\r/"
	change v1 also "s/^$p1:.*\\r/$p1:edit $k\\r/"
	take v1 "New $((k - 1))"
}

right()
{
	tell '{"do":"clear"}'
	exring sync -q ring.conf >said 2>&1 || sync 0
	count 4
	all "$p1" kept "edit $k"
	all "$p1" also "edit $k"
	all "$p1" "New $k" "new $k"
	nowhere "New $((k - 1))"
	quiet
}

# faults STATUSES JSON ...: a run that meets these, and the next one.
faults()
{
	statuses=$1
	shift
	busy
	for j do
		tell "{\"do\":\"fault\",$j}"
	done
	exring sync ring.conf >said 2>&1
	got=$?
	case " $statuses " in
	*" $got "*)	;;
	*)	broken "it ended with $got, not $statuses" ;;
	esac
	for f in $folders; do
		for i in kept also own; do
			[ "$(number $f)" -ge 3 ] || broken "$f lost something"
		done
	done
	right
}

set_up()
{
	echo 0 >k
	item v1 'New 0'
	item v1 kept "$p1:edit 0"
	item v1 also "$p1:edit 0"
	item v1 own "$p1:own"
	sync 0 -i
	count 4
	quiet
}
ews_ring "$t_dir/ring" contacts v1 e2="$box/contacts" e3="$box/contacts/Second"
t 'a first run' 0 set_up

while IFS='|' read -r what statuses rules; do
	IFS=';'
	# shellcheck disable=SC2086 # a rule each
	set -- $rules
	unset IFS
	t "$what" 0 faults "$statuses" "$@"
done <<'END'
ErrorServerBusy, which says how long|0|"kind":"fault","code":"ErrorServerBusy","values":{"BackOffMilliseconds":200},"times":3
... and as 200|0|"kind":"fault","code":"ErrorServerBusy","values":{"BackOffMilliseconds":200},"times":3,"status":200
ErrorServerBusy for items of a batch|0|"kind":"item","code":"ErrorServerBusy","at":[0],"op":"CreateItem";"kind":"item","code":"ErrorServerBusy","at":[0,1],"op":"UpdateItem"
the batch was stopped|0|"kind":"item","code":"ErrorBatchProcessingStopped","at":[1],"op":"UpdateItem"
too many connections|0|"kind":"fault","code":"ErrorExceededConnectionCount","times":2
503|0|"kind":"status","status":503
reading takes too long|0|"kind":"fault","code":"ErrorTimeoutExpired","op":"GetItem","times":2
creating takes too long|0 3|"kind":"fault","code":"ErrorTimeoutExpired","op":"CreateItem"
the mailbox is moved meanwhile|0 3|"kind":"fault","code":"ErrorMailboxMoveInProgress","times":2
the answer to a create is lost|0 3|"kind":"drop","op":"CreateItem"
the answers to all creates are lost|0 3|"kind":"drop","op":"CreateItem","times":0
the answer to a create is cut|0 3|"kind":"cut","op":"CreateItem"
the answer to an update is lost|0 3|"kind":"drop","op":"UpdateItem"
the answers to all updates are lost|0 3|"kind":"drop","op":"UpdateItem","times":0
the answer to a deletion is lost|0 3|"kind":"drop","op":"DeleteItem"
the answer that reads back is lost|0 3|"kind":"drop","op":"GetItem","skip":2,"times":2
requests do not arrive|0 3|"kind":"deaf","op":"CreateItem";"kind":"deaf","op":"UpdateItem"
a conflict, and nothing has changed: once more|0|"kind":"item","code":"ErrorIrresolvableConflict","at":[0],"op":"UpdateItem"
the sync state is not known|0|"kind":"item","code":"ErrorInvalidSyncStateData","at":[0],"op":"SyncFolderItems","times":2
END

expired()
{
	tell '{"do":"expire"}'
	most=4
	quiet
	most=
}
t 'every sync state expires: all is listed, nothing is written' 0 expired

# The pause that a fault names, and one of an item: nothing comes sooner.
patient()
{
	tell '{"do":"reset"}'
	for op in '"fault","op":"SyncFolderItems"' \
	    '"item","op":"GetItem","at":[0]'; do
		tell "{\"do\":\"fault\",\"kind\":$op,\"code\":\"ErrorServerBusy\",\"values\":{\"BackOffMilliseconds\":700}}"
	done
	exfetch -q -r ring.conf e2 | grep -c '"rec":"item"'
	ews_count op:SyncFolderItems
	ews_count code:ErrorServerBusy
	ews_count early
}
printf '%s\n' 4 2 1 0 >out
t 'a pause is kept' 0 patient

# Nothing may read as a deletion.
no_right()
{
	busy
	take v1 own
	tell "{\"do\":\"fault\",$1,\"times\":0}"
	exring sync ring.conf >said 2>&1
	got=$?
	[ $got -eq "$2" ] || broken "it ended with $got"
	grep -q "$3" said || broken "it does not say $3"
	tell '{"do":"clear"}'
	[ -n "$(titled v1 kept)" ] || broken 'kept is gone from v1'
	for f in e2 e3; do
		[ "$(number $f)" -eq 4 ] || broken "$f lost something"
	done
	item v1 own "$p1:own"
	right
}
t '403 is no empty folder' 0 no_right '"kind":"status","status":403' 2 \
    '403 Forbidden'
t 'a folder that may not be read is none' 0 no_right \
    '"kind":"item","code":"ErrorAccessDenied","at":[0],"op":"SyncFolderItems"' \
    2 ErrorAccessDenied
ns=http://schemas.microsoft.com/exchange/services/2006
t 'a folder whose rights say so is none' 0 no_right \
    "\"kind\":\"status\",\"status\":200,\"op\":\"GetFolder\",\"body\":\"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='$ns/messages' xmlns:t='$ns/types'><s:Body><m:GetFolderResponse><m:ResponseMessages><m:GetFolderResponseMessage ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:ContactsFolder><t:FolderId Id='A'/><t:FolderClass>IPF.Contact</t:FolderClass><t:DisplayName>Shared</t:DisplayName><t:EffectiveRights><t:CreateContents>false</t:CreateContents><t:Read>false</t:Read></t:EffectiveRights></t:ContactsFolder></m:Folders></m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse></s:Body></s:Envelope>\"" \
    2 'Shared: it may not be read: its owner has to share it'
t 'a page of the server that is no answer' 0 no_right \
    '"kind":"status","status":200,"body":"<html><body>Log in</body></html>"' 3 \
    'no answer of Exchange'
t 'a cut listing' 0 no_right '"kind":"cut","op":"SyncFolderItems"' 3 lost

# The folders ask for more patience than this server needs, and less.
silent()
{
	busy
	for patience in 30 1; do
		sed "/^store = ews/a silence = $patience" ring.conf >silent.conf
		times=2
		[ $patience -gt 1 ] || times=0
		tell '{"do":"fault","kind":"delay","seconds":3,"times":'$times'}'
		exring sync silent.conf >said 2>&1
		echo "$patience: $?"
		tell '{"do":"clear"}'
	done
	grep -q '1 s' said || broken 'it does not say how long it waited'
	right
}
printf '%s\n' '30: 0' '1: 3' >out
t 'silence = 1: what is silent for longer is left alone' 0 silent

# Between the fetch and the push a person edits the same item.
edited_between()
{
	busy
	exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap |
	    exmerge >plan || broken 'no plan'
	outlook e2 kept $f2 between
	outlook e3 also $f1 between
	expush -r ring.conf -s ring.snap <plan >said 2>&1
	got=$?
	[ $got -eq 3 ] || broken "expush ended with $got"
	tell "{\"do\":\"dump\",$(which e3 also)}"
	[ "$(jq -r .text.JobTitle told)" = between ] ||
		broken 'the edit was overwritten'
	tell "{\"do\":\"dump\",$(which e2 kept)}"
	[ "$(jq -r .text.Profession told)" = between ] ||
		broken 'the other edit was overwritten'
	sync 1
	all "$p1" kept "edit $k"
	all "$p2" kept between
	holds e3 also "$p1" between
	holds v1 also "$p1" "edit $k"
	outlook e3 also $f1 "edit $k"
	sync 0
	outlook e3 kept $f2 null
	sync 0
	quiet
}
t 'an edit between fetch and push is not overwritten' 0 edited_between

# Between reading it once more and the UpdateItem, which the server holds up.
edited_late()
{
	change v1 kept "s/^$p1:.*\\r/$p1:ours\\r/"
	tell '{"do":"fault","kind":"delay","seconds":4,"op":"UpdateItem","times":2}'
	exring sync -q ring.conf >said 2>&1 &
	sleep 2
	outlook e2 kept $f1 theirs
	wait $!
	tell '{"do":"clear"}'
	holds e2 kept "$p1" theirs
	exring sync -q ring.conf >said 2>&1
	holds e2 kept "$p1" theirs
	change v1 kept "s/^$p1:.*\\r/$p1:theirs\\r/"
	outlook e3 kept $f1 theirs
	sync 0
	all "$p1" kept theirs
	quiet
}
t 'nor is one between the last look and the write' 0 edited_late

# A copy that a person makes in Outlook bears our stamp, and is a new item.
copied()
{
	tell "{\"do\":\"dump\",$(which e2 own)}"
	jq -c --arg folder "$box/contacts" '.ext | to_entries[] |
	    select(.key | endswith("/exstamp")) |
	    ("<t:ExtendedFieldURI PropertySetId=\"\(.key | split("/")[0])\" " +
	    "PropertyName=\"exstamp\" PropertyType=\"String\"/>") as $uri |
	    {do: "add", $folder, xml: ("<t:Contact><t:ExtendedProperty>" +
	    $uri + "<t:Value>\(.value[1])</t:Value></t:ExtendedProperty>" +
	    "<t:DisplayName>own</t:DisplayName><t:JobTitle>own</t:JobTitle>" +
	    "</t:Contact>")}' told >command
	tell "$(cat command)"
	sync 0
	for f in $folders; do
		[ "$(number $f)" -eq 5 ] || broken "$f has no copy"
	done
	quiet
}
t 'a copy made by a person is a new item' 0 copied

# The answer to a create is lost, and before it is looked for by its mark a
# person has made a copy: which is which nobody knows, and none is made.
two_marked()
{
	item v1 twin
	tell '{"do":"fault","kind":"drop","op":"CreateItem"}'
	tell "{\"do\":\"fault\",\"kind\":\"status\",\"status\":200,\"op\":\"FindItem\",\"times\":0,\"body\":\"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='$ns/messages' xmlns:t='$ns/types'><s:Body><m:FindItemResponse><m:ResponseMessages><m:FindItemResponseMessage ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode><m:RootFolder IndexedPagingOffset='2' TotalItemsInView='2' IncludesLastItemInRange='true'><t:Items><t:Contact><t:ItemId Id='A' ChangeKey='B'/></t:Contact><t:Contact><t:ItemId Id='C' ChangeKey='D'/></t:Contact></t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse></s:Body></s:Envelope>\"}"
	tell '{"do":"reset"}'
	exring sync -q ring.conf >said 2>&1
	[ "$(ews_count op:CreateItem)" -eq 2 ] || broken 'more were made'
	curl -sS "$ews_top/control" | jq -r 'keys[]' | grep '^code:Error'
	tell '{"do":"clear"}'
	sync 0
	all "$title" twin twin
	quiet
	take v1 twin
	sync 0
}
t 'two of one mark: neither is taken, none is made' 0 two_marked

# The mailbox is moved: all ids are others.
moved()
{
	tell "{\"do\":\"renumber\",\"mailbox\":\"$box\"}"
	exring relink ring.conf e2 >said 2>&1 || broken 'relink e2'
	exring relink ring.conf e3 >>said 2>&1 || broken 'relink e3'
	most=4
	quiet
	most=
	change v1 kept "s/^$p1:.*\\r/$p1:moved\\r/"
	sync 0
	all "$p1" kept moved
	quiet
}
t 'the mailbox was moved: relink, and nothing is written' 0 moved

# Names of folders are as Exchange compares them.
capitals()
{
	sed 's/^folder = contacts.Second/folder = Contacts\/SECOND/' \
	    ring.conf >n.conf
	grep -c SECOND n.conf
	exfetch -q -r n.conf e3 | grep -c '"rec":"item"'
}
printf '%s\n' 1 5 >out
t 'the name of a folder, capitals or not' 0 capitals

# A name with what stands for something in a path is listed as folder = takes
# it, and is found by that.
named()
{
	for ews_name in 'R/D %2f %25 50%' R; do
		tell "{\"do\":\"folder\",\"folder\":\"$box/contacts/Second/x\",\"kind\":\"IPF.Contact\",\"name\":\"$ews_name\"}"
	done
	exfetch -l -r ring.conf e3 | cut -f 1 | grep '/R.' | tee listed
	sed "s|^folder = contacts.Second|folder = $(cat listed)|" ring.conf \
	    >n.conf
	exfetch -q -r n.conf e3 | grep -c '"rec":"end"'
}
printf '%s\n' 'Contacts/Second/R%2FD %252f %2525 50%' 1 >out
t 'a name with a slash: as it is listed, so it is found' 0 named

# A folder that is deleted is no empty folder.
unfolded()
{
	tell "{\"do\":\"unfolder\",\"folder\":\"$box/contacts/Second\"}"
	exring sync ring.conf >said 2>&1
	got=$?
	[ $got -eq 2 ] || broken "it ended with $got"
	grep -q 'there is no "Second"' said || broken 'it does not say so'
	[ "$(number v1)" -eq 5 ] || broken 'v1 lost something'
	[ "$(number e2)" -eq 5 ] || broken 'e2 lost something'
}
t 'a deleted folder is an error, and no deletions' 0 unfolded

journals()
{
	sed 's/^kind = .*/kind = journals/' ring.conf >j.conf
	exfetch -r j.conf e2 2>&1 | grep -o 'a ring of journals.*' | sort -u
	sed 's/^kind = .*/kind = tasks/' ring.conf >j.conf
	exfetch -r j.conf e2 2>&1
}
cat >out <<'END'
a ring of journals cannot have an ews: folder
exfetch: folder e2: Contacts is a folder of class IPF.Contact, not of tasks
END
t 'journals, and a folder of another class' 2 journals
t 'no mail was sent' 0 ews_silent
finish
