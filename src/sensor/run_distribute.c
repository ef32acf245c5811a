// Who reads what: queues to workers, or queues to distributors and their rings to workers.
#include "sensor/run.h"

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_ring.h>

#include <stdio.h>

#define SHOWS_PER_S 10

int give_queues(
	const struct sensor *s,
	struct worker_queue queue[static WORKER_QUEUES_MAX],
	uint8_t *n_queues,
	unsigned reader,
	char error[static SENSOR_ERROR_MAX]
) {
	const uint16_t n_readers = cores_readers(&s->plan->cores);

	for (uint32_t i = 0; i < s->n_ports; i++)
		for (uint16_t q = 0; q < s->port[i].queues; q++) {
			if (cores_reader_of_queue(q, n_readers) != reader)
				continue;
			if (*n_queues == WORKER_QUEUES_MAX)
				return fail(
					error,
					SENSOR_RESOURCES,
					"%s %u would have more than %u queues: use more cores",
					s->plan->distribute ? "distributor" : "worker",
					reader,
					WORKER_QUEUES_MAX
				);
			queue[(*n_queues)++] = (struct worker_queue) {s->port[i].id, q};
		}
	return 0;
}

static int make_rings(struct distributor *d, char error[static SENSOR_ERROR_MAX], unsigned slots) {
	char name[RTE_RING_NAMESIZE];

	for (uint16_t k = 0; k < d->n_workers; k++) {
		const int node = (int)rte_lcore_to_socket_id(k + 1u);

		snprintf(name, sizeof(name), "d%u_w%u", d->id, k);
		d->lane[k].ring = rte_ring_create(
			name, slots, node, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ
		);
		if (d->lane[k].ring == NULL)
			return fail(
				error,
				SENSOR_RESOURCES,
				"distributor %u: no memory for a ring of %u packets on node %d "
				"(%s)",
				d->id,
				slots,
				node,
				rte_strerror(rte_errno)
			);
	}
	return 0;
}

static int make_distributor(struct sensor *s, uint32_t id, char error[static SENSOR_ERROR_MAX]) {
	const int node = (int)rte_lcore_to_socket_id(1 + s->plan->cores.n_workers + id);
	struct distributor *d = rte_zmalloc_socket("distributor", sizeof(*d), SHARED_ALIGN, node);
	int wrong;

	if (d == NULL)
		return fail(
			error, SENSOR_RESOURCES, "distributor %u: no memory on node %d", id, node
		);
	s->distributor[id] = d;
	s->n_distributors = id + 1;
	d->id = (uint8_t)id;
	d->n_workers = s->plan->cores.n_workers;
	d->packet = s->conf->pipeline.packet;
	d->packet.link = s->plan->link;
	d->seed = s->conf->pipeline.flow.seed;
	d->idle_sleep_us = s->plan->idle_sleep_us;
	d->show_cycles = rte_get_tsc_hz() / SHOWS_PER_S;
	wrong = give_queues(s, d->queue, &d->n_queues, id, error);
	return wrong != 0 ? wrong : make_rings(d, error, s->conf->ring_slots);
}

int make_distributors(struct sensor *s, char error[static SENSOR_ERROR_MAX]) {
	int wrong = 0;

	for (uint32_t i = 0; wrong == 0 && i < s->plan->cores.n_distributors; i++)
		wrong = make_distributor(s, i, error);
	return wrong;
}

void give_rings(struct sensor *s, struct worker *w) {
	w->from_rings = true;
	for (uint32_t i = 0; i < s->n_distributors; i++)
		w->ring[w->n_queues++] = (struct worker_ring) {
			.ring = s->distributor[i]->lane[w->id].ring,
			.ended = &s->distributor[i]->ended,
		};
}

void free_distributors(struct sensor *s) {
	for (uint32_t i = 0; i < s->n_distributors; i++) {
		for (uint16_t k = 0; k < s->distributor[i]->n_workers; k++)
			rte_ring_free(s->distributor[i]->lane[k].ring);
		rte_free(s->distributor[i]);
	}
}
