#!/bin/bash
# The arrows of the design go down only: which folder may include which, who knows EAL, Redis and JSON, and that the data
# path neither allocates nor prints nor reads a clock.
. "$(dirname "$0")/lib.sh"

# What a folder of src/ may include, beside itself, contract/ and include/weir.
declare -A may=(
	[contract]=""
	[packet]=""
	[flow]="packet"
	[host]="packet flow"
	[model]=""
	[pipeline]="packet flow host model"
	[detect]="packet flow host model pipeline"
	[publish]="packet flow host model pipeline detect"
	[prefilter]="packet detect"
	[config]="packet flow host model pipeline detect publish prefilter"
	[sensor]="packet flow host model pipeline detect publish prefilter config"
)

for file in $(files 'src/*.c' 'src/*.h'); do
	folder=${file#src/}
	folder=${folder%%/*}
	if [ -z "${may[$folder]+known}" ]; then
		problem "$file: src/$folder is not in the picture of tests/lint/arrows.sh"
		continue
	fi
	while read -r included; do
		[[ " contract $folder ${may[$folder]} " == *" $included "* ]] || problem "$file: includes $included/, an arrow that goes up"
	done < <(sed -nE 's,^#include "([a-z]+)/.*,\1,p' "$file")
done

only_in() { # WHAT PATTERN FOLDERS...: the pattern occurs in these places alone
	local what=$1 pattern=$2 file place allowed

	shift 2
	for file in $(files 'src/*.c' 'src/*.h' 'include/*.h' 'tools/*.c' 'tools/*.h'); do
		allowed=
		for place; do [[ $file == $place* ]] && allowed=yes; done
		[ -n "$allowed" ] || ! grep -nE "$pattern" "$file" | sed "s,^,$file:," | grep . || problem "$file: $what"
	done
}

never_in() { # WHAT PATTERN FOLDERS...
	local what=$1 pattern=$2 file

	shift 2
	for file in $(files "${@/%//*.c}" "${@/%//*.h}"); do
		# Comments may speak of it.
		sed -E 's,//.*,,' "$file" | grep -nE "$pattern" | sed "s,^,$file:," | grep . && problem "$file: $what"
	done
}

only_in "only src/sensor knows EAL and ethdev" '^#include <rte_(eal|ethdev|lcore|launch|mempool|mbuf|ring|bus|dev|telemetry)' \
	src/sensor/ tools/flood/port
only_in "only the publisher and the consumers know Redis" '^#include <hiredis' src/publish/ tools/
only_in "JSON is for what people and programs read: models, settings, events" '^#include <jansson' src/model/ src/publish/ src/config/ src/sensor/ tools/
never_in "reads a clock: the packets' time stamps are the time" \
	'\b(clock_gettime|gettimeofday|time|__rdtsc|rte_rdtsc|rte_get_tsc_cycles) ?\(' \
	src/packet src/flow src/host src/model src/pipeline src/detect
never_in "the data path does not allocate, print or log" \
	'\b(malloc|calloc|realloc|free|printf|fprintf|puts|fopen|syslog|pthread_mutex_lock) ?\(' \
	src/packet src/flow src/host src/pipeline
verdict
