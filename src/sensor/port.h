// One port of the sensor: an ethdev, its buffers, its counters.
//
// Life cycle  port_start() all -> workers poll (port, queue) -> port_counters() by control ->
//             workers end -> port_stop() all, which leaves nothing on the interface.
// Threads     Control; the workers only call the driver's receive function.
// Memory      Packet buffers, one pool a queue, from EAL on the port's node.
#ifndef WEIR_SENSOR_PORT_H
#define WEIR_SENSOR_PORT_H

#include "sensor/meet.h"
#include "sensor/plan.h"
#include "sensor/port_loss.h"

#include <weir/stats.h>

struct rte_mempool;

struct port {
	const struct port_plan *plan;
	uint16_t id; // of ethdev
	uint16_t queues;
	bool made, started;
	bool was_promiscuous; // before us
	struct rte_mempool *pool[CONFIG_CORES_MAX];
	struct port_loss loss;
	struct port_counters driver; // as the driver told them last
	struct port_counters before; // what it had told before it began anew
	char hash[160]; // how flows are spread, for people
	struct spread spread; // the same, to be compared with another port's
};

// @return 0, or SENSOR_PORT / SENSOR_RESOURCES and error; then port_stop() undoes what was done
int port_start(struct port *, const struct port_plan *plan, char error[static SENSOR_ERROR_MAX]);
void port_stop(struct port *);
// When there is no time to stop: give the interface back to the host.
void port_abandon(struct port *);
void port_counters(struct port *, struct port_counters *out);
// The same once no worker polls any more: what still lies in the kernel's rings is lost.
void port_counters_final(struct port *, struct port_counters *out);

#endif
