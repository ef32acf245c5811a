// ioctl for what it tells, getifaddrs for addresses, /proc/net for routes, netlink (through
// libbpf) for XDP. Everything is asked once, at start.
#include "sensor/netif.h"

#include <bpf/libbpf.h>

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define RTF_UP_BIT 0x0001u
#define RTF_REJECT_BIT 0x0200u

static int request(int fd, unsigned long what, const char *name, struct ifreq *r) {
	char *data = r->ifr_data;

	memset(r, 0, sizeof(*r));
	r->ifr_data = data;
	snprintf(r->ifr_name, sizeof(r->ifr_name), "%s", name);
	return ioctl(fd, what, r) < 0 ? -errno : 0;
}

static int ethtool(int fd, const char *name, void *command) {
	struct ifreq r = {.ifr_data = command};

	return request(fd, SIOCETHTOOL, name, &r);
}

static bool ethtool_flag(int fd, const char *name, uint32_t command, uint32_t mask) {
	struct ethtool_value v = {.cmd = command};

	return ethtool(fd, name, &v) == 0 && (v.data & mask) != 0;
}

static void read_link(struct netif *n, int fd) {
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq r;

	if (request(fd, SIOCGIFFLAGS, n->name, &r) == 0) {
		n->up = (r.ifr_flags & IFF_UP) != 0;
		n->promiscuous = (r.ifr_flags & IFF_PROMISC) != 0;
	}
	if (request(fd, SIOCGIFMTU, n->name, &r) == 0)
		n->mtu = (uint32_t)r.ifr_mtu;
	if (request(fd, SIOCGIFHWADDR, n->name, &r) == 0)
		n->ethernet = r.ifr_hwaddr.sa_family == ARPHRD_ETHER
			|| r.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
	if (ethtool(fd, n->name, &driver) == 0)
		snprintf(n->driver, sizeof(n->driver), "%.31s", driver.driver);
	n->merges = ethtool_flag(fd, n->name, ETHTOOL_GGRO, 1)
		|| ethtool_flag(fd, n->name, ETHTOOL_GFLAGS, ETH_FLAG_LRO);
}

static void read_queues(struct netif *n, int fd) {
	struct ethtool_channels c = {.cmd = ETHTOOL_GCHANNELS};

	n->rx_queues = 1;
	n->combined_queues = 1;
	if (ethtool(fd, n->name, &c) != 0)
		return;
	n->rx_queues = c.rx_count + c.combined_count;
	if (n->rx_queues == 0)
		n->rx_queues = 1;
	// A device without combined channels is one queue to DPDK's AF_XDP driver (22.11).
	if (c.max_combined > 0)
		n->combined_queues = c.combined_count;
}

static bool key_is_symmetric(const uint8_t *key, uint32_t n) {
	bool any = false;

	for (uint32_t i = 0; i < n; i++) {
		any |= key[i] != 0;
		if (key[i] != key[i % 2])
			return false;
	}
	return any && n > 2;
}

static void read_hash(struct netif *n, int fd) {
	struct ethtool_rxfh ask = {.cmd = ETHTOOL_GRSSH};
	struct ethtool_rxfh *all;

	if (ethtool(fd, n->name, &ask) != 0 || ask.key_size == 0 || ask.key_size > 1024
	    || ask.indir_size > 65536)
		return;
	all = calloc(1, sizeof(*all) + ask.indir_size * sizeof(uint32_t) + ask.key_size);
	if (all == NULL)
		return;
	*all = (struct ethtool_rxfh) {
		.cmd = ETHTOOL_GRSSH,
		.indir_size = ask.indir_size,
		.key_size = ask.key_size,
	};
	if (ethtool(fd, n->name, all) == 0)
		n->symmetric_hash = key_is_symmetric(
			(const uint8_t *)&all->rss_config[all->indir_size], all->key_size
		);
	free(all);
}

// An interface that is up always has a link-local IPv6 address; it does not make it "in use".
static void read_address(struct netif *n) {
	struct ifaddrs *list;

	if (getifaddrs(&list) != 0)
		return;
	for (const struct ifaddrs *i = list; i != NULL && n->address[0] == '\0'; i = i->ifa_next) {
		if (i->ifa_addr == NULL || strcmp(i->ifa_name, n->name) != 0)
			continue;
		if (i->ifa_addr->sa_family == AF_INET) {
			const struct sockaddr_in *a = (const void *)i->ifa_addr;

			inet_ntop(AF_INET, &a->sin_addr, n->address, sizeof(n->address));
		} else if (i->ifa_addr->sa_family == AF_INET6) {
			const struct sockaddr_in6 *a = (const void *)i->ifa_addr;

			if (!IN6_IS_ADDR_LINKLOCAL(&a->sin6_addr))
				inet_ntop(AF_INET6, &a->sin6_addr, n->address, sizeof(n->address));
		}
	}
	freeifaddrs(list);
}

static bool default_route_ip4(const char *name) {
	FILE *f = fopen("/proc/net/route", "re");
	unsigned long target, gateway, mask;
	unsigned flags;
	char line[256];
	char dev[IF_NAMESIZE];
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line,
			   "%15s %lx %lx %x %*d %*d %*d %lx",
			   dev,
			   &target,
			   &gateway,
			   &flags,
			   &mask)
		    != 5)
			continue;
		found = strcmp(dev, name) == 0 && target == 0 && mask == 0
			&& (flags & RTF_UP_BIT) != 0;
	}
	fclose(f);
	return found;
}

static bool default_route_ip6(const char *name) {
	FILE *f = fopen("/proc/net/ipv6_route", "re");
	unsigned prefix, flags;
	char target[33], dev[IF_NAMESIZE];
	char line[256];
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line,
			   "%32s %x %*s %*x %*s %*x %*x %*x %x %15s",
			   target,
			   &prefix,
			   &flags,
			   dev)
		    != 4)
			continue;
		found = strcmp(dev, name) == 0 && prefix == 0 && strspn(target, "0") == 32
			&& (flags & RTF_UP_BIT) != 0 && (flags & RTF_REJECT_BIT) == 0;
	}
	fclose(f);
	return found;
}

int numa_node_read(const char *path) {
	int node = 0;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%d", &node) != 1 || node < 0)
		node = 0;
	fclose(f);
	return node;
}

static int read_numa(const char *name) {
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/numa_node", name);
	return numa_node_read(path);
}

int netif_read(struct netif *out, const char *name) {
	struct netif n = {.index = if_nametoindex(name)};
	int fd;

	// The index finds alternative names too; from here on the kernel's own name is used.
	if (n.index == 0 || if_indextoname(n.index, n.name) == NULL)
		return -ENODEV;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	read_link(&n, fd);
	read_queues(&n, fd);
	read_hash(&n, fd);
	close(fd);
	read_address(&n);
	n.default_route = default_route_ip4(n.name) || default_route_ip6(n.name);
	n.numa = read_numa(n.name);
	if (bpf_xdp_query_id((int)n.index, 0, &n.xdp_program) != 0)
		n.xdp_program = 0;
	*out = n;
	return 0;
}

void netif_list(char *text, size_t n) {
	struct if_nameindex *all = if_nameindex();
	size_t at = 0;

	snprintf(text, n, "none");
	if (all == NULL)
		return;
	for (const struct if_nameindex *i = all; i->if_index != 0 && at < n; i++)
		at += (size_t)snprintf(&text[at], n - at, "%s%s", at > 0 ? ", " : "", i->if_name);
	if_freenameindex(all);
}
