#!/bin/bash
# The command line as a newcomer meets it: help that teaches, words that are nearly right, exit codes.
set -u
weir=$1 conf=$2
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

run() { # EXIT ARGS...: output in $tmp/out and $tmp/err
	local want=$1 got

	shift
	"$weir" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] || fail "weir $*: exit $got, not $want: $(cat "$tmp/err")"
}

holds() { # FILE TEXT
	grep -qF -- "$2" "$tmp/$1" || fail "no \"$2\" in: $(cat "$tmp/$1")"
}

one_line() {
	[ "$(wc -l <"$tmp/err")" -eq 1 ] || fail "not one line: $(cat "$tmp/err")"
}

run 0 --help
holds out "weir analyze capture.pcap"
holds out "Exit status:"
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\( [a-z][a-z]*\)\{0,1\}\)  .*/\1/p' "$tmp/out")
[ "$(echo "$commands" | wc -l)" -ge 10 ] || fail "--help lists too little: $commands"
run 2
holds err "Usage: weir COMMAND"
run 0 --version
holds out "weir "

# Every command explains itself, with its exit codes; wrong options are usage errors.
while read -r command; do
	# shellcheck disable=SC2086 # a command may be two words
	run 0 help $command
	holds out "Usage: weir $command"
	[ "$command" = help ] && continue
	holds out "xit status"
	# shellcheck disable=SC2086
	run 2 $command --no-such-option
	one_line
done <<<"$commands"

# Every kind is told of as the sensor has it.
run 0 kinds
holds out "syn_flood "
holds out "ntp_amplification "
run 0 kinds slow_http
holds out "nginx client_header_timeout"
run 0 kinds --json
[ "$(wc -l <"$tmp/out")" -ge 50 ] || fail "weir kinds --json tells of $(wc -l <"$tmp/out") kinds"
jq -es 'all(.named_within_s >= 1 and .closes_s >= 3 and .threshold > 0 and (.mitigation | length) > 20)' "$tmp/out" >/dev/null \
	|| fail "a kind of weir kinds --json lacks something"
for of in syn_flood=60 horizontal_scan=50 slow_http=50 exfiltration=20 flow_model_drift=250 sensor_loss=1; do
	jq -es --arg kind "${of%=*}" --argjson from "${of#*=}" 'any(.kind == $kind and .threshold == $from)' "$tmp/out" >/dev/null \
		|| fail "weir kinds: ${of%=*} is raised from ${of#*=} on"
done
run 2 kinds syn_flod
one_line
holds err "did you mean syn_flood"

run 2 hlep
one_line
holds err 'did you mean "weir help"?'
run 2 config chekc
one_line
holds err '"weir config check"'
run 2 zzzzzzzzzz
one_line
holds err "weir --help"
run 2 --no-such-option
one_line

run 0 help config
holds out "weir config print"
run 0 config --help
holds out "weir config check"
run 2 events --folow
one_line
holds err "weir events: --folow: no such option; did you mean --follow?"
run 2 analyze --flows
one_line
holds err "--flows: needs a value"
run 2 analyze --f
holds err "more than one option"
run 2 config check --json=3 x
holds err "weir config check: --json=3: takes no value"
run 2 analyze --flows "$tmp/same.csv" --hosts "$tmp/same.csv" x
one_line
holds err "a file each"

run 2 config check
one_line
for file in "$conf"/*.json "$conf"/examples/*.json; do
	run 0 config check "$file"
	holds out "right"
done
run 1 config check "$tmp/none.json"
one_line
holds err "No such file"
printf '{\n"flow": {"capacity": 12.5}\n}\n' >"$tmp/wrong.json"
run 1 config check "$tmp/wrong.json"
one_line
holds err "$tmp/wrong.json:2: flow.capacity: 12.5 is not a whole number; allowed"
run 1 config check --json "$tmp/wrong.json"
holds out '"ok":false'
holds out '"line":2'
run 0 config print --json
cp "$tmp/out" "$tmp/all.json"
run 0 config check "$tmp/all.json"
run 0 config print
holds out "detect.KIND.floor_per_s"

# A full disk is not success.
if [ -w /dev/full ]; then
	"$weir" --help >/dev/full 2>"$tmp/err" && fail "--help to a full disk succeeds"
	holds err "standard output"
fi
echo "every command explains itself: $(echo "$commands" | tr '\n' ',' | sed 's/,$//')"
