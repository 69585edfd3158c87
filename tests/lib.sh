# lib.sh: the harness of the shell tests, which speak TAP
# shellcheck shell=sh
#
# A test NAME.t is run from the top of the tree and begins with
# ". tests/lib.sh", which moves it to an empty directory of its own,
# build/t/NAME.  There is:
#
#	t 'name' STATUS command ...
#		runs the command and holds its status, its stdout and its
#		stderr, whole, against STATUS and the files `out` and `err`
#		(not there: nothing may come).  Both are used up by this.
#		The command's stdin is empty unless it is redirected.
#	skip 'name' 'reason'
#		counts as a test that was passed over.
#	skip_all 'reason'
#		ends here; before the first t only.
#	material
#		skips all unless $MATERIAL is there.
#	worst_status
#		sets $worst to the worst of a pipe of four programs, which left
#		theirs in st.1 to st.4.
#	finish
#		prints the plan; the last line of every test.
#
# $TOP is the top of the tree, $EX_BUILD where it was built (in PATH),
# $MATERIAL the corpora beside the checkout, or empty.

TOP=$PWD
EX_BUILD=${EX_BUILD:-$TOP/build}
PATH=$EX_BUILD:$TOP/scripts:$PATH
MATERIAL=${EX_MATERIAL-$TOP/../shared/material}
[ -d "$MATERIAL" ] || MATERIAL=
LC_ALL=C
TZ=UTC
t_name=${0##*/}
t_name=${t_name%.t}
t_dir=$EX_BUILD/t/$t_name
t_got=$EX_BUILD/t/.$t_name
t_count=0
t_failed=0

# What belongs to the user is out of reach.
HOME=$t_got.home
TMPDIR=$t_got.tmp
export TOP EX_BUILD PATH MATERIAL LC_ALL TZ HOME TMPDIR
unset EX_PASSWORD_COMMAND EX_STOP_AFTER XDG_CONFIG_HOME XDG_CACHE_HOME
umask 022

[ ! -d "$t_dir" ] || chmod -R u+rwX "$t_dir"
rm -rf "$t_dir" "$t_got".* &&
    mkdir -p "$t_dir" "$HOME" "$TMPDIR" &&
    cd "$t_dir" || exit 1
exec </dev/null

# t_diff WANT-FILE GOT-FILE LABEL: nothing if they are equal.
t_diff()
{
	[ -s "$1" ] || [ -s "$2" ] || return 0
	[ -f "$1" ] || set -- /dev/null "$2" "$3"
	cmp -s "$1" "$2" && return 0
	{
		echo "$3, - wanted, + got:"
		diff -a -u "$1" "$2" | sed -e 1,2d -e 80q
	} | sed 's/^/# /'
	return 1
}

# Its stderr takes what this shell itself says of a command that was killed.
t_run()
{
	("$@") >"$t_got.out" 2>"$t_got.err"
}

t()
{
	t_this=$1 t_want=$2
	shift 2
	t_count=$((t_count + 1))
	t_bad=
	t_run "$@" 2>/dev/null
	t_status=$?
	if [ "$t_status" -ne "$t_want" ]; then
		echo "# exit status: wanted $t_want, got $t_status" >&2
		t_bad=1
	fi
	t_diff out "$t_got.out" stdout >&2 || t_bad=1
	t_diff err "$t_got.err" stderr >&2 || t_bad=1
	[ ! -e out ] && [ ! -e err ] || rm -f out err
	if [ -z "$t_bad" ]; then
		echo "ok $t_count - $t_this"
	else
		echo "not ok $t_count - $t_this"
		t_failed=$((t_failed + 1))
	fi
}

skip()
{
	t_count=$((t_count + 1))
	echo "ok $t_count - $1 # SKIP $2"
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

material()
{
	[ -n "$MATERIAL" ] ||
		skip_all 'needs ../shared/material, which is not here'
}

worst_status()
{
	worst=0
	for t_st in st.1 st.2 st.3 st.4; do
		read -r t_st <$t_st
		[ "$t_st" -le "$worst" ] || worst=$t_st
	done
}

finish()
{
	echo "1..$t_count"
	[ "$t_failed" -eq 0 ]
	exit
}
