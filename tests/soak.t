#!/bin/sh
# soak: rings of faulty stores keep P1 to P7, over a few hundred histories.
# make soak SEEDS=n runs as many as one likes.
. tests/lib.sh

TMPDIR=/dev/shm
[ -d $TMPDIR ] || TMPDIR=/tmp
export TMPDIR

echo '0 of 200 histories failed' >out
t 'two hundred histories, two of them through the programs' 0 \
    "$EX_BUILD/soak" -p "$EX_BUILD" -n 200
finish
