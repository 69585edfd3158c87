#!/bin/sh
# The pages: clean, true about how a program is called, and with examples
# that run.
#
# An example is a line ".Dl $ command" below EXAMPLES.  Those of a page are
# run in their order in a directory of their own, where there are the ring
# of team.conf with its snapshot and edits since its last run (also as
# ring.conf), the vdirs alice, bob, carol and contacts, a file of cards, and
# streams of all sorts.  An example may end with 0 or 1.
# shellcheck disable=SC2016 # text of examples
. tests/lib.sh

cd "$TOP" || exit
pages=$(ls tools/*.[157] scripts/*.[157])
cd "$t_dir" || exit

for page in $pages; do
	if command -v mandoc >/dev/null; then
		t "$page: mandoc has nothing to say" 0 \
		    mandoc -Tlint -Wwarning "$TOP/$page"
	else
		skip "$page: mandoc has nothing to say" 'no mandoc here'
	fi
done

# plain: text without line breaks, and one way to write alternatives.
plain()
{
	tr -s ' \n' ' ' | sed 's/ *| */|/g; s/^ //; s/ $//'
}

# synopsis PAGE: how it says that the program is called.
synopsis()
{
	mandoc -Tascii -O width=200 "$TOP/$1" | sed 's|.\x08||g' |
	    sed -n '/^SYNOPSIS/,/^DESCRIPTION/{/^[A-Z]/!p;}' | plain
}

# usage PROGRAM: how itself says it.
usage()
{
	"$1" -h 2>&1 | sed 's/^usage: //' | plain
}

for page in $pages; do
	case $page in
	*.1)	;;
	*)	continue ;;
	esac
	name=${page##*/}
	name=${name%.1}
	if command -v mandoc >/dev/null; then
		synopsis "$page" >out
		t "$page: SYNOPSIS is the usage" 0 usage "$name"
	else
		skip "$page: SYNOPSIS is the usage" 'no mandoc here'
	fi
done

# examples PAGE: their commands, one a line.
examples()
{
	awk '/^\.Sh/ { on = $2 == "EXAMPLES" } on && sub(/^\.Dl \$ /, "")' \
	    "$TOP/$1" | sed 's/\\&//g; s/\\e/\\/g; s/\\(aq/'"'"'/g; s/\\-/-/g'
}

# commands PAGE: those of its SYNOPSIS that no example shows.
commands()
{
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.Cm //p' "$TOP/$1" | awk '{
		n = split($0, part, " [|] ")
		for (i = 1; i <= n; i++) {
			split(part[i], word, " ")
			print word[1]
			if (part[i] != word[1])
				break
		}
	}' | while read -r command; do
		grep -q "\(exring\|snap\) $command\( \|\$\)" list ||
			echo "$command has no example"
	done
}

