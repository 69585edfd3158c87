#!/bin/sh
# Signing in to Microsoft Graph: the secret of an application, its certificate,
# a device code, a token from a command; what is kept in the cache, what is
# renewed, and what a refusal says.
. tests/lib.sh
. "$TOP/tests/servers/graph.sh"
graph_begin

client=11111111-2222-3333-4444-555555555555
SECRET='s3cret~+/&=%' WRONG=wr0ng
export SECRET WRONG
cache=$HOME/.cache/exring

# ring [line ...]: of one folder, in ring.conf.
ring()
{
	{
		printf '[ring]\nkind = contacts\nsnapshot = x.snap\n'
		printf '[folder v]\nstore = vdir:v\n[folder g]\n'
		printf 'store = graph:%s\nlogin = %s\n' "$graph_url" \
		    "$graph_url"
		printf 'tenant = one.example.test\nclient-id = %s\n' "$client"
		printf '%s\n' "$@"
	} >ring.conf
}

tell()
{
	graph_tell "$1" >told && ! grep -q '^{"error"' told || cat told
}

# Its folder, and how often a token was asked for.
fetch()
{
	tell '{"do":"reset"}'
	exfetch -r ring.conf g >got || return
	grep -c '"rec":"end"' got
	graph_count tokens
}

# good NAME TOKENS
good()
{
	printf '1\n%s\n' "$2" >out
	t "$1" 0 fetch
}

alice='mailbox = alice@one.example.test'

ring "$alice" 'password-env = SECRET'
good 'a secret' 1
good 'the token is kept for the next run' 0
kept()
{
	find "$cache" -type f | wc -l
	find "$cache" -type f -perm 600 | wc -l
	grep -c 's3cret' "$cache"/*
}
printf '%s\n' 1 1 0 >out
t 'in a file that is ours alone, without the secret' 1 kept

tell '{"do":"expire_tokens"}'
good 'a kept token that has expired is renewed, once' 1
good 'and is kept' 0
mixed()
{
	chmod 644 "$cache"/*
	fetch
}
printf '1\n1\n' >out
t 'a file that others may read is none' 0 mixed
broken()
{
	for f in "$cache"/*; do
		echo '{"token' >"$f"
	done
	fetch
}
printf '1\n1\n' >out
t 'nor is one that is damaged' 0 broken

# One that is good for no more than a minute.
short()
{
	for f in "$cache"/*; do
		jq -c '.until = (now | floor) + 60' "$f" >cached &&
		    cat cached >"$f"
	done
	fetch
}
printf '1\n1\n' >out
t 'one that soon runs out is renewed before' 0 short

always()
{
	tell '{"do":"fault","kind":"status","status":401,"code":"InvalidAuthenticationToken","text":"No.","op":"GET *","times":0}'
	fetch 2>said
	got=$?
	sed 's/(request-id.*//; s/^exfetch: folder g: [^ ]* /.../' said |
	    grep -o '401 [A-Za-z]*' | sort -u
	[ "$(graph_count tokens)" -le 1 ] || echo 'it asked for tokens again'
	tell '{"do":"clear"}'
	return $got
}
echo '401 InvalidAuthenticationToken' >out
t '401 twice: no more than one new token' 2 always

rm -rf "$cache"
# said NUMBER WORDS ...: how it fails, and that no secret is in it.
said()
{
	exfetch -r ring.conf g >/dev/null 2>said
	got=$?
	shift
	for w do
		grep -q -- "$w" said || { echo "it does not say $w:"; cat said; }
	done
	[ "$(wc -l <said)" -eq 1 ] || cat said
	! grep -e "$SECRET" -e "$WRONG" -e eyJ said
	return $got
}

ring "$alice" 'password-env = WRONG'
t 'a wrong secret' 2 said 0 sign-in invalid_client AADSTS7000215 \
    'check the secret or the certificate'
