#!/bin/bash
# Every shell script passes shellcheck.
. "$(dirname "$0")/lib.sh"
mapfile -t scripts < <(shell_scripts)
[ ${#scripts[@]} -gt 0 ] || problem "no scripts found"
shellcheck -x -P SCRIPTDIR -e SC1091,SC2001 "${scripts[@]}" || problem "shellcheck has something to say"
verdict