# card FOLDER UID NAME [line ...]
card()
{
	at=$1/$2.vcf
	printf '%s\r\n' BEGIN:VCARD VERSION:3.0 "UID:$2" "FN:$3" "N:$3;;;;" \
	    >"$at"
	shift 3
	[ $# -eq 0 ] || printf '%s\r\n' "$@" >>"$at"
	printf 'END:VCARD\r\n' >>"$at"
}

# ring FILE SNAPSHOT
ring()
{
	cat >"$1" <<-!
	[ring]
	kind = contacts
	snapshot = $2

	[folder alice]
	store = vdir:alice

	[folder bob]
	store = vdir:bob

	[folder carol]
	store = vdir:carol
	!
}

run()
{
	exfetch -r "$1.conf" -s "$1.snap" | exdiff ${2:+"$2"} -s "$1.snap" |
	    exmerge | expush -r "$1.conf" -s "$1.snap"
}

# The directory that every page gets a copy of, in its place: the path counts.
make_fixture()
{
	mkdir ring && cd ring || exit
	mkdir alice bob carol copy contacts
	card alice ann 'Ann Example' 'TEL:+1 555 0100'
	card alice eve 'Eve Example' 'TITLE:clerk'
	card alice fay 'Fay Example'
	card bob gus 'Gus Example'
	ring team.conf team.snap
	ring ring.conf ring.snap
	ring new.conf new.snap
	run team -i
	exfetch vdir:alice >yesterday.jsonl
	exfetch vdir:alice >old.jsonl
	cp alice/* contacts
	exfetch vdir:contacts >contacts.jsonl
	exfetch -o vcf vdir:contacts >backup.vcf
	cp backup.vcf cards.vcf
	run ring -i
	# Edits, and conflicts about eve and fay.
	card alice ann 'Ann Example' 'TEL:+1 555 0101'
	card alice eve 'Eve Example' 'TITLE:boss'
	at=$(grep -l UID:eve bob/*)
	sed 's/^TITLE.*\r/TITLE:chief\r/' "$at" >x && mv x "$at"
	card alice fay 'Fay Example' 'TITLE:baker'
	at=$(grep -l UID:fay bob/*)
	sed 's/^END/TITLE:miller\r\n&/' "$at" >x && mv x "$at"
	run ring
	exfetch vdir:alice >new.jsonl
	exfetch -r team.conf -s team.snap >items.jsonl
	exdiff -s team.snap items.jsonl >changes.jsonl
	exmerge changes.jsonl >plan.jsonl
	cp changes.jsonl changes
	cp plan.jsonl plan
	cd ..
	mv ring made
}
make_fixture >fixture.out 2>&1

fixture()
{
	rm -rf ring && cp -a made ring || exit
}

# example COMMAND: in the page's directory; what it says does not matter,
# but for how it ends.
example()
{
	cd ring || exit
	case $1 in
	*ring.snap.plan*)
		# As a run leaves it that was stopped.
		exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap |
		    exmerge >ring.snap.plan ;;
	esac
	# Every program of a pipe counts.
	bash -o pipefail -c "$1" >said 2>&1
	status=$?
	[ "$status" -le 1 ] && ! grep -q '^usage:' said && return
	echo "ended with $status:"
	head -n 5 said
}

for page in $pages; do
	fixture
	examples "$page" >list
	# Where a first run is shown there is no snapshot before.
	for name in team ring; do
		! grep -q " -i .*$name\." list || rm -f ring/$name.snap*
	done
	n=0
	while IFS= read -r line; do
		n=$((n + 1))
		t "$page: example $n: $line" 0 example "$line"
	done <list
	# A page without one is a program's that shows nothing.
	case $page in
	*.1)	t "$page: it has examples" 0 test "$n" -gt 0
		t "$page: of every command" 0 commands "$page" ;;
	esac
done

# Every member of every line that the programs write is in exrecord(5),
# below the line's name.
members()
{
	cd ring || exit
	ln -s nowhere alice/bad.vcf
	printf '[folder dora]\nstore = vdir:dora\nprivate = skip\n' >>team.conf
	mkdir dora
	card dora hid 'Hid Example' CLASS:PRIVATE
	card dora new 'New Example'
	for run in 1 2; do
		exfetch -r team.conf -s team.snap >"s.items$run"
		exdiff -s team.snap "s.items$run" >"s.changes$run"
		exmerge "s.changes$run" >"s.plan$run"
		expush -r team.conf -s team.snap "s.plan$run" \
		    >"s.results$run"
		rm -f bob/*gus*
	done 2>said
	jq -r '.rec as $r | keys_unsorted[] | "\($r) \(.)"' s.* |
	    sort -u >pairs
	[ "$(sed 's/ .*//' pairs | sort -u | wc -l)" -ge 11 ] ||
		echo "few sorts of lines: $(sed 's/ .*//' pairs | sort -u)"
	while read -r rec member; do
		[ "$member" != rec ] || continue
		awk -v rec="$rec" -v member="$member" '
		/^\.Bl/ { depth++ }
		/^\.El/ { depth-- }
		/^\.It Li/ && depth == 1 {
			on = $3 == rec
			next
		}
		on && $0 !~ /^\.(It|Li)/ { next }
		on {
			gsub(/,/, "")
			for (i = 2; i <= NF; i++)
				found += $i == member
		}
		END { exit !found }' "$TOP/tools/exrecord.5" ||
			echo "exrecord(5) has no $member in $rec"
	done <pairs
}
fixture
if command -v jq >/dev/null; then
	t 'exrecord(5) knows all members' 0 members
else
	skip 'exrecord(5) knows all members' 'no jq here'
fi
finish
