#include "bench/lib/place.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void place_before_others(void) {
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), -20);
}

int place_on_cpu(unsigned cpu) {
	const long online = sysconf(_SC_NPROCESSORS_ONLN);
	const int one = (int)(cpu % (unsigned long)(online > 0 ? online : 1));
	cpu_set_t set;

	place_before_others();
	CPU_ZERO(&set);
	CPU_SET(one, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0 ? one : -1;
}
