#!/bin/bash
# The commands of weir that ask a Redis: what they show, what they refuse, and that no answer,
# however strange, crashes them. Uses a redis-server of its own on a Unix socket.
#
# Usage: cli_redis_test.sh WEIR
set -u
weir=$1
for tool in redis-server redis-cli python3; do
	command -v "$tool" >/dev/null || { echo "SKIP: no $tool: nothing was tested"; exit 77; }
done
tmp=$(mktemp -d)
sock=$tmp/redis.sock
server=
follower=

clean_up() {
	[ -z "$follower" ] || kill "$follower" 2>/dev/null
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$tmp"
}
trap clean_up EXIT

fail() { echo "FAIL: $*"; [ ! -s "$tmp/out" ] || head -40 "$tmp/out"; [ ! -s "$tmp/err" ] || head "$tmp/err"; exit 1; }
wait_for() { # TENTHS WHAT COMMAND...
	local n=$1 what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ "$n" -gt 0 ] || fail "$what"
		sleep 0.1
	done
}
redis() { redis-cli -s "$sock" "$@" >/dev/null || fail "redis-cli $*"; }
start_server() {
	redis-server --port 0 --unixsocket "$sock" --save "" --dir "$tmp" >/dev/null &
	server=$!
	wait_for 100 "redis-server does not start" redis-cli -s "$sock" ping
}
run() { # CODE ARGUMENTS...: run weir, expect its exit code
	local want=$1 got
	shift
	timeout 20 "$weir" "$@" --redis "unix:$sock" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ "$got" -eq "$want" ] || fail "weir $*: exit $got, not $want"
	if [ "$want" -ne 0 ] && [ "$(wc -l <"$tmp/err")" -lt 1 ]; then fail "weir $*: no reason given"; fi
}
shows() { grep -qF -- "$1" "$tmp/out" || fail "\"$1\" is not shown"; }
says() { grep -qF -- "$1" "$tmp/err" || fail "\"$1\" is not said"; }
lines() { [ "$(wc -l <"$tmp/out")" -eq "$1" ] || fail "not $1 lines"; }

event() { # ID KIND SEVERITY STATE MS
	printf '{"type":"alarm","version":1,"id":"%s","sensor":"edge","revision":1,"state":"%s","kind":"%s","title":"A flood","severity":"%s","time":"2026-03-0%s","time_ns":%s000000,"target":"10.0.0.5","port":80,"words":"many","metric":"syn_per_s","value":41200.0,"threshold":1000.0,"baseline":null,"evidence":[{"name":"in_syn","unit":"packets/s","value":41200.0,"baseline":12.5,"weight":1.0}],"mitigation":"Turn on SYN cookies."}' \
		"$1" "$4" "$2" "$3" "$(date -u -d "@$(($5 / 1000))" +%dT%H:%M:%S.000Z | cut -c2-)" "$5"
}
add() { # ID KIND SEVERITY STATE MS
	local json
	json=$(event "$@")
	redis XADD "weir:{edge}:events" "$5-0" event "$json"
	redis HSET "weir:{edge}:alarm:$1" event "$json"
	redis ZADD "weir:{edge}:timeline" "$5" "$1"
}

# --- no Redis, wrong words
run 1 events
says "is it running there?"
timeout 5 "$weir" events --redis "nonsense:port" >"$tmp/out" 2>"$tmp/err"
[ $? -eq 2 ] || fail "a wrong port is not a usage error"
start_server
run 4 events
says "no sensor has reported"
redis ZADD weir:sensors "$(date +%s)" edge
run 2 events --kind no_such_flood
says "syn_flood"
run 2 events --severity huge
says "low, medium, high or critical"
run 2 events --since yesterdayish
run 2 events --limit 0
run 2 events extra
run 2 show
run 2 show nothex
run 2 top
run 2 top things
run 4 events --sensor other
says "there is edge"
for command in events show status top reload; do
	"$weir" "$command" --help >"$tmp/out" || fail "$command --help"
	shows "Example"
	shows "Exit status"
	shows "--redis"
