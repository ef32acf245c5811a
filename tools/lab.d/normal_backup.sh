# shellcheck shell=bash
# about: a host sends its backup: a tree of files (rsync), then an archive (tar, ssh)
# type: normal
# source: client2
# tools: rsync ssh sshd
play() {
	mkdir -p "$WORK/tree"
	for _ in {1..60}; do head -c 500000 /dev/urandom >"$WORK/tree/$RANDOM$RANDOM"; done
	on client2 timeout 30 rsync -a "$WORK/tree/" "rsync://$SERVER_IP/store/tree/"
	tar -C "$WORK" -c tree | on client2 timeout 30 ssh -F "$SSH_CONF" "$SERVER_IP" 'cat >/dev/null'
	rm -rf "$WORK/tree"
}