[ ! -d "$cache" ] || find "$cache" -type f >out
t 'nothing of it is kept' 0 true
ring "$alice" 'password-env = SECRET'
sed -i 's/^tenant = .*/tenant = none.example.test/' ring.conf
t 'a tenant that is not there' 2 said 0 sign-in AADSTS90002 'check tenant'
ring "$alice" 'password-env = SECRET'
sed -i 's/^client-id = .*/client-id = nobody/' ring.conf
t 'an application that is not there' 2 said 0 sign-in AADSTS700016 \
    'check client-id'
ring 'mailbox = carol@two.example.test' 'password-env = SECRET'
t 'a mailbox of another tenant' 2 said 0 404 ErrorInvalidUser \
    'check mailbox and tenant'
ring 'password-env = SECRET'
t 'no mailbox, and no person' 2 said 0 mailbox
# What the test server wants of an app and of a person, the page names.
named()
{
	sed -n '/^\.Ss A folder on Microsoft Graph/,/^\.S[hs] [^A]/p' \
	    "$TOP/tools/exring.5" >page
	(cd "$TOP/tests/servers" && /usr/bin/python3 -B -c \
	    'import graphsign as s; print(*s.ROLES, *s.SCOPES)') |
	    tr ' ' '\n' | while read -r right; do
		tr -s ' ,' '\n' <page | sed 's/\.$//' | grep -qxF "$right" ||
			echo "$right"
	done
	grep -o 'Role Based Access Control for Applications' page
}
echo 'Role Based Access Control for Applications' >out
t 'the page names the permissions, and how they are narrowed' 0 named

ring "$alice" 'password-env = SECRET'
tell '{"do":"rights","rights":["Calendars.ReadWrite"]}'
t 'a permission that the application has not' 2 said 0 403 \
    ErrorAccessDenied request-id 'lacks a permission' 'exring(5)'
tell '{"do":"rights","rights":["Contacts.Read"]}'
rm -rf "$cache"
good 'a folder that is only read: the lesser one will do' 1
tell '{"do":"rights","rights":["Contacts.ReadWrite"]}'

# What a person may meet, told in one line, with what to do about it.

# meets STATUS CODE TEXT WORDS ...: to each request for contacts
meets()
{
	tell "{\"do\":\"fault\",\"kind\":\"status\",\"op\":\"* contacts*\",\"times\":0,\"status\":$1,\"code\":\"$2\",\"text\":\"$3\"}"
	shift 3
	said 0 "$@"
	got=$?
	tell '{"do":"clear"}'
	return $got
}
t 'a user without a mailbox' 2 meets 404 MailboxNotEnabledForRESTAPI \
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.' \
    '404 MailboxNotEnabledForRESTAPI' 'needs a licence, or is on premises'
t 'throttled for good' 3 meets 429 TooManyRequests '' \
    '429 TooManyRequests' 'run again later'
t 'a server that is down' 3 meets 503 ServiceUnavailable Down. \
    '503 ServiceUnavailable'
# As Microsoft's list of codes has it.
gone='AADSTS7000222: The provided client secret keys for app are expired. Visit the Azure portal to create new keys for your app.'
expired()
{
	tell "$(jq -n --arg text "$gone Trace ID: 0" '{do: "fault",
	    kind: "status", op: "POST token", status: 401,
	    body: {error: "invalid_client", error_description: $text} | tojson}')"
	rm -rf "$cache"
	said 0 "sign-in: invalid_client: $gone"
}
t 'a secret that has expired' 2 expired

# by STATUS BODY WORDS ...: so the token is answered
by()
{
	tell "$(jq -n --arg body "$2" --argjson status "$1" '{do: "fault",
	    kind: "status", op: "POST token", status: $status, times: 0,
	    body: $body}')"
	shift 2
	said 0 "$@"
	got=$?
	tell '{"do":"clear"}'
	return $got
}
t 'a sign-in that is not to be had now' 3 by 400 \
    '{"error":"temporarily_unavailable"}' sign-in \
    'temporarily_unavailable: run again later'
