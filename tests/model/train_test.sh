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
refused 2 "say one of --rows" -o no.weir good.csv
refused 2 "no -o MODEL" --any good.csv
refused 2 "no FILE" --any -o no.weir
refused 2 "--rows tree: flow or host" --rows tree -o no.weir good.csv
refused 2 "--kind tree: there is forest, ocsvm, knn, knn-class, linear, lof" --kind tree --any -o no.weir good.csv
refused 2 "--nu: lof has no such option" --kind lof --nu 0.5 --any -o no.weir good.csv
refused 2 "--nu 2: a number of 0.0001 to 1" --kind ocsvm --nu 2 --any -o no.weir good.csv
refused 2 "--kind linear: a classifier needs --label" --kind linear --any -o no.weir good.csv
refused 2 "--label, --normal: forest is no classifier" --label b --any -o no.weir good.csv
refused 2 "--scaling, --categories: forest takes rows as they are" --scaling log --any -o no.weir good.csv
refused 2 "--scaling round: standard, robust" --kind knn --scaling round --any -o no.weir good.csv
refused 2 "--member MODEL: an ensemble" --kind ensemble --any -o no.weir good.csv
refused 1 "--member none.weir: cannot be opened" --kind ensemble --member none.weir --any -o no.weir good.csv
refused 1 "--member none.weir:0: a weight is above 0" --kind ensemble --member none.weir:0 --any -o no.weir good.csv
refused 1 "good.csv:1: columns are missing: what" --kind linear --label what --features a,b -o no.weir good.csv
refused 1 "no class is called normal or benign: say --normal" --kind linear --label a --features b -o no.weir good.csv
refused 1 "no class is called q: say --normal" --kind linear --label a --normal q --features b -o no.weir good.csv
refused 1 'good.csv:4:3: class "": a name has 1 to' --kind linear --label text --normal x --features a,b -o no.weir good.csv
refused 1 "--categories: no feature is called d" --kind knn --categories a,d --features a,b -o no.weir good.csv
refused 2 "--trees 10x: a whole number" --any --trees 10x -o no.weir good.csv
refused 2 "--contamination 0.6: a number from 0 to 0.5" --any --contamination 0.6 -o no.weir good.csv
refused 2 "--sample 1: a whole number of 2 to 65536" --features a --sample 1 -o no.weir good.csv
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

# Of ten files one after the other is left out, and what that says of scores is in the report.
files=()
for i in {0..9}; do
	{ head -1 flows.csv && awk -v i="$i" 'NR > 1 && NR % 10 == i' flows.csv; } >"part$i.csv"
	files+=("part$i.csv")
done
"$weir" train --rows flow -o parts.weir "${files[@]}" >out || fail "ten files were refused"
grep -q "calibrate, each scored by a model without its file (5 parts)" out || fail "ten files: no parts: $(cat out)"
grep -qE "^ +0\.9 +10 % +[0-9.]+ % of [0-9]+ rows left out" out || fail "ten files: no curve: $(cat out)"
"$weir" train --rows flow --parts 0 -o parts.weir "${files[@]}" | grep -q "held back" || fail "--parts 0"
"$weir" train --rows flow --hold-back 0.3 -o parts.weir "${files[@]}" | grep -q "held back" || fail "--hold-back with ten files"
refused 2 "--parts 101: a whole number" --rows flow --parts 101 -o no.weir "${files[@]}"

# Every kind, from the same table; each file says what it is.
awk 'BEGIN { srand(1); print "a,b,proto,class"
	for (i = 0; i < 400; i++) { c = i % 4 == 0 ? "scan" : "benign"
		printf "%.4f,%.4f,%d,%s\n", rand() + (c == "scan" ? 3 : 0), rand(), rand() < .5 ? 6 : 17, c } }' >table.csv
for kind in ocsvm knn lof kitnet; do
	"$weir" train --kind $kind --categories proto --scaling robust --features a,b,proto -o $kind.weir table.csv >out ||
		fail "--kind $kind: refused"
	grep -q "^$kind " out || fail "--kind $kind: the report says: $(cat out)"
