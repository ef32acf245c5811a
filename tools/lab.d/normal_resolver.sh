# shellcheck shell=bash
# about: a busy name server (dnsperf), names that are and that are not
# type: normal
# source: client
# tools: dnsperf dnsmasq
play() {
	local n

	for ((n = 0; n < 500; n++)); do
		echo "host$RANDOM.example.test A"
		echo "www.nowhere$RANDOM.test AAAA"
	done >"$WORK/queries"
	on client dnsperf -s "$DNS_IP" -d "$WORK/queries" -Q 400 -l 8
}