t 'a host that is no sign-in' 2 by 404 '<html>No such page</html>' sign-in 404
t 'a sign-in without a token' 2 by 200 '{"token_type":"Bearer"}' sign-in \
    'without a token'

# The token that is kept has run out, and there is no other: it is the sign-in
# that says why, not the 401, and nothing is asked twice.
# unrenewed STATUS BODY WORDS ...
unrenewed()
{
	rm -rf "$cache"
	fetch >told || cat told
	tell '{"do":"expire_tokens"}'
	by "$@"
	got=$?
	! grep 401 said
	echo "$(graph_count tokens) asked"
	return $got
}
echo '2 asked' >out
t 'a token is not renewed: the secret has expired' 2 unrenewed 401 \
    "$(jq -n --arg text "$gone Trace ID: 0" '{error: "invalid_client",
    error_description: $text}')" "sign-in: invalid_client: $gone" \
    'check the secret or the certificate'
echo '2 asked' >out
t 'or not now' 3 unrenewed 400 '{"error":"temporarily_unavailable"}' \
    'sign-in: temporarily_unavailable: run again later'
# Nor is anything written, or read as deleted.
unwritten()
{
	mkdir v
	printf 'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u%s\r\nFN:x\r\nEND:VCARD\r\n' \
	    1 >v/1.vcf
	exring sync -iq ring.conf || return
	printf 'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u%s\r\nFN:x\r\nEND:VCARD\r\n' \
	    2 >v/2.vcf
	exfetch -r ring.conf -s x.snap | exdiff -s x.snap | exmerge >plan
	tell '{"do":"expire_tokens"}'
	tell '{"do":"secret","secret":"other"}'
	expush -q -r ring.conf -s x.snap <plan 2>said >result
	echo "$? $(wc -l <said)"
	grep -c 'sign-in: invalid_client: .*check the secret' said
	tell '{"do":"secret","secret":"s3cret~+/&=%"}'
	exring sync -q ring.conf
	graph_tell '{"do":"count","folder":"alice@one.example.test/contacts"}'
	graph_tell '{"do":"delete","folder":"alice@one.example.test/contacts","subject":"x"}' >/dev/null
	graph_tell '{"do":"delete","folder":"alice@one.example.test/contacts","subject":"x"}' >/dev/null
	rm -rf v x.snap
}
printf '1 1\n1\n2\n' >out
t 'nor when something is to be written' 0 unwritten

# A link to another host would take the token there.
elsewhere()
{
	tell '{"do":"fault","kind":"status","status":200,"op":"GET *delta","body":"{\"value\":[],\"@odata.nextLink\":\"http://127.0.0.2:1/v1.0/x\"}"}'
	said "$@"
}
t 'a link to another host is not followed' 2 elsewhere 0 127.0.0.2

# A page that is none, or leads nowhere.
page()
{
	tell "$(jq -n --arg body "$1" '{do: "fault", kind: "status",
	    status: 200, op: "GET *delta", times: 0, body: $body}')"
	shift
	said 0 "$@"
	got=$?
	tell '{"do":"clear"}'
	return $got
}
t 'nor is one that is no URL' 2 \
    page '{"value":[],"@odata.nextLink":"delta?x"}' 'goes on at no URL'
t 'nor one that leads back to its page' 2 page \
    "{\"value\":[],\"@odata.nextLink\":\"$graph_url/v1.0/users/alice@one.example.test/contacts/delta?x\"}" \
    'the pages of a listing do not end'
t 'a page without a list' 2 page "{\"@odata.deltaLink\":\"$graph_url/x\"}" \
    'has no value'
t 'pages that end without a deltaLink' 3 page '{"value":[]}' \
    'end without a deltaLink'

# With a certificate.
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -days 2 \
    -keyout key.pem -out cert.pem 2>/dev/null
