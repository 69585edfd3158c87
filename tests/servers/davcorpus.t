#!/bin/sh
# Every real item of the corpus, in rings of a vdir, Radicale and Xandikos.
#
# An item that a server took has the hash that it had, for as large a share
# as these servers' own libraries leave whole (formats.md, less half a
# point); what a server made of the others is no edit: the second run writes
# nothing.  Then a second client edits every item on one of the servers, and
# nothing but that edit arrives in the other two folders.
#
# A ring has 200 of them: what Xandikos takes for a PUT grows with what is in
# the collection already.
. tests/lib.sh
material
. "$TOP/tests/servers/davring.sh"
dav_start
exec 3>&1

/usr/bin/python3 -I "$TOP/tests/servers/split.py" items "$MATERIAL/corpus" >list

# all NAME: what the folders hold, in full.
all()
{
	exfetch -q f1=vdir:f1 >"f1.$1" 2>f1.said
	for f in f2 f3; do
		exfetch -q "$f=$scheme:$(sed 's|//|//user@|' $f/.url)" \
		    >"$f.$1" 2>"$f.said" || sed "s/^/# /" $f.said >&3
	done
}

# UID and hash of the items of a stream.
hashes_of()
{
	jq -r 'select(.rec == "item") | "\(.uid)\t\(.hash)"' "$1" | sort
}

# refusals: how many, by folder and reason.
refusals()
{
	sed -n 's/^expush: folder \(f.\): uid .*: \([245][0-9][0-9] .*\)/\1 \2/p
	    s/^expush: folder \(f.\): uid .*: line [0-9]*\(: .*\)/\1 \2/p' said |
	    sed 's/<.*>//' | sort | uniq -c | sed 's/^/#/' >&3
}

# Refusals are in order (1), and so is a server that fails (3).
first()
{
	sed "s|^|$t_dir/items/$1/|" "$t_dir/part" | xargs cp -t f1
	exring sync -i ring.conf >said 2>&1
	got=$?
	[ $got -eq 0 ] || [ $got -eq 1 ] || [ $got -eq 3 ] ||
		broken "it ended with $got"
	refusals
	all first
}

# Those that it took: the bindings that a folder has.
second()
{
	find f1 -type f -exec cksum {} + | sort >before
	dav_forget
	exring sync ring.conf >said 2>&1
	got=$?
	[ $got -eq 0 ] || [ $got -eq 1 ] || [ $got -eq 3 ] ||
		broken "it ended with $got"
	cat "$dav_dir"/*.log >requests
	! grep '^PUT .* [24]..$\|^DELETE' requests >wrong ||
		broken "it wrote: $(cat wrong)"
	find f1 -type f -exec cksum {} + | sort | cmp -s - before ||
		broken 'it wrote to the vdir'
}

# A line for each item that both have: SERVER LABEL same|differs UID.
compare()
{
	hashes_of f1.first >hashes
	jq -r 'select(.rec == "item") | "\(.uid)\t\(.id)"' f1.first | sort |
	    join -t "$(printf '\t')" - hashes >f1.items
	for f in f2:radicale f3:xandikos; do
		hashes_of ${f%:*}.first |
		    join -t "$(printf '\t')" f1.items - |
		    awk -F '\t' -v server=${f#*:} '
		NR == FNR { split($0, w, " "); label[w[2]] = w[3]; next }
		{ name = $2; sub(/\..*/, "", name)
		print server, label[name], $3 == $4 ? "same" : "differs", name }
		' "$t_dir/list" -
	done >>"$t_dir/compared"
}

# unread: what a server had made unreadable was refused, so it is no item of
# the ring there.  An edit of it arrives nowhere: it stays unreadable (kept),
# or the server makes it readable, and then it is another item with a UID
# that is taken (left).
unread()
{
	: >left
	: >kept
	for f in f2 f3; do
		jq -r 'select(.rec == "bad").id' $f.first >$f.bad
		jq -r 'select(.rec == "item" and (.data | tostring |
		    test("x-edit"))).id' $f.after | grep -xFf $f.bad >>left
		jq -r 'select(.rec == "bad" and .raw and (.raw | @base64d |
		    test("X-EDIT"))).id' $f.after | grep -xFf $f.bad >>kept
	done
}

edited()
{
	"$TOP/tests/servers/edit.py" "$(cat f2/.url)" 0 2 X-EDIT:1 >edits.2 ||
		broken 'no edits'
	"$TOP/tests/servers/edit.py" "$(cat f3/.url)" 1 2 X-EDIT:1 >edits.3 ||
		broken 'no edits'
	sed 's/^/# /' edits.? >&3
	exring sync -d updates ring.conf >said 2>&1
	got=$?
	[ $got -eq 0 ] || [ $got -eq 1 ] || [ $got -eq 3 ] ||
		broken "it ended with $got"
	refusals
	all after
	for f in f1 f2 f3; do
		exdiff -p $f.first $f.after >$f.changes
		grep -c '^ *+ x-edit' $f.changes >$f.arrived
		# What is there besides: the lines of no item but that one.
		! grep '^ *[-+] ' $f.changes | grep -v '^ *+ x-edit: 1$' \
		    >$f.more || broken "$f: $(cat $f.more)"
	done
	n=$(awk '/^edited/ { n += $2 } END { print n }' edits.?)
	unread
	[ "$(wc -l <left)" -eq "$(grep -c 'left for a person' said)" ] ||
		broken "left is not what was unreadable: $(cat left)"
	n=$((n - $(cat left kept | wc -l)))
	[ "$(grep -c '^~' f1.changes)" -eq "$n" ] ||
		broken "of $n edits $(grep -c '^~' f1.changes) came to f1"
}

# part_of KIND NAME: all that is to be seen of those in `part`.
part_of()
{
	dav_ring "$t_dir/$2" 3 $1 'max-update = 100000 100%'
	for f in f1 f2 f3; do
		[ $1 = contacts ] || with $f 'meetings = keep'
	done
	t "$2: a first run" 0 first $1
	compare
	t "$2: the second run is quiet" 0 second
	t "$2: edits arrive, and nothing else" 0 edited
	t "$2: and quiet" 0 second
}

for k in contacts events tasks journals; do
	ls "items/$k" | split -l 200 -d - "$k-"
	for names in "$t_dir/$k"-*; do
		mv "$names" "$t_dir/part"
		part_of $k "${names##*/}"
	done
	cd "$t_dir" || exit
done

# bar SERVER LABEL PER-MILLE
bar()
{
	awk -v server=$1 -v label=$2 -v bar=$3 '
	$1 == server && $2 == label { all++; same += $3 == "same" }
	END {
		printf "# %s, %s: %d of %d (%.1f %%)\n", server, label, same,
		    all, 100 * same / (all ? all : 1)
		exit !(all > 0 && same * 1000 >= bar * all)
	}' compared >&3
}
t 'Radicale, calendars: 94.9 % keep their hash' 0 bar radicale ical 949
t 'Radicale, cards: 91.5 %' 0 bar radicale vcard 915
t 'Xandikos, calendars: 94.7 %' 0 bar xandikos ical 947
t 'Xandikos, cards: 99.5 %' 0 bar xandikos vcard 995
for s in radicale xandikos; do
	bar $s vcard21 0
	sed -n "s/^$s \([^ ]*\) differs/# $s, \1: differs:/p" compared
done
finish
