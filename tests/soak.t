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

# Histories that once showed a fault.
echo '0 of 1 histories failed' >out
t 'a version that lost is made again beside its own line' 0 \
    "$EX_BUILD/soak" -s 954 -n 1
echo '0 of 1 histories failed' >out
t 'what was created after the token, and deleted before the next run' 0 \
    "$EX_BUILD/soak" -s 232 -n 1
echo '0 of 1 histories failed' >out
t 'a value replaced where another had replaced it already' 0 \
    "$EX_BUILD/soak" -s 60863 -n 1
echo '0 of 1 histories failed' >out
t 'moved without a word, edited, and under a UID of its own' 0 \
    "$EX_BUILD/soak" -s 61366 -n 1
echo '0 of 1 histories failed' >out
t 'hidden, and its id is that of a new item' 0 \
    "$EX_BUILD/soak" -s 203072 -n 1
echo '0 of 1 histories failed' >out
t 'made by a run that was killed, and its name is that of another' 0 \
    "$EX_BUILD/soak" -s 203187 -n 1
finish
