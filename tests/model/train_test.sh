#!/bin/bash
# weir train: what it makes is the same each time and loads again; what it refuses it names, with the place.
#   train_test.sh WEIR WEIR_FLOOD MODEL_ROWS
weir=$(realpath "$1") flood=$(realpath "$2") rows=$(realpath "$3")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failed=0

fail() {
	echo "FAIL: $*"
	failed=1
}

# refused STATUS WORDS ARGUMENT... : exits with it and says the words in one line
refused() {
	local status=$1 words=$2
	shift 2
	"$weir" train "$@" >out 2>err
	local got=$?
	[ "$got" -eq "$status" ] || fail "train $*: status $got, not $status: $(cat err)"
	grep -qF -- "$words" err || fail "train $*: no \"$words\" in: $(cat err)"
	[ "$(wc -l <err)" -eq 1 ] || fail "train $*: more than one line: $(cat err)"
	[ ! -e no.weir ] || fail "train $*: left a model behind"
}

printf 'a,b,text,"c"\n1,2,x,3\n2,3,"y,z",4\n1e3,0,,-1\n' >good.csv
"$weir" train --features a,c -o a.weir good.csv >out || fail "a good CSV file was refused"
grep -q "rows  *3" out || fail "the report does not say 3 rows: $(cat out)"
printf 'a,b\r\n1,2\r\n\r\n3,4\r\n' >dos.csv
"$weir" train --any -o dos.weir dos.csv >/dev/null || fail "line ends of DOS were refused"
"$weir" train --any -o dos.weir --json dos.csv | grep -q '^{"type":"model",.*"rows":2' || fail "no JSON report"

refused 1 "good.csv:2:3: text: \"x\" is not a number" --any -o no.weir good.csv
refused 1 "good.csv:1: columns are missing: duration, packets, fwd_packets" --kind flow -o no.weir good.csv
printf 'a,b\n1,2\n3,nan\n' >bad.csv
refused 1 "bad.csv:3:2: b: nan is not finite" --any -o no.weir bad.csv
printf 'a,b\n1,2\n3,1e39\n' >bad.csv
refused 1 "bad.csv:3:2: b: 1e39 is not finite" --any -o no.weir bad.csv
printf 'a,b\n1,2\n3,\n' >bad.csv
refused 1 'bad.csv:3:2: b: "" is not a number' --any -o no.weir bad.csv
printf 'a,b\n1,2\n3\n' >bad.csv
refused 1 "bad.csv:3:1: the line ends here, 2 columns" --any -o no.weir bad.csv
printf 'a,b\n1,2\n3,4,5\n' >bad.csv
refused 1 "bad.csv:3:3: more fields than the 2 columns" --any -o no.weir bad.csv
printf 'a,b\n1,2\n3,"4\n' >bad.csv
refused 1 "bad.csv:3:2: a quote is not closed" --any -o no.weir bad.csv
printf 'a,a\n1,2\n' >bad.csv
refused 1 "bad.csv:1:2: column a" --any -o no.weir bad.csv
printf 'a,b\n1,2\n' >bad.csv
refused 1 "1 rows: at least 2" --any -o no.weir bad.csv
: >bad.csv
refused 1 "bad.csv:1: empty" --any -o no.weir bad.csv
refused 1 "none.csv: No such file" --any -o no.weir none.csv
refused 1 "/none/no.weir: cannot be written" --features a -o /none/no.weir good.csv
refused 2 "say one of --kind" -o no.weir good.csv
refused 2 "no -o MODEL" --any good.csv
refused 2 "no FILE" --any -o no.weir
refused 2 "--kind tree: flow or host" --kind tree -o no.weir good.csv
refused 2 "--trees 10x: a whole number" --any --trees 10x -o no.weir good.csv
refused 2 "--contamination 0.6: a number from 0 to 0.5" --any --contamination 0.6 -o no.weir good.csv
refused 1 "sample 1: 2 to 65536" --features a --sample 1 -o no.weir good.csv
printf 'nonsense' >bad.json
refused 1 "bad.json:1:" --features a --meta bad.json -o no.weir good.csv

# A capture: the same file twice, another seed another file, and the rows of its CSV train as well.
"$flood" normal -o day.pcap --seconds 5 --seed 3 2>/dev/null || fail "weir-flood"
for kind in flow host; do
	for i in 1 2; do
		"$weir" train --kind $kind -o "$kind$i.weir" day.pcap >out || fail "$kind: day.pcap was refused"
	done
	cmp "${kind}1.weir" "${kind}2.weir" || fail "$kind: two runs differ"
	"$weir" train --kind $kind --seed 2 -o "${kind}3.weir" day.pcap >/dev/null
	cmp -s "${kind}1.weir" "${kind}3.weir" && fail "$kind: another seed, the same file"
done
refused 1 "a capture gives flows or hosts" --any -o no.weir day.pcap
"$weir" train --kind host --flow-model flow1.weir -o host4.weir day.pcap >/dev/null || fail "--flow-model"
refused 1 "host1.weir: feature 0" --kind host --flow-model host1.weir -o no.weir day.pcap
head -c 1000 flow1.weir >cut.weir
refused 1 "cut.weir: checksum" --kind host --flow-model cut.weir -o no.weir day.pcap
"$weir" analyze day.pcap --flows flows.csv --hosts hosts.csv >/dev/null || fail "weir analyze"
for kind in flow host; do
	"$weir" train --kind $kind -o csv.weir ${kind}s.csv >out || fail "$kind: its own CSV was refused"
done

# A model file that is written is whole: the library reads it, and scores.
head -c $((36 * 4 * 3)) /dev/zero | "$rows" score flow1.weir | wc -c | grep -qx 24 || fail "flow1.weir does not score"
exit $failed
