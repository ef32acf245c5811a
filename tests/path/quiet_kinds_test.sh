#!/bin/bash
# Scoring with every kind of model that needs no classes calls nobody: the data path with an ensemble of them all.
#   quiet_kinds_test.sh WEIR WEIR_FLOOD PATH_QUIET
weir=$(realpath "$1") flood=$(realpath "$2") quiet=$(realpath "$3")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

"$flood" normal -o day.pcap --seconds 3 --seed 3 2>/dev/null || exit 1
# Of the help's list those that are made of rows without classes: a new kind is tested by being there.
kinds=$("$weir" help train | sed -n '/^Kinds/,/^$/{/^  [a-z]/{/  classifier: /d;/^  ensemble /d;s/^  \([^ ]*\) .*/\1/p}}')
[ "$(wc -w <<<"$kinds")" -ge 5 ] || { echo "weir help train does not list the kinds"; exit 1; }
members=()
for kind in $kinds; do
	"$weir" train --kind "$kind" --rows flow -o "$kind.weir" day.pcap >/dev/null || exit 1
	members+=(--member "$kind.weir")
done
"$weir" train --kind ensemble "${members[@]}" --rows flow -o all.weir day.pcap >/dev/null || exit 1
"$quiet" --model all.weir