cat key.pem cert.pem >both.pem
chmod 600 both.pem key.pem
ring "$alice" 'certificate = both.pem'
rm -rf "$cache"
t 'a certificate that is not registered' 2 said 0 sign-in AADSTS700027
tell "$(jq -n --rawfile pem cert.pem '{do: "certificate", pem: $pem}')"
good 'a certificate' 1
good 'its token is kept' 0
tell '{"do":"expire_tokens"}'
good 'and renewed by it' 1
# Its path is from where the ring file is; that of an operand that exfetch -l
# gives leads there from anywhere, and from a ring file elsewhere.
elsewhere_ring()
{
	mkdir -p sub/v other/v
	cp -p both.pem sub/mine.pem
	ring "$alice" 'certificate = mine.pem'
	mv ring.conf sub
	rm -rf "$cache"
	exfetch -r sub/ring.conf g | grep -c '"rec":"end"'
	operand=$(exfetch -l -r sub/ring.conf g | sed -n '1s/.*	//p')
	rm -rf "$cache"
	(cd / && exfetch -k contacts "$operand") | grep -c '"rec":"end"'
	printf '[ring]\nkind = contacts\nsnapshot = x.snap\n' >other/ring.conf
	printf '[folder v]\nstore = vdir:v\n[folder g]\n' >>other/ring.conf
	printf 'store = %s\n' "$operand" >>other/ring.conf
	rm -rf "$cache"
	exfetch -r other/ring.conf g | grep -c '"rec":"end"'
}
printf '1\n1\n1\n' >out
t 'a path from where the ring file is, and an operand that leads there' 0 \
    elsewhere_ring
ring "$alice" 'certificate = both.pem'
openssl genrsa -out other.pem 2048 2>/dev/null
cat other.pem cert.pem >both.pem
rm -rf "$cache"
t 'a key that is not that of the certificate' 2 said 0 both.pem
ring "$alice" 'certificate = none.pem'
t 'a certificate that is not there' 2 said 0 none.pem

# A person signs in elsewhere.
ring 'auth = device'
rm -rf "$cache"
t 'a device code, and nobody is here' 2 said 0 'exfetch -l'
device()
{
	# Or the code of the last one is read.
	rm -f said
	op="graph:$graph_url?auth=device&login=$graph_url"
	op="$op&tenant=one.example.test&client-id=$client${2-}"
	exfetch -l ${3:+-k "$3"} "$op" >listed 2>said &
	asked=$!
	until grep -q 'enter the code' said || ! kill -0 "$asked"; do
		sleep 0.1
	done 2>/dev/null
	code=$(sed -n 's/.*enter the code \([A-F0-9]*\).*/\1/p' said)
	tell "{\"do\":\"consent\",\"who\":\"$1\",\"code\":\"$code\"}"
	wait $asked
	got=$?
	cut -f1 listed
	grep -o 'sign-in: .*authorization_declined.*' said
	return $got
}
# answers OP JSON: the next one
answers()
{
	tell "$(jq -n --arg op "$1" --arg body "$2" '{do: "fault",
	    kind: "status", status: 400, op: $op, body: $body}')"
}
echo 'sign-in: authorization_declined: AADSTS65004: User declined. Trace ID: 0 Correlation ID: 0: sign in again, and accept' >out
t 'it is declined' 2 device declined
late()
{
	answers 'POST token' '{"error":"expired_token"}'
	said=$(exfetch -l "graph:$graph_url?auth=device&login=$graph_url&tenant=one.example.test&client-id=$client" 2>&1)
	got=$?
	echo "$said" | grep -o 'sign-in: expired_token'
	return $got
}
echo 'sign-in: expired_token' >out
t 'nobody enters the code in time' 2 late
printf '%s\n' contacts contacts/Second contacts/Second/Third Calendar Second \
    Tasks Second >out
