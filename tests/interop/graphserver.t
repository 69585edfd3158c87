#!/bin/sh
# The test server of Microsoft Graph: by its own checks, against what Graph
# was recorded to answer, and recurrences against dateutil's.  No mail is
# sent, and every answer is by Microsoft's types.
. tests/lib.sh
. "$TOP/tests/servers/graph.sh"

missing=$(graph_missing)
[ -z "$missing" ] || skip_all "needs $(echo "$missing" | tr '\n' ' ')"

check()
{
	/usr/bin/python3 -I -W ignore "$TOP/tests/servers/graphcheck.py" "$@"
}

# All is fresh for each.  The check of the counter would send mails,
# and some ask for what the server does not know, to see that it says so.
one()
{
	: >"$graph_dir/graph.out"
	graph_tell '{"do":"fresh"}' >/dev/null
	check "$graph_url" "$MATERIAL" "$1" 2>&1 || return
	graph_clean >cleaned
	case $1 in
	early | limit | throttled)
			sed '/^early 2$/d' cleaned ;;
	mails)		grep -q '^mails ' cleaned || echo 'no mail is told of'
			sed '/^mails/d' cleaned ;;
	closed | schema | photo | transaction | series_changed | patterns | \
	task_extension | by_uid)
			grep -q '^unknown ' cleaned &&
			    grep -q 'the test server does not know' cleaned ||
				echo 'it does not say what it does not know'
			sed -e '/^unknown/d' \
			    -e '/the test server does not know/d' cleaned ;;
	*)		cat cleaned ;;
	esac
}

graph_start
for name in $(check | grep -v -e '^before$' -e '^after$'); do
	t "the server: $name" 0 one "$name"
done

kept()
{
	rm -f "$graph_dir/graph.state" "$graph_dir/graph.out"
	graph_again -s
	said=$(check "$graph_url" "$MATERIAL" before) || return
	graph_again -s
	# shellcheck disable=SC2086 # two words
	check "$graph_url" "$MATERIAL" after $said && graph_clean
}
t 'what it keeps outlives it' 0 kept

# The one client that is not ours and signs in so: Microsoft's library.
library()
{
	: >"$graph_dir/graph.out"
	graph_tell '{"do":"fresh"}' >/dev/null
	/usr/bin/python3 -I -W ignore "$TOP/tests/servers/graphmsal.py" \
	    "$graph_url" "$1" && graph_clean
}
if /usr/bin/python3 -I -W ignore -c 'import msal' 2>/dev/null; then
	graph_again
	echo '200 1' >out
	t 'msal: a secret' 0 library secret
	echo 'invalid_client [7000215]' >out
	t 'msal: a wrong one' 0 library wrong
	echo '200 1' >out
	t 'msal: a certificate' 0 library certificate
	printf 'again True\n200 2\n' >out
	t 'msal: a device code' 0 library device
else
	skip 'msal' 'needs python3-msal'
fi
finish