done

# --- events
run 0 events
lines 0
start=1772366400000 # 2026-03-01T12:00:00Z
add 00000000000000aa syn_flood high open $start
add 00000000000000ab udp_flood low open $((start + 1000))
add 00000000000000aa syn_flood high close $((start + 2000))
add 00000000000000ba icmp_flood critical open $((start + 86400000))
run 0 events
lines 6
shows "-- 2026-03-01 (UTC)"
shows "-- 2026-03-02 (UTC)"
shows "12:00:00.000 00000000 OPEN   high     A flood"
run 0 events --json
lines 4
python3 -c 'import json,sys
ids=[json.loads(l)["id"] for l in open(sys.argv[1])]
assert ids==["00000000000000aa","00000000000000ab","00000000000000aa","00000000000000ba"], ids' "$tmp/out" || fail "order"
run 0 events --json --limit 2
lines 2
head -1 "$tmp/out" | grep -q '"state":"close"' || fail "the newest two are wanted"
run 0 events --json --kind syn_flood,icmp_flood
lines 3
run 0 events --json --severity high --since 2026-03-02
lines 1
run 0 events --json --since 2026-03-01T12:00:02Z
lines 2
run 0 events --json --since 2026-03-01 --limit 3
lines 3
run 0 events --since 10s
# more than a page, both ways
python3 - "$tmp/mass" <<'P'
import sys
with open(sys.argv[1], "w") as f:
    for i in range(1000):
        j = '{"type":"alarm","id":"%016x","kind":"udp_flood","severity":"low","time_ns":%d}' % (i, (1772539200000 + i) * 10**6)
        a = ["XADD", "weir:{edge}:events", "%d-0" % (1772539200000 + i), "event", j]
        f.write("*%d\r\n" % len(a) + "".join("$%d\r\n%s\r\n" % (len(x), x) for x in a))
P
redis-cli -s "$sock" --pipe <"$tmp/mass" >/dev/null || fail "pipe"
run 0 events --json --since 2026-03-01
lines 1004
run 0 events --json
lines 100
run 0 events --json --limit 900
lines 900
run 0 events --json --kind syn_flood
lines 2
"$weir" events --since 2026-03-01 --redis "unix:$sock" >/dev/full 2>"$tmp/err"
[ $? -eq 1 ] || fail "a full disk is not said"

# --- show
run 0 show 00000000000000ab
shows "10.0.0.5:80"
shows "in_syn"
shows "Turn on SYN cookies."
run 0 show 00000000000000b --json
lines 1
run 2 show 00000000000000a
says "2 alarms begin with"
run 4 show ffff
run 4 show 0123456789abcdef

