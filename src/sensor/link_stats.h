// An interface's 64-bit counters, by netlink: sysfs may show another network namespace.
#ifndef WEIR_SENSOR_LINK_STATS_H
#define WEIR_SENSOR_LINK_STATS_H

#include <linux/if_link.h>

// @param interface  index
// @return 0 or -errno with *out untouched
int link_stats(unsigned interface, struct rtnl_link_stats64 *out);

#endif
