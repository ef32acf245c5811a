#!/bin/bash
# codespell knows these words.
. "$(dirname "$0")/lib.sh"
mapfile -t texts < <(files '*' | grep -vE '\.(model|pcap|gz|zst|png|ico)$|^LICENSE$')
codespell -q 3 --ignore-words tests/lint/words.txt "${texts[@]}" || problem "spelling; a word that is right goes to tests/lint/words.txt"
verdict
