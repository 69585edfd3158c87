#!/bin/sh
# roundtrip: what is exported or copied and read again has the same hash
#
# The items are the corpus's where that is beside the checkout, else the
# examples'.  Files are put into sets in which no UID comes twice; each set
# is exported (-o vcf or ics, and json) and read again, and is copied by
# expush into a folder and into files.  Compared are UID and hash.
#
# A calendar's item without UID gets one where it is written: those count by
# hash alone, equal ones once.
. tests/lib.sh

tab=$(printf '\t')
if [ -n "$MATERIAL" ]; then
	from=$MATERIAL/corpus
	find "$from/ical" "$from/vcard" -name '*.ics' -o -name '*.vcf'
else
	find "$TOP/tests/examples" -iname '*.ics' -o -iname '*.vcf'
fi | sort | awk '{ printf "f%04d=file:%s\n", NR, $0 }' >stores

# Each item of stdin: folder, UID, hash, kind; bad ones stay behind.
fields()
{
	sed -n 's/^{"rec":"item","folder":"\([^"]*\)",'\
'"id":"\([^"\\]\|\\.\)*"\(,"rev":"[^"]*"\)\?'\
'\(,"uid":"\(\([^"\\]\|\\.\)*\)"\)\?,"hash":"\([0-9a-f]*\)",'\
'"kind":"\([a-z]*\)".*/\1\t-\5\t\7\t\8/p'
}

# UID and hash of the items of stdin
keys()
{
	fields | cut -f2,3 | sed 's/^-ex-[0-9a-f]\{32\}\t/-\t/' | sort -u
}

# A file that is cut has no end, and is in no set.
split -l 300 stores batch.
for b in batch.*; do
	# shellcheck disable=SC2046 # a word each
	exfetch -q $(cat "$b")
done >all 2>/dev/null
sed -n 's/^{"rec":"end","folder":"\([^"]*\)".*/\1/p' all | sort >whole
fields <all | sort -s -t "$tab" -k 1,1 | join -t "$tab" whole - >items
awk -F "$tab" '
	{ k = $2 == "-" ? $3 : $2
	  if ($4 == "contacts") card[$1] = 1; else cal[$1] = 1
	  if ($1 != f) { f = $1; order[++nf] = f }
	  key[f, ++n[f]] = k }
	END { for (i = 1; i <= nf; i++) {
		f = order[i]
		if (card[f] && cal[f]) continue
		for (b = 1; ; b++) {
			for (k = 1; k <= n[f]; k++)
				if ((b, key[f, k]) in seen) break
			if (k > n[f]) break
		}
		for (k = 1; k <= n[f]; k++) seen[b, key[f, k]] = 1
		print f "\t" (card[f] ? "vcf" : "ics") "." b
	} }' <items >set
sed 's/=/\t/' stores | join -t "$tab" - set >sorted
while IFS=$tab read -r f store name; do
	echo "$f=$store" >>"$name.in"
done <sorted

# compare SET: the items of got against the set's
compare()
{
	keys <got | diff "$1.keys" -
}

# again SET FORM: exported and read, against what there was
# shellcheck disable=SC2046,SC2317 # a word each; t calls it
again()
{
	ending=$2
	[ "$2" = json ] && ending=jsonl
	exfetch -q -o "$2" $(cat "$1.in") >"$1.$ending" 2>/dev/null
	[ $? -le 1 ] || return
	exfetch -q "x=file:$1.$ending" >got || return
	compare "$1"
}

# copies SET STORE: copied, against what there was; then once more, which
# makes nothing
# shellcheck disable=SC2317 # t calls it
copies()
{
	expush -qv "$2" "$1.stream" >results 2>said
	[ $? -le 1 ] || return
	exfetch -q "x=$2" >got || return
	compare "$1"
	find "${2#*:}" -type f -exec ls -l --full-time {} + >before
	expush -v "$2" "$1.stream" >results 2>said
	[ $? -le 1 ] || return
	sed -n '$s/ created.*//p' said
	find "${2#*:}" -type f -exec ls -l --full-time {} + | diff before -
}

sets=$(printf '%s\n' *.in)
for s in $sets; do
	s=${s%.in} form=${s%%.*}
	# shellcheck disable=SC2046
	exfetch -q $(cat "$s.in") >"$s.stream" 2>/dev/null
	keys <"$s.stream" >"$s.keys"
	t "$s: $(wc -l <"$s.keys") items as json" 0 again "$s" json
	t "$s: as $form" 0 again "$s" "$form"
done

# A set that is not the largest: each file is synced.
[ -f ics.4.in ] && some=ics.4 || some=ics.1
for s in $some vcf.1; do
	form=${s%%.*}
	for store in vdir:new file:new.$form file:new.jsonl; do
		rm -rf new new.*
		mkdir new
		echo 'expush: 0' >out
		t "$s: $(wc -l <"$s.keys") items copied to $store" 0 \
		    copies "$s" "$store"
	done
done
finish
