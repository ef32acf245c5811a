#include "sensor/link_stats.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int find_stats(struct nlmsghdr *reply, ssize_t n, struct rtnl_link_stats64 *out) {
	const struct ifinfomsg *info;
	struct rtattr *a;
	int left;

	if (!NLMSG_OK(reply, (size_t)n) || reply->nlmsg_type != RTM_NEWLINK)
		return -ENODEV;
	info = NLMSG_DATA(reply);
	left = (int)(reply->nlmsg_len - NLMSG_LENGTH(sizeof(*info)));
	for (a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type != IFLA_STATS64)
			continue;
		// A younger kernel may know more counters, an older one fewer.
		memset(out, 0, sizeof(*out));
		memcpy(out,
		       RTA_DATA(a),
		       RTA_PAYLOAD(a) < sizeof(*out) ? RTA_PAYLOAD(a) : sizeof(*out));
		return 0;
	}
	return -ENODATA;
}

int link_stats(unsigned interface, struct rtnl_link_stats64 *out) {
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} ask = {
		.header = {
			.nlmsg_len = sizeof(ask),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)interface},
	};
	_Alignas(struct nlmsghdr) char reply[16384];
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int ret;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = send(fd, &ask, sizeof(ask), 0);
	if (n == (ssize_t)sizeof(ask))
		n = recv(fd, reply, sizeof(reply), 0);
	ret = n < 0 ? -errno : find_stats((struct nlmsghdr *)reply, n, out);
	close(fd);
	return ret;
}
