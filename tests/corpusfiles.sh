# corpusfiles.sh: the files of the corpus, each a store of its own
# shellcheck shell=sh
#
# Sourced behind lib.sh, when the material is there.
#
#	$corpus			where it is
#	corpus_stores		makes `names`, lines "f0001 TAB FILE"; batch.*,
#				"f0001=file:PATH", 300 lines each; what has
#				neither ending is copied to in/, with that by
#				which it can be read
#	copied			copies, of stdin's lines "FROM TAB TO"
#
# One program for all files of a kind: there are two thousand.

corpus=$MATERIAL/corpus

copied()
{
	perl -MFile::Copy -F'\t' -lane \
	    'copy($F[0], $F[1]) or die "$F[1]: $!\n"'
}

corpus_stores()
{
	mkdir in
	(cd "$corpus" && find ical vcard -type f | sort) >files
	(cd "$corpus" && xargs -d '\n' grep -ail '^begin:vcard') <files >cards
	awk -v corpus="$corpus" '
	FILENAME == "cards" { card[$0]; next }
	{ n = sprintf("f%04d", FNR); print n "\t" $0 >"names" }
	/\.(ics|vcf)$/ { print n "=file:" corpus "/" $0 >"stores"; next }
	{
		to = "in/" n ($0 in card ? ".vcf" : ".ics")
		print n "=file:" to >"stores"
		print corpus "/" $0 "\t" to
	}' cards files | copied
	split -l 300 stores batch.
}