# --- status, top, reload
run 1 status
says "no statistics"
redis XADD "weir:{edge}:stats" 1-0 stats '{"type":"stats","time_ns":1000000000,"uptime_s":1.0,"total":{"rx_packets":100,"rx_bytes":1000}}'
redis XADD "weir:{edge}:stats" 2-0 stats '{"type":"stats","time_ns":2000000000,"uptime_s":90.0,"flows_used":5,"flows_capacity":10,"accounting":{"seen":2100,"analysed":2000,"malformed":60,"port_missed":40,"port_no_mbuf":0,"port_errors":0},"applications":{"none":{"flows":10},"http":{"flows":60},"dns":{"flows":130},"\u001b[2J":{"flows":-1}},"control":{"redis_up":1,"spool_lost":3},"ports":[{"name":"veth0","port_packets":2060}],"total":{"rx_packets":2060,"rx_bytes":101000,"scores_dropped":7,"malformed_by":{"short_tcp":60}},"workers":[{"worker":0,"rx_packets":2060}]}'
run 0 status
shows "1 min 30 s"
shows "2,100 seen = 2,000 analysed + 60 malformed + 40 port_missed"
shows "adds up"
shows "1.96 kpackets/s"
shows "50.0 % full"
shows "speaks      dns 65.0 %, http 30.0 %, not named 5.0 % of the flows"
shows "scores_dropped"
shows "spool_lost"
shows "short_tcp"
run 0 status --json
python3 -c 'import json,sys; assert json.load(open(sys.argv[1]))["heartbeat_age_s"] < 60' "$tmp/out" || fail "heartbeat"
redis XADD "weir:{edge}:stats" 3-0 stats '{"type":"stats","accounting":{"seen":5,"analysed":3,"malformed":1,"port_missed":0,"port_no_mbuf":0,"port_errors":0}}'
redis ZADD weir:sensors 1000 edge
run 0 status
shows "DOES NOT ADD UP, 1 packets"
shows "STOPPED REPORTING"
run 0 top hosts
shows "no hosts"
redis ZADD "weir:{edge}:hosts" 5 10.0.0.1 9 2001:db8::1
redis HSET "weir:{edge}:hosts:info" 10.0.0.1 '{"address":"10.0.0.1","in_bytes_per_s":5.0,"score":null}' 2001:db8::1 '{"address":"2001:db8::1","in_bytes_per_s":2500000.0}'
run 0 top hosts
lines 3
sed -n 2p "$tmp/out" | grep -q "2001:db8::1.*2.5 MB/s" || fail "the busiest is not first"
redis ZADD "weir:{edge}:flows" 5 f
redis HSET "weir:{edge}:flows:info" f '{"protocol":"tcp","source":"10.0.0.1","source_port":1234,"target":"2001:db8::1","target_port":443,"bytes_per_s":5.0,"packets_per_s":1.0}'
run 0 top flows
shows "[2001:db8::1]:443"
run 0 top flows --json
lines 1
answer() { # OK TEXT: a sensor that answers the next command
	local id
	for _ in $(seq 50); do
		id=$(redis-cli -s "$sock" XREVRANGE "weir:{edge}:commands" + - COUNT 1 | head -1)
		[ -z "$id" ] || [ "$id" = "$seen" ] || break
		sleep 0.1
	done
	redis-cli -s "$sock" XADD "weir:{edge}:replies" '*' id 1-1 ok 1 text "of another" >/dev/null
	redis-cli -s "$sock" XADD "weir:{edge}:replies" '*' id "$id" ok "$1" text "$2" >/dev/null
}
seen=
answer 1 "taken over" & pid=$!
run 0 reload
wait $pid
shows "taken over"
seen=$(redis-cli -s "$sock" XREVRANGE "weir:{edge}:commands" + - COUNT 1 | head -1)
answer 0 "weir.json:3: no such key" & pid=$!
run 1 reload
wait $pid
says "weir.json:3: no such key"

# --- follow: new events appear, Redis may go and come, Ctrl-C ends it with 0
"$weir" events --follow --json --redis "unix:$sock" >"$tmp/follow" 2>"$tmp/follow.err" &
follower=$!
wait_for 50 "follow shows no past" grep -q 00000000000003e7 "$tmp/follow"
add 00000000000000ff syn_flood high open 1900000000000
wait_for 50 "follow shows no new event" grep -q 00000000000000ff "$tmp/follow"
kill -9 $server; wait $server 2>/dev/null
wait_for 50 "follow does not say that Redis is gone" test -s "$tmp/follow.err"
start_server
redis ZADD weir:sensors "$(date +%s)" edge
add 00000000000000fe syn_flood high open 1900000000001
wait_for 80 "follow does not come back" grep -q 00000000000000fe "$tmp/follow"
[ "$(grep -c 00000000000000ff "$tmp/follow")" -eq 1 ] || fail "shown twice"
kill -INT $follower
wait $follower || fail "Ctrl-C does not end follow with 0"
follower=