done
for kind in knn-class linear; do
	"$weir" train --kind $kind --label class --categories proto --any -o $kind.weir table.csv >out || fail "--kind $kind"
	grep -q "^macro-F1   [01]\." out || fail "--kind $kind: no macro-F1: $(cat out)"
done
"$weir" train --kind ensemble --member ocsvm.weir:2 --member lof.weir --features a,b,proto -o all.weir table.csv >/dev/null ||
	fail "an ensemble was refused"

# A member that knows all rows of a file is no judge of what is strange in it: that is said.
"$weir" train --rows flow -o parts.weir "${files[@]}" >/dev/null
"$weir" train --rows flow --kind ensemble --member parts.weir -o no.weir "${files[@]}" >/dev/null 2>err || fail "an ensemble of parts"
grep -q "note: --member parts.weir was trained on all rows" err || fail "no note: $(cat err)"
"$weir" train --rows flow --kind ensemble --member parts.weir -o no.weir flows.csv 2>&1 | grep -q "note:" && fail "a note of other files"
rm -f no.weir

# weir model tells of each what it is, and of what is none why.
for kind in ocsvm knn lof kitnet knn-class linear; do
	"$weir" model info $kind.weir >out || fail "model info $kind.weir"
	grep -q "^  $kind: " out || fail "model info: no kind $kind: $(cat out)"
	grep -q '^  proto  ' out || fail "model info: no feature proto: $(cat out)"
	"$weir" model info --json $kind.weir | grep -q "\"kind\":\"$kind\"" || fail "model info --json $kind.weir"
done
mkdir models && cp ocsvm.weir models/a.weir && cp linear.weir models/b.weir && cp good.csv models/c.csv
"$weir" model list models >out || fail "model list"
if [ "$(wc -l <out)" -ne 2 ] || ! grep -q '^linear .*models/b.weir$' out; then fail "model list: $(cat out)"; fi
cp good.csv models/c.weir
"$weir" model list models >out 2>err && fail "model list: a file that is no model is fine"
if [ "$(wc -l <out)" -ne 2 ] || ! grep -q 'models/c.weir: header: not a model' err; then fail "model list: $(cat out err)"; fi
"$weir" model info none.weir >out 2>err && fail "model info: none.weir is there"
grep -q 'none.weir: cannot be opened' err || fail "model info: $(cat err)"
printf '{"a":"\\u001b[31mred","\\u001b":1}' >odd.json
"$weir" train --features a --meta odd.json -o odd.weir good.csv >/dev/null || fail "odd.json was refused"
"$weir" model info odd.weir | grep -q "$(printf '\033')" && fail "model info: an escape sequence came through"

# weir model compare: a model and itself agree; with the truth, each is told apart from a coin.
"$weir" model compare --json ocsvm.weir ocsvm.weir table.csv >out || fail "model compare"
grep -q '"ranks_alike":1.0}' out || fail "model compare: a model differs from itself: $(cat out)"
"$weir" train --kind knn --features a,b,proto -o plain.weir table.csv >/dev/null || fail "plain.weir"
"$weir" model compare --label class ocsvm.weir plain.weir table.csv >out || fail "model compare --label"
grep -qE '^AUC +[01]\.[0-9]{4} +[01]\.[0-9]{4}$' out || fail "model compare: no AUC: $(cat out)"
"$weir" model compare ocsvm.weir a.weir table.csv 2>err && fail "model compare: other features are fine"
grep -q 'a.weir: its features are not those' err || fail "model compare: $(cat err)"
"$weir" model compare --label class --normal q ocsvm.weir plain.weir table.csv 2>err && fail "model compare: a class q"
grep -q 'no class is called so' err || fail "model compare: $(cat err)"
"$weir" model compare ocsvm.weir plain.weir 2>err && fail "model compare: without rows"

# A model file that is written is whole: the library reads it, and scores.
head -c $((36 * 4 * 3)) /dev/zero | "$rows" score flow1.weir | wc -c | grep -qx 24 || fail "flow1.weir does not score"
exit $failed
