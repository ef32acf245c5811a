# shellcheck shell=bash
# Several towns side by side, each a laboratory of its own with its own sensor; and what is told in the end.
#
# They share one list of scenes: each takes the first that is left when it is through with one. What each kept is put
# together: "town" in every line says whose it is.
# shellcheck disable=SC2034,SC2154

TOWN_N=1

plan() { # NAME RUN, a line each
	local name run

	for ((run = 1; run <= runs; run++)); do
		for name in $names; do echo "$name $run"; done
	done
}

take() { # the next scene of the list: NAME RUN; nothing at its end
	flock "$share/lock" sed -n -i -e "1w $share/taken.$TOWN_N" -e '1!p' "$share/list"
	cat "$share/taken.$TOWN_N"
}

play_share() {
	local name run

	while read -r name run < <(take) && [ -n "$name" ]; do play_one "$name" "$run"; done
}

hand_in() {
	cp "$tmp/truth" "$share/truth.$TOWN_N" && cp "$tmp/events" "$share/events.$TOWN_N" && cp "$tmp/sums" "$share/sums.$TOWN_N"
}

towns_end() {
	local code=$? pid

	trap '' INT TERM HUP
	trap - EXIT
	for pid in "${lab_pids[@]}"; do kill -TERM "$pid" 2>/dev/null; done
	wait # each takes its namespaces down
	rm -rf "$tmp"
	exit "$code"
}

play_in_towns() {
	local n pid code=0 options=(--seed "$SEED" --pps "$PPS" --attack "$ATTACK_S" --rest "$REST_S" --driver "$driver"
		--config "$config" --scenes "$(realpath "$SCENES")" --build "$build")

	if [ -n "$alone" ]; then options+=(--alone); fi
	if [ -n "$RECORD" ]; then options+=(--record "$RECORD"); fi
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/weir-towns.XXXXXX") || exit 1
	share=$tmp
	trap towns_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	plan >"$share/list"
	for ((n = 1; n <= towns; n++)); do
		tools/lab play --share "$share" --town "$n" "${options[@]}" &
		started
	done
	for pid in "${lab_pids[@]}"; do
		wait "$pid" || code=1
	done
	for n in truth events; do cat "$tmp/$n".* >"$tmp/$n" || code=1; done
	cat "$tmp"/sums.* | jq -s 'map(to_entries) | add | group_by(.key) | map({key: .[0].key, value: (map(.value) | add)})
		| from_entries' >"$tmp/sums"
	tell || code=1
	exit "$code"
}

tell() { # what was asked for in files, and the table
	local code=0

	if [ -n "$events" ]; then cp "$tmp/events" "$events" || code=1; fi
	if [ -n "$truth_file" ]; then cp "$tmp/truth" "$truth_file" || code=1; fi
	if [ -n "$RECORD" ]; then tools/lib/judge.py --labels "$tmp/truth" "$tmp/events" >"$RECORD/labels.csv"; fi
	echo
	if [ -s "$tmp/truth" ]; then
		if [ -n "$json" ]; then
			tools/lib/judge.py --json "$tmp/truth" "$tmp/events" >&3 || code=1
		else
			tools/lib/judge.py "$tmp/truth" "$tmp/events" || code=1
		fi
	fi
	jq -r '"\(.mirrored) packets mirrored, \(.seen) seen, \(.analysed) analysed, \(.malformed) malformed, \(.lost) lost; "
		+ "the mirror itself dropped \(.mirror_lost)"' "$tmp/sums"
	return "$code"
}
