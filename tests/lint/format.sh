#!/bin/bash
# Every C file is as clang-format (of Debian 12) writes it.
. "$(dirname "$0")/lib.sh"
mapfile -t sources < <(files '*.c' '*.h')
[ ${#sources[@]} -gt 0 ] || problem "no C files found"
clang-format --dry-run -Werror "${sources[@]}" || problem "clang-format -i mends this"
verdict
