# davcases.sh: the table of cases and the policies, on live servers
# shellcheck shell=sh
#
# Sourced behind lib.sh by a test for each kind, so that they run side by
# side.
#
#	dav_cases KIND N ...	all of ringcases.sh and policycases.sh

. "$TOP/tests/ring.sh"
. "$TOP/tests/ringcases.sh"
. "$TOP/tests/policycases.sh"
. "$TOP/tests/servers/davring.sh"
dav_start

dav_cases()
{
	ring_kind "$1"
	shift
	cases '' "$@"
	policies '' "$@"
}
