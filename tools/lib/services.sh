# shellcheck shell=bash
# What the town's servers offer, with the real programs: nginx, sshd, vsftpd, rsync, iperf3, dnsmasq. Those that are
# not installed are missing, and the scenes that need them say so. Builds on lab.sh.
# shellcheck disable=SC2034,SC2154

service() { # HOST COMMAND...: until the end of the laboratory; its words go to a file by its name
	local host=$1

	shift
	in_space "$host" "$@" >>"$tmp/$(basename "$1").log" 2>&1 &
	started
}

has() { # TOOL...
	local tool

	for tool; do command -v "$tool" >/dev/null || return; done
}

www_files() {
	mkdir -p "$tmp/www/secret"
	head -c 300 /dev/urandom | base64 >"$tmp/www/index.html"
	cp "$tmp/www/index.html" "$tmp/www/secret/index.html"
	head -c 40000 /dev/urandom >"$tmp/www/picture"
	head -c 3000000 /dev/urandom >"$tmp/www/film"
	chmod -R a+rX "$tmp/www"
	FILM=$tmp/www/film
}

nginx_up() {
	# The password is nobody's: no list holds it.
	echo "admin:$(head -c 12 /dev/urandom | base64 | openssl passwd -stdin -apr1)" >"$tmp/htpasswd"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=www.example.test -keyout "$tmp/tls.key" \
		-out "$tmp/tls.crt" 2>"$tmp/openssl.log" || fail "openssl makes no certificate: $(tail -1 "$tmp/openssl.log")"
	mkdir -p "$tmp/nginx"
	cat >"$tmp/nginx.conf" <<-END
		daemon off;
		user root;
		worker_processes 1;
		pid $tmp/nginx.pid;
		error_log $tmp/nginx-error.log;
		events { worker_connections 4096; }
		http {
			access_log off;
			types { text/html html; }
			client_body_temp_path $tmp/nginx;
			proxy_temp_path $tmp/nginx;
			fastcgi_temp_path $tmp/nginx;
			uwsgi_temp_path $tmp/nginx;
			scgi_temp_path $tmp/nginx;
			server {
				listen 80 backlog=1024;
				listen [::]:80 backlog=1024;
				listen 443 ssl;
				listen [::]:443 ssl;
				ssl_certificate $tmp/tls.crt;
				ssl_certificate_key $tmp/tls.key;
				root $tmp/www;
				location /secret { auth_basic secret; auth_basic_user_file $tmp/htpasswd; }
				location /upload { client_max_body_size 100m; return 204; }
			}
		}
	END
	service server nginx -c "$tmp/nginx.conf"
	wait_for 10 "nginx does not answer: \$(tail -1 $tmp/nginx-error.log)" \
		on client curl -fsS -m 1 -o /dev/null "http://$SERVER_IP/"
}

python_up() { # a web server that every machine has
	service server python3 -m http.server --bind :: --directory "$tmp/www" 80
	wait_for 10 "the HTTP server does not answer" on client curl -fsS -m 1 -o /dev/null "http://$SERVER_IP/"
}

listens() { # PORT: somebody on the server
	on server ss -Hltn "sport = :$1" | grep -q .
}

sshd_up() {
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/host_key" && ssh-keygen -q -t ed25519 -N '' -f "$tmp/user_key" || return
	mkdir -p /run/sshd # it asks for that one
	cp "$tmp/user_key.pub" "$tmp/authorized_keys"
	cat >"$tmp/sshd.conf" <<-END
		HostKey $tmp/host_key
		AuthorizedKeysFile $tmp/authorized_keys
		PidFile none
		StrictModes no
		UsePAM no
		PermitRootLogin yes
		PasswordAuthentication yes
		MaxStartups 100
		Subsystem sftp internal-sftp
	END
	SSH_CONF=$tmp/ssh.conf
	cat >"$SSH_CONF" <<-END
		Host *
		IdentityFile $tmp/user_key
		StrictHostKeyChecking no
		UserKnownHostsFile /dev/null
		LogLevel ERROR
		User root
	END
	service server /usr/sbin/sshd -D -e -f "$tmp/sshd.conf"
	wait_for 10 "sshd does not listen: \$(tail -1 $tmp/sshd.log)" listens 22
}

vsftpd_up() {
	mkdir -p "$tmp/empty" "$tmp/ftp"
	cp "$tmp/www/film" "$tmp/ftp/"
	chmod 755 "$tmp/ftp"
	cat >"$tmp/vsftpd.conf" <<-END
		listen=NO
		listen_ipv6=YES
		background=NO
		anonymous_enable=YES
		anon_root=$tmp/ftp
		local_enable=YES
		secure_chroot_dir=$tmp/empty
		seccomp_sandbox=NO
		xferlog_enable=NO
	END
	service server vsftpd "$tmp/vsftpd.conf"
	wait_for 10 "vsftpd does not listen: \$(tail -1 $tmp/vsftpd.log)" listens 21
}

dnsmasq_up() { # HOST ARGUMENT...: of a name server for example.test
	local host=$1

	shift
	service "$host" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --pid-file= \
		--user=root --bind-interfaces --interface=eth0 --address=/example.test/192.0.2.80 \
		--address=/example.test/2001:db8::80 "$@"
}

iperf3_up() { # HOST
	service "$1" iperf3 -s --forceflush
	wait_for 10 "iperf3 does not listen" grep -q listening "$tmp/iperf3.log"
}

town_services() {
	www_files
	if has nginx openssl; then nginx_up; else python_up; fi
	if has /usr/sbin/sshd ssh-keygen; then sshd_up; fi
	if has vsftpd; then vsftpd_up; fi
	if has iperf3; then iperf3_up server; fi
	if has dnsmasq dig; then
		dnsmasq_up dns --server="/tunnel.test/$TUNNEL_IP" --dhcp-range=10.99.0.100,10.99.0.199,1h \
			--dhcp-leasefile="$tmp/leases" --dhcp-sequential-ip --no-ping
		wait_for 10 "dnsmasq does not answer" on client dig +time=1 +tries=1 "@$DNS_IP" up.example.test
	fi
	if has rsync; then service server rsync --daemon --no-detach --config="$(rsyncd_conf)"; fi
}

rsyncd_conf() {
	mkdir -p "$tmp/store"
	cat >"$tmp/rsyncd.conf" <<-END
		pid file = $tmp/rsyncd.pid
		[store]
		path = $tmp/store
		read only = no
		use chroot = no
		uid = root
		gid = root
	END
	echo "$tmp/rsyncd.conf"
}
