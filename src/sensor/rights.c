// May this process do what is configured? Asked before anything is touched, so that the answer
// is one line and not a driver's.
#include "sensor/plan.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool has(const struct __user_cap_data_struct data[2], unsigned cap) {
	return (data[cap / 32].effective & (1u << (cap % 32))) != 0;
}

static const char *missing_for(unsigned kind, const struct __user_cap_data_struct data[2]) {
	switch (kind) {
	case PORT_AF_PACKET:
		return has(data, CAP_NET_RAW) ? NULL : "CAP_NET_RAW";
	case PORT_AF_XDP:
		if (!has(data, CAP_NET_ADMIN))
			return "CAP_NET_ADMIN";
		if (!has(data, CAP_NET_RAW))
			return "CAP_NET_RAW";
		return has(data, CAP_BPF) || has(data, CAP_SYS_ADMIN) ? NULL : "CAP_BPF";
	case PORT_PCI:
		return has(data, CAP_SYS_ADMIN) ? NULL : "CAP_SYS_ADMIN";
	default:
		return NULL;
	}
}

int plan_rights(const struct plan *plan, char error[static SENSOR_ERROR_MAX]) {
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data) != 0)
		return 0; // a kernel that does not say will say no itself
	for (uint32_t i = 0; i < plan->n_ports; i++) {
		const char *missing = missing_for(plan->port[i].kind, data);

		if (missing != NULL)
			return fail(
				error,
				SENSOR_RIGHTS,
				"%s: %s needs %s, which this process (user %u) has not: run weird "
				"as root",
				plan->port[i].label,
				port_kind_name(plan->port[i].kind),
				missing,
				(unsigned)geteuid()
			);
	}
	return 0;
}
