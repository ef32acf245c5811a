#include "sensor/port_loss.h"

#include "sensor/link_stats.h"

#include <dirent.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

static bool is_of_family(int fd, int family) {
	socklen_t n = sizeof(int);
	int domain;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain == family;
}

void fds_of_family(struct fd_list *out, int family) {
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;

	*out = (struct fd_list) {.family = family};
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		const int fd = atoi(e->d_name);

		if (e->d_name[0] != '.' && fd != dirfd(d) && is_of_family(fd, family)
		    && out->n < sizeof(out->fd) / sizeof(out->fd[0]))
			out->fd[out->n++] = fd;
	}
	closedir(d);
}

void fds_subtract(struct fd_list *from, const struct fd_list *known) {
	uint32_t kept = 0;

	for (uint32_t i = 0; i < from->n; i++) {
		bool old = false;

		for (uint32_t k = 0; k < known->n; k++)
			old |= known->fd[k] == from->fd[i];
		if (!old)
			from->fd[kept++] = from->fd[i];
	}
	from->n = kept;
}

static struct link_counters read_link(unsigned interface) {
	struct rtnl_link_stats64 s = {0};

	link_stats(interface, &s);
	return (struct link_counters) {
		.missed = s.rx_missed_errors,
		.dropped = s.rx_dropped,
		.errors = s.rx_errors,
	};
}

// An interface that was reset or replaced counts from zero again.
static uint64_t since(uint64_t now, uint64_t then) {
	return now > then ? now - then : 0;
}

static uint64_t read_packet_drops(struct port_loss *l) {
	uint64_t drops = 0;

	for (uint32_t i = 0; i < l->sockets.n; i++) {
		struct tpacket_stats s;
		socklen_t n = sizeof(s);

		if (getsockopt(l->sockets.fd[i], SOL_PACKET, PACKET_STATISTICS, &s, &n) != 0)
			continue;
		drops += s.tp_drops;
		l->passed += s.tp_packets - s.tp_drops; // tp_packets holds the drops too
	}
	return drops;
}

static uint64_t read_xdp_full(const struct port_loss *l) {
	uint64_t full = 0;

	for (uint32_t i = 0; i < l->sockets.n; i++) {
		struct xdp_statistics s = {0};
		socklen_t n = sizeof(s);

		if (getsockopt(l->sockets.fd[i], SOL_XDP, XDP_STATISTICS, &s, &n) == 0)
			full += s.rx_ring_full;
	}
	return full;
}

void port_loss_start(struct port_loss *l, const struct fd_list *sockets, unsigned interface) {
	*l = (struct port_loss) {.sockets = *sockets};
	l->interface = interface;
	if (interface != 0)
		l->at_start = read_link(interface);
}

void port_loss_read(struct port_loss *l) {
	struct link_counters link;
	uint64_t adapter;

	if (l->interface == 0)
		return;
	link = read_link(l->interface);
	adapter = since(link.missed, l->at_start.missed);
	l->errors = since(link.errors, l->at_start.errors);
	if (l->sockets.family == AF_XDP) {
		l->missed = adapter + read_xdp_full(l);
		return;
	}
	adapter += since(link.dropped, l->at_start.dropped);
	l->ring_drops += read_packet_drops(l);
	l->missed = adapter + l->ring_drops;
}

void port_loss_finish(struct port_loss *l, uint64_t received) {
	port_loss_read(l);
	if (l->sockets.family == AF_PACKET)
		l->missed += since(l->passed, received);
}