# --- a Redis that holds nonsense
redis FLUSHALL
redis ZADD weir:sensors 1 edge
for key in events stats timeline hosts hosts:info flows flows:info replies commands; do redis SET "weir:{edge}:$key" nonsense; done
redis SET "weir:{edge}:alarm:00000000000000aa" nonsense
run 1 events
says "WRONGTYPE"
run 1 events --since 1h
run 1 show 00000000000000aa
run 1 show aa
run 1 status
run 1 top hosts
run 1 top flows
run 1 reload
redis FLUSHALL
redis SET weir:sensors nonsense
run 1 events
redis DEL weir:sensors
redis ZADD weir:sensors 1 edge
nasty=$(printf '{"title":"\\u001b[2J\\u009b","time":[],"severity":{},"words":"\\u202e","port":1e999}')
for json in "" "nonsense" "[]" "null" '{}' '{"a":1,"a":2}' '{"kind":7,"severity":null,"time_ns":"x"}' "$nasty" '{"title":"\u001b[2J\u009b31m","words":"\u202ex\r\n","port":-1,"target":"\u0007"}' "$(python3 -c 'print("["*5000)')"; do
	redis XADD "weir:{edge}:events" '*' event "$json"
	redis XADD "weir:{edge}:stats" '*' stats "$json"
	redis HSET "weir:{edge}:alarm:00000000000000aa" event "$json"
	redis ZADD "weir:{edge}:hosts" 1 h
	redis HSET "weir:{edge}:hosts:info" h "$json"
	redis ZADD "weir:{edge}:flows" 1 f
	redis HSET "weir:{edge}:flows:info" f "$json"
	for command in events "events --json" "events --since 1h" "show 00000000000000aa" status "status --json" "top hosts" "top flows"; do
		# shellcheck disable=SC2086
		timeout 20 "$weir" $command --redis "unix:$sock" >"$tmp/out" 2>"$tmp/err"
		code=$?
		[ $code -le 1 ] || fail "weir $command with $json: exit $code"
		! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$tmp/out" "$tmp/err" || fail "weir $command with $json: control characters"
	done
done
redis XADD "weir:{edge}:events" '*' other field
run 0 events
says "left out"
run 1 reload # nobody answers
says "no answer"
redis ZADD weir:sensors 2 "$(printf 'two\033[2J')"
run 2 events
says "more than one sensor"
! grep -qP '\x1b' "$tmp/err" || fail "an escape sequence came through"

# --- servers that are not Redis: each of these answers, then the same again
# shellcheck disable=SC2016 # the dollar of a Redis bulk string
for answer in 'HTTP/1.1 400 Bad Request\r\n\r\n' '*1000000000\r\n' '*2147483647\r\n' '*99999999999\r\n' '$536870912\r\nx' '*-7\r\n' '$-5\r\n' ':99999999999999999999\r\n' '+' '*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n*2\r\n' '-ERR \033[2J\r\n' '' '\x00\xff\x00'; do
	python3 - "$tmp/fake.sock" "$answer" <<'P' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1]); s.listen(4); s.settimeout(20)
c, _ = s.accept()
try:
    for _ in range(5):
        if not c.recv(65536): break
        c.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin-1"))
except OSError: pass
c.close(); os.unlink(sys.argv[1])
P
	fake=$!
	wait_for 50 "no fake server" test -S "$tmp/fake.sock"
	timeout 20 "$weir" events --redis "unix:$tmp/fake.sock" >"$tmp/out" 2>"$tmp/err"
	code=$?
	[ $code -eq 1 ] || fail "answer $answer: exit $code"
	[ "$(wc -l <"$tmp/err")" -eq 1 ] || fail "answer $answer: not one line"
	! grep -qP '\x1b' "$tmp/err" || fail "an escape sequence came through"
	wait $fake
	rm -f "$tmp/fake.sock"
done
echo "all well"
