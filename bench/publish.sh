#!/bin/bash
# Events per second into a redis-server of our own, beside redis-benchmark XADD of the same payload
# (-P 64, one connection), in turn on the same server. Prints both and the ratio.
#
# Usage: bench/publish.sh PROGRAM [EVENTS]    PROGRAM: bench/bench_publish of the build
set -eu
program=$1 events=${2:-100000}
tmp=$(mktemp -d)
sock=$tmp/redis.sock
redis-server --port 0 --unixsocket "$sock" --save "" --dir "$tmp" >/dev/null &
server=$!
trap 'kill $server; wait $server 2>/dev/null || :; rm -rf "$tmp"' EXIT
until redis-cli -s "$sock" ping >/dev/null 2>&1; do sleep 0.1; done

for round in 1 2 3; do
	ours=$("$program" "$sock" "$events")
	bytes=$(sed 's/.*"event_bytes":\([0-9]*\).*/\1/' <<<"$ours")
	payload=$(head -c "$bytes" /dev/zero | tr '\0' x)
	redis-cli -s "$sock" flushall >/dev/null
	theirs=$(redis-benchmark -s "$sock" -c 1 -P 64 -n "$events" --csv \
		XADD bench MAXLEN '~' 100000 '*' event "$payload" | tail -1 | cut -d, -f2 | tr -d '"')
	redis-cli -s "$sock" flushall >/dev/null
	rate=$(sed 's/.*"events_per_s":\([0-9]*\).*/\1/' <<<"$ours")
	echo "round $round: publisher $rate/s, redis-benchmark XADD $theirs/s, ratio $(awk "BEGIN { printf \"%.2f\", $rate / $theirs }"); $ours"
done
