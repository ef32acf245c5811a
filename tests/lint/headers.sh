#!/bin/bash
# Every header stands by itself: including it alone compiles.
. "$(dirname "$0")/lib.sh"
read -ra flags <<<"$(pkg-config --cflags jansson hiredis libpcap libdpdk 2>/dev/null || pkg-config --cflags jansson hiredis)"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir "$made/weir"
python3 src/detect/kinds/list.py header src/detect/kinds "$made/weir/kinds.h" "$made/kinds.d" || problem "the list of kinds cannot be made"

while read -r header; do
	"${CC:-cc}" -x c -std=gnu2x -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused -march=x86-64-v2 -fsyntax-only \
		-Iinclude -Isrc -I"$made" -I"$(dirname "$header")" "${flags[@]}" - <<<"#include \"$PWD/$header\"" \
		|| problem "$header does not stand by itself"
done < <(files 'include/*.h' 'src/*.h' 'tools/*.h')
verdict