# Before, it is asked for twice, and told to ask less often.
waiting()
{
	answers 'POST token' '{"error":"authorization_pending"}'
	answers 'POST token' '{"error":"slow_down"}'
	device "$1"
}
t 'exfetch -l: the code is told, and somebody enters it' 0 \
    waiting alice@one.example.test
good 'from then on nobody needs to be there' 0
tell '{"do":"expire_tokens"}'
jq -r .refresh "$cache"/* >was
good 'nor when the token has expired: it is refreshed' 1
another()
{
	jq -r .refresh "$cache"/* | diff was - >differs
	grep -c '^>' differs
}
echo 1 >out
t 'the new refresh token is kept' 0 another
jq -c '.refresh = "another" | .until = 0' "$cache"/* >was && cat was >"$(echo "$cache"/*)"
t 'a refresh token that is refused: somebody has to be there' 2 \
    said 0 'sign-in: invalid_grant: AADSTS700082' 'exfetch -l'
t 'or the sign-in is not to be had now' 3 by 400 \
    '{"error":"temporarily_unavailable"}' 'run again later'

# Another's mailbox, as far as she shares it: by a sign-in for that.
rm -rf "$cache"
ring 'auth = device' 'mailbox = team@one.example.test'
shared()
{
	device alice@one.example.test "&mailbox=team@one.example.test" contacts
	fetch
	# Not for her own alone.
	ring 'auth = device'
	said 0 'exfetch -l'
}
printf '%s\n' contacts contacts/Second contacts/Second/Third 1 0 >out
t "a person, and another's mailbox: signs in for what is shared too" 2 shared
tell '{"do":"expire_tokens"}'
ring 'auth = device' 'mailbox = team@one.example.test'
good 'which is refreshed likewise' 1
ring 'auth = device' 'mailbox = team@one.example.test'
sed -i 's/^kind = .*/kind = tasks/' ring.conf
t 'but not her tasks' 2 said 0 '400 ErrorIncorrectRoutingHint' 'among their own'

# A token from a command.
ring "$alice" 'token-command = echo token-one'
good 'a token from a command' 0
ring 'mailbox = team@one.example.test' 'token-command = echo token-alice'
good "a person's, for what is shared with her" 0
ring 'mailbox = bob@one.example.test' 'token-command = echo token-alice'
t 'and for what is not' 2 said 0 403 ErrorAccessDenied
# A calendar that is shared with her is a member of a ring as her own is.
calendar()
{
	ring 'mailbox = team@one.example.test' 'token-command = echo token-alice'
	sed -i 's/^kind = .*/kind = events/; s/x.snap/s.snap/' ring.conf
	mkdir v
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:x BEGIN:VEVENT UID:u \
	    DTSTAMP:20260101T000000Z DTSTART:20260310T090000Z SUMMARY:ours \
	    DTEND:20260310T100000Z END:VEVENT END:VCALENDAR >v/u.ics
	exring sync -iq ring.conf || return
	tell '{"do":"edit","folder":"team@one.example.test/events","subject":"ours","field":"subject","value":"theirs"}'
	exring sync -q ring.conf || return
	grep -c SUMMARY:theirs v/u.ics
	rm v/u.ics
	exring sync -q ring.conf || return
	graph_tell '{"do":"count","folder":"team@one.example.test/events"}'
	rmdir v
}
printf '1\n0\n' >out
t 'a calendar that is shared with her: there, back, and gone' 0 calendar
ring "$alice" 'token-command = echo other'
t 'one that is no good' 2 said 0 401 InvalidAuthenticationToken
ring "$alice" 'token-command = echo . >>asked; echo other'
again()
{
	said 0 401
	got=$?
	wc -l <asked
	return $got
}
echo 2 >out
t 'the command is run once more, and no more' 2 again
ring "$alice" 'token-command = false'
t 'a command that fails' 3 said 0 token-command

t 'no mail was sent, nothing was asked that has no source' 0 graph_clean
finish
