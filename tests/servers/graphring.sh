# graphring.sh: rings of vdirs and folders on Microsoft Graph
# shellcheck shell=sh disable=SC2034 # used by the tests
#
# Sourced behind lib.sh; it brings ewsring.sh, which see, and so folders on
# Exchange and on Radicale beside those on Graph: gN=PLACE, where PLACE is
# alice@one.example.test/contacts/Second, of the tenant that its address
# names.  graph_begin starts the server, ews_start that of Exchange, and
# ews_radicale Radicale.  What a person does in Outlook is done by /control.
#
#	graph_ring DIR KIND FOLDER[=PLACE] ... [-- line for the ring file ...]
#	outlook FOLDER TITLE PROPERTY VALUE	on gN: by $title, $p1, $p2, $set
#		or a name of Graph's; VALUE in words, or JSON
#	value FOLDER WORD	a value of $p2 as that side has it
#	quiet [STATUS]		another run writes nothing, and asks Graph once a
#		folder, or $most times, and once more for one that has a name

. "$TOP/tests/servers/ewsring.sh"
. "$TOP/tests/servers/graph.sh"

graph_client=11111111-2222-3333-4444-555555555555
graph_secret='s3cret~+/&=%'

# Tasks on Graph have no CLASS.
graph_kind()
{
	case $kind in
	contacts)	gtitle=displayName g1=jobTitle g2=profession ;;
	events)		gtitle=subject g1=location g2=body ;;
	tasks)		gtitle=title g1=body g2=status
			p2=STATUS f2=task:Status ;;
	esac
}

graph_ring()
{
	ews_ring "$@"
	graph_kind
	printf '%s' "$graph_secret" >secret && chmod 600 secret
}

# Its lines for the ring file; called by ews_ring.
graph_folder()
{
	echo "$1 $2" >>graph.places
	graph_box=${2%%/*} graph_path=${2#*/*/}
	printf 'store = graph:%s\nlogin = %s\n' "$graph_url" "$graph_url"
	printf 'tenant = %s\nclient-id = %s\n' "${graph_box#*@}" "$graph_client"
	printf 'password-file = secret\nmailbox = %s\n' "$graph_box"
	[ "$graph_path" = "$2" ] || printf 'folder = %s\n' "$graph_path"
}

graph_place()
{
	ews_of "$1" graph.places
}

gtell()
{
	graph_tell "$1" >told || broken "$1: $(cat told)"
}

gwhich()
{
	printf '"folder":"%s","subject":"%s"' "$(graph_place "$1")" "$2"
}

# The property of Graph that belongs to one of an item.
graph_field()
{
	case $1 in
	"$title")	echo "$gtitle" ;;
	"$p1")		echo "$g1" ;;
	"$p2")		echo "$g2" ;;
	"$set")		echo categories ;;
	*)		echo "$1" ;;
	esac
}

graph_outlook()
{
	graph_f=$(graph_field "$3")
	case $graph_f:$4 in
	*:null | *:'{'* | *:'['*)	graph_v=$4 ;;
	location:*)	graph_v="{\"displayName\":\"$4\"}" ;;
	body:*)		graph_v="{\"contentType\":\"text\",\"content\":\"$4\"}" ;;
	categories:*)	graph_v="[\"$4\"]" ;;
	*)		graph_v="\"$4\"" ;;
	esac
	gtell "{\"do\":\"edit\",$(gwhich "$1" "$2"),\"field\":\"$graph_f\",\"value\":$graph_v}"
}

graph_take()
{
	gtell "{\"do\":\"delete\",$(gwhich "$1" "$2")}"
}

graph_holds()
{
	gtell "{\"do\":\"value\",$(gwhich "$1" "$2"),\"field\":\"$(graph_field "$3")\"}"
	graph_is=$(cat told)
	[ "$graph_is" = "$4" ] || broken "$2 has $3:$graph_is in $1, not $4"
}

graph_lacks()
{
	gtell "{\"do\":\"subjects\",\"folder\":\"$(graph_place "$1")\"}"
	! grep -qx "$2" told ||
		broken "$2 is in $1"
}

graph_number()
{
	gtell "{\"do\":\"count\",\"folder\":\"$(graph_place "$1")\"}"
	cat told
}

graph_state()
{
	gtell "{\"do\":\"marks\",\"folder\":\"$(graph_place "$1")\"}"
	sed "s/^/$1 /" told
}

# What $p2 is called where: value FOLDER WORD
value()
{
	case $kind:$1 in
	tasks:g*)	echo inProgress ;;
	tasks:e*)	echo InProgress ;;
	tasks:*)	echo IN-PROCESS ;;
	*)		echo "$2" ;;
	esac
}

# A set, in any order: sorted, with spaces between.
set_of()
{
	case $1 in
	g*)	gtell "{\"do\":\"dump\",$(gwhich "$1" "$2")}"
		jq -r '.props.categories | sort | join(" ")' told ;;
	e*)	tell "{\"do\":\"dump\",$(which "$1" "$2")}"
		jq -r '.xml.Categories' told | grep -o '>[^<>]\+<' |
		    tr -d '<>' | sort | paste -sd ' ' - ;;
	*)	tr -d '\r' <"$(titled "$1" "$2")" |
		    sed -n "s/^$set://p" | tr , '\n' | sort |
		    paste -sd ' ' - ;;
	esac
}

quiet()
{
	state >before
	gtell '{"do":"reset"}'
	sync "${1:-0}"
	state | diff before - >moved ||
		broken "the next run changed something: $(cat moved)"
	[ "$(graph_count mutable)" -eq 0 ] ||
		broken 'it asked for ids that another folder changes'
	graph_n=$(graph_count requests)
	# One more where a folder is known by its name.
	[ "$graph_n" -le $((${most:-1} * $(wc -l <graph.places) +
	    $(grep -c '/.*/\|tasks' graph.places))) ] ||
		broken "it asked too often: $(tail -n "$graph_n" \
		    "$graph_dir/graph.log")"
}
