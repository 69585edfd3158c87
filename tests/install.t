#!/bin/sh
# install: what make install brings, and that it works from there
. tests/lib.sh

san=
case $EX_BUILD in
*/san)	san=SAN=1 ;;
esac
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# installed VARIABLE=... ...: quietly.
installed()
{
	make -s -C "$TOP" $san "$@" install >said 2>&1 || cat said
}

t 'make install, below a DESTDIR' 0 installed DESTDIR="$PWD/root" prefix=/usr
cat >out <<'.'
root/usr/bin/exdiff 755
root/usr/bin/exfetch 755
root/usr/bin/exfilter 755
root/usr/bin/exmerge 755
root/usr/bin/expush 755
root/usr/bin/exring 755
root/usr/bin/exsnap 755
root/usr/lib/systemd/user/exring@.service 644
root/usr/lib/systemd/user/exring@.timer 644
root/usr/share/man/man1/exdiff.1 644
root/usr/share/man/man1/exfetch.1 644
root/usr/share/man/man1/exfilter.1 644
root/usr/share/man/man1/exmerge.1 644
root/usr/share/man/man1/expush.1 644
root/usr/share/man/man1/exring.1 644
root/usr/share/man/man1/exsnap.1 644
root/usr/share/man/man5/exrecord.5 644
root/usr/share/man/man5/exring.5 644
root/usr/share/man/man7/exquirks.7 644
root/usr/share/man/man7/exring.7 644
.
t 'what there is' 0 sh -c \
    'find root -type f -exec stat -c "%n %a" {} + | LC_ALL=C sort'
t 'the unit runs what was installed' 0 grep -qx \
    'ExecStart=/usr/bin/exring sync -q %E/exring/%i.conf' \
    root/usr/lib/systemd/user/exring@.service
# As cron runs it: by its path, with nothing of ours in PATH.
mkdir f1 f2
printf '%s\r\n' BEGIN:VCARD VERSION:3.0 UID:u FN:Ann 'N:Ann;;;;' END:VCARD \
    >f1/u.vcf
printf '[ring]\nkind = contacts\nsnapshot = r.snap\n' >ring.conf
printf '[folder %s]\nstore = vdir:%s\n' f1 f1 f2 f2 >>ring.conf
t 'by its path alone' 0 env -i /bin/sh -c \
    'PATH=/usr/bin:/bin; export PATH; root/usr/bin/exring sync -qi ring.conf'
t 'does its work' 0 sh -c 'cat f2/*.vcf | grep -q ^FN:Ann'

if command -v systemd-analyze >said; then
	t 'installed where systemd finds it' 0 installed prefix="$PWD/usr"
	verify()
	{
		XDG_RUNTIME_DIR=$TMPDIR systemd-analyze --user --man=no verify \
		    usr/lib/systemd/user/exring@.timer \
		    usr/lib/systemd/user/exring@.service 2>&1
	}
	t 'systemd finds nothing wrong with the units' 0 verify
else
	skip 'the units' 'there is no systemd-analyze'
fi
finish
