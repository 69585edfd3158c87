#!/bin/sh
# Every case of a ring and every policy, with folders of events in a vdir, on
# Radicale and on Xandikos.
. tests/lib.sh
. "$TOP/tests/servers/davcases.sh"
dav_cases events
finish
