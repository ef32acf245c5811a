#!/bin/bash
# Every manual page passes mandoc's lint.
. "$(dirname "$0")/lib.sh"
while read -r page; do
	mandoc -T lint -W warning "$page" || problem "$page"
done < <(files '*.1' '*.5' '*.7' '*.8')
verdict
