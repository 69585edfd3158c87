#!/bin/sh
# soak: rings of faulty stores keep P1 to P7, over a few hundred histories.
# make soak SEEDS=n runs as many as one likes.
. tests/lib.sh

TMPDIR=/dev/shm
[ -d $TMPDIR ] || TMPDIR=/tmp
export TMPDIR

# Sanitized, one takes as long as five.
n=200
[ "${EX_BUILD##*/}" != san ] || n=40
echo "0 of $n histories failed" >out
t "$n histories, each hundredth through the programs" 0 \
    "$EX_BUILD/soak" -p "$EX_BUILD" -n $n

# fault WHAT SEED: a history that once showed a fault.
fault()
{
	echo '0 of 1 histories failed' >out
	t "$1" 0 "$EX_BUILD/soak" -s "$2" -n 1
}
fault 'a version that lost is made again beside its own line' 954
fault 'what was created after the token, and deleted before the next run' 232
fault 'a value replaced where another had replaced it already' 60863
fault 'moved without a word, edited, and under a UID of its own' 61366
fault 'hidden, and its id is that of a new item' 203072
fault 'made by a run that was killed, and its name is that of another' 203187
fault 'unreadable, and its id swapped with another' 202037
fault 'swapped first, and unreadable then' 400281
fault 'of a new instance the store has dropped a value, and a kill' 500945
fault 'a copy of what is then changed elsewhere' 402216
fault 'refused, after a try whose answer was lost' 402042
fault 'deleted before the scope changes, where there are tokens' 503102
fault 'two of one UID that differ, moved without a word' 506839
fault 'unreadable and renamed, and its folder is moved' 640423
fault 'deleted beside a new instance whose one value the store drops' 906569
fault 'three that replace one value, and only one has seen the last' 906267
fault 'two versions of one item, and each is deleted in another folder' 1200204
fault 'made by a run that was killed, renamed, and deleted elsewhere' 1200619
finish
