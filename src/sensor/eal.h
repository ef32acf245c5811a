// EAL: its arguments from the plan, its start and end.
//
// Threads    The main thread, which EAL pins to control's CPU.
#ifndef WEIR_SENSOR_EAL_H
#define WEIR_SENSOR_EAL_H

#include "sensor/plan.h"

#define EAL_ARGS_MAX (CONFIG_EAL_ARGS_MAX + CONFIG_PORTS_MAX * 2 + 24)

struct eal_args {
	int n;
	char *arg[EAL_ARGS_MAX + 1]; // NULL at the end
	char text[EAL_ARGS_MAX][LCORES_TEXT_MAX];
};

// What an operator never has to type. The configuration's own arguments come last, so that they win.
void eal_args_make(struct eal_args *out, const struct plan *plan);

// @return 0, or SENSOR_RESOURCES / SENSOR_RIGHTS and error
int eal_start(struct eal_args *args, char error[static SENSOR_ERROR_MAX]);
void eal_stop(void);
// Plain memory: ask the kernel for transparent huge pages. @return bytes asked for
uint64_t eal_advise_huge(void);

#endif
