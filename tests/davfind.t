#!/bin/sh
# From a URL to the folder that is meant: a collection, a home, a principal,
# a host, and a host whose front sends us on; what `exfetch -l` says of each;
# rights; and the ring file's `folder`.
. tests/lib.sh
. "$TOP/tests/servers/davring.sh"
dav_start

for at in radicale:book:contacts radicale:second:contacts radicale:cal:events \
    xandikos:book:contacts xandikos:cal:events; do
	server=${at%%:*} what=${at#*:}
	dav_url $server ${what%:*} ${what#*:}
	dav_make ${what#*:} "Name of ${what%:*}" "$dav_url"
done
# A collection that Radicale lets us read only; its owner put it there.
mkdir -p "$dav_dir/radicale/collection-root/user/shown"
echo '{"tag": "VADDRESSBOOK", "D:displayname": "Shown"}' \
    >"$dav_dir/radicale/collection-root/user/shown/.Radicale.props"
card "$dav_dir/radicale/collection-root/user/shown/ada.vcf" ada 'Ada Example'
card ada.vcf ada 'Ada Example'
dav_put "$radicale/user/book/ada.vcf" ada.vcf
dav_put "$xandikos/user/contacts/book/ada.vcf" ada.vcf

tab=$(printf '\t')
books()
{
	cat <<-END
	Name of book${tab}contacts${tab}1${tab}read-write${tab}carddav:$radicale/user/book/
	Name of second${tab}contacts${tab}0${tab}read-write${tab}carddav:$radicale/user/second/
	Shown${tab}contacts${tab}1${tab}read-only${tab}carddav:$radicale/user/shown/
	END
}

# listed NAME STORE: what -l says, in order; what is wanted is in `out`.
listed()
{
	sort -o out out
	t "$1" 0 sh -c 'exfetch -l "$1" | sort' sh "$2"
}

books >out
listed 'Radicale, by its host' "carddav:$radicale"
books >out
listed 'by the principal, which is the home' "carddav:$radicale/user/"
books | grep /book/ >out
listed 'a collection is itself' "carddav:$radicale/user/book/"
echo "Name of cal${tab}events${tab}0${tab}read-write${tab}caldav:$radicale/user/cal/" >out
listed 'calendars, by the host' "caldav:$radicale/"
for at in '' / /user/ /user/contacts/ /user/contacts/book/; do
	echo "Name of book${tab}contacts${tab}1${tab}read-write${tab}carddav:$xandikos/user/contacts/book/" >out
	listed "Xandikos, by ${at:-its host}" "carddav:$xandikos$at"
done

# A front that has nothing at its root, and says where the rest is.
dav_rules xandikos '*@/.well-known/ * status 301 Location:/user/' \
    'PROPFIND@/ 1 status 404'
echo "Name of book${tab}contacts${tab}1${tab}read-write${tab}carddav:$xandikos/user/contacts/book/" >out
listed 'a host whose front redirects the well-known URL' "carddav:$xandikos"
dav_rules xandikos

# A principal's home sets are asked, also where nobody says who we are.
dav_rules xandikos 'PROPFIND * hide current-user-principal'
echo "Name of book${tab}contacts${tab}1${tab}read-write${tab}carddav:$xandikos/user/contacts/book/" >out
listed 'a principal, by its home set alone' "carddav:$xandikos/user/"
dav_rules xandikos

# One that sends us to another host gets no visit there.
dav_rules xandikos "*@/.well-known/ * status 301 Location:$radicale/user/" \
    'PROPFIND@/ * status 404'
dav_forget
elsewhere()
{
	exfetch -l "carddav:$xandikos" >items 2>said
	got=$?
	[ $got -eq 2 ] || broken "ended with $got"
	[ "$(wc -l <said)" -eq 1 ] || broken 'it is not one line'
	[ "$(dav_count radicale)" -eq 0 ] || broken 'it went there'
}
t 'to another host: refused, not visited' 0 elsewhere
dav_rules xandikos

# A store without a collection of its own is the only one of its kind.
only()
{
	exfetch "x=carddav:$xandikos" >items || broken "ended with $?"
	grep -q '"uid":"ada"' items || broken 'ada is not found'
	grep -q "\"identity\":\"$xandikos/user/contacts/book/\"" items ||
		broken 'its identity is not the collection'
}
t 'the only address book of a host is it' 0 only
several()
{
	exfetch "x=carddav:$radicale" >items 2>said
	got=$?
	[ $got -eq 2 ] || broken "ended with $got"
	grep -q '[Ss]econd' said || grep -q folder said ||
		broken "it does not say what to do: $(cat said)"
}
t 'of several one has to be named' 0 several

# ring NAME: with `folder = NAME`.
ring()
{
	mkdir -p "ring-$2" && cd "ring-$2" && mkdir here || exit
	cat - "$dav_auth" >ring.conf <<-END
	[ring]
	kind = contacts
	snapshot = ring.snap
	[folder here]
	store = vdir:here
	[folder there]
	store = carddav:$radicale
	folder = $1
	END
	folders=here
	sync "${3:-0}" -i
}
by_name()
{
	ring "$1" "$2"
	[ -n "$(file here ada)" ] || broken 'nothing came'
	card here/bea.vcf bea 'Bea Example'
	sync 0
	curl --fail "$radicale/user/book/" | grep -q 'FN:Bea' ||
		broken 'nothing went there'
	remove here bea
	sync 0
}
t 'folder: by its display name' 0 by_name 'Name of book' name
t 'folder: by the last part of its path' 0 by_name book path
nothing_such()
{
	ring 'no such book' none 2
	grep -q 'no such book' said || broken 'its name is not said'
}
t 'folder: one that is not there' 0 nothing_such

# Of a collection for reading only nothing is asked that it must refuse.
shown()
{
	ring Shown shown
	[ -n "$(file here ada)" ] || broken 'nothing came'
	dav_forget
	edit here ada 's/^FN:.*\r/FN:Ada Edited\r/'
	card here/new.vcf new 'New Example'
	exring sync ring.conf >said 2>&1
	got=$?
	[ $got -le 1 ] || broken "ended with $got"
	[ "$(dav_count radicale '^PUT\|^DELETE')" -eq 0 ] ||
		broken 'it was written to'
	[ -n "$(file here new)" ] || broken 'new is lost'
	grep -q 'FN:Ada Edited' here/ada* || broken 'the edit was reverted'
}
t 'a collection for reading only: followed, not written to' 0 shown

# A calendar of tasks only is no place for events, nor is an address book.
dav_url radicale todo tasks
dav_make tasks 'Name of todo' "$dav_url"
no_place()
{
	mkdir "no-$1" && cd "no-$1" && mkdir here || exit
	cat - "$dav_auth" >ring.conf <<-END
	[ring]
	kind = $1
	snapshot = ring.snap
	[folder here]
	store = vdir:here
	[folder there]
	store = caldav:$dav_url
	END
	dav_forget
	exring sync -i ring.conf >said 2>&1
	got=$?
	[ $got -eq 2 ] || broken "ended with $got"
	grep -q "folder there: .*/todo/: holds no $1\$" said ||
		broken 'it does not say why'
	[ "$(dav_count radicale '^PUT')" -eq 0 ] || broken 'it was written to'
}
for what in events journals; do
	t "a calendar of tasks takes no $what" 0 no_place $what
done

# Each program that talks to it says so, each time, however quiet it is.
insecure()
{
	cd ring-name || exit
	sed 's/^folder = .*/&\ninsecure = yes/' ring.conf >insecure.conf
	edit here ada 's/^FN:.*\r/FN:Ada Edited\r/'
	for programs in 'exfetch expush' exfetch; do
		exring sync -q insecure.conf >results 2>said ||
			broken "ended with $?"
		for i in $programs; do
			grep -q "^$i: folder there: insecure: " said ||
				broken "$i does not say it"
		done
	done
}
t 'insecure: said on every run' 0 insecure

# Passwords.
wrong()
{
	sed 's/echo secret/echo wrong/' ring-name/ring.conf \
	    >ring-name/wrong.conf
	cd ring-name || exit
	exring sync wrong.conf >said 2>&1
	got=$?
	[ $got -ge 2 ] || broken "ended with $got"
	! grep -q 'wrong\|secret' results said 2>/dev/null |
	    grep -v wrong.conf || broken 'the password is said'
}
t 'a wrong password: not done' 0 wrong
by_command()
{
	mv "$HOME/.netrc" "$HOME/away"
	EX_PASSWORD_COMMAND='echo secret' exfetch \
	    "x=carddav:$(echo "$xandikos" | sed 's|//|//user@|')" >items 2>said
	got=$?
	mv "$HOME/away" "$HOME/.netrc"
	[ $got -eq 0 ] || broken "ended with $got"
	! grep -q secret items said || broken 'the password is said'
}
t 'a password by EX_PASSWORD_COMMAND' 0 by_command
finish
