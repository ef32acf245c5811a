# shellcheck shell=bash
# For the lint scripts: the files of the project, and a place to say what is wrong.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

files() { # PATTERN...: names of the project's files, shell patterns as git has them
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
			[ -f "$file" ] && echo "$file"
		done
	else # a release has no repository
		local pattern

		for pattern; do find . -type f -path "./$pattern" ! -path './build*' | sed 's,^\./,,'; done
	fi | sort -u
}

shell_scripts() {
	files '*' | grep -vE '\.(c|h|py|md|json|model|build|txt|[1-8]|csv|pcap|html|js|css)$' | while read -r file; do
		head -c 64 "$file" | grep -qaE '^#!.*\b(ba)?sh\b|^# shellcheck shell' && echo "$file"
	done
}

problems=0
problem() {
	echo "$*"
	problems=$((problems + 1))
}

verdict() {
	[ "$problems" -eq 0 ]
	exit
}
