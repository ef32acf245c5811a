// libbpf and libxdp write to standard error on their own: their warnings become ours, the rest
// is dropped.
#ifndef WEIR_SENSOR_QUIET_H
#define WEIR_SENSOR_QUIET_H

void quiet_libraries(void);

#endif
