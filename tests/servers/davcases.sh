# davcases.sh: the table of cases and the policies, on live servers
# shellcheck shell=sh
#
# Sourced behind lib.sh by a test for each kind, so that they run side by
# side.
#
#	dav_cases KIND		all of ringcases.sh and policycases.sh at three
#				folders; at five those that the table of
#				davring.t, which is for both, has not

. "$TOP/tests/ring.sh"
. "$TOP/tests/ringcases.sh"
. "$TOP/tests/policycases.sh"
. "$TOP/tests/servers/davring.sh"
dav_start

dav_cases()
{
	ring_kind "$1"
	cases '' 3
	policies '' 3
	each_case 'delete_wins:edit/delete, with delete-wins: gone
other_uids:create/create, other UIDs, equal, first run: bound
drops:folder cannot store a property: it stays elsewhere
read_only:read-only folder: owed, not reverted
write_only:write-only folder: repaired, own items left
newest:conflict = newest: the later one wins, the other is in the log' '' 5
}
