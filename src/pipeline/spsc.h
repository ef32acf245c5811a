// Single-producer single-consumer ring of fixed-size elements, in memory of the caller.
//
// Threads    One thread puts, one thread takes; they need not be the same. No locks, no waiting.
// Memory     spsc_bytes() from the caller; the ring lives in it.
// Full       spsc_put() says false and changes nothing.
//
// Synchronization
//            `head` is stored by the producer (release) and loaded by the consumer (acquire);
//            `tail` the other way round. Each side keeps a copy of the other's index on its own
//            line and reads the shared one only when the copy says full or empty.
#ifndef WEIR_SPSC_H
#define WEIR_SPSC_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SPSC_ALIGN 128 // x86 cores also fetch the neighbour of the line they ask for

struct spsc {
	// Set at creation, then only read.
	alignas(SPSC_ALIGN) uint32_t mask;
	uint32_t element_bytes;

	// Producer's.
	alignas(SPSC_ALIGN) _Atomic uint32_t head; // consumer loads
	uint32_t tail_seen;

	// Consumer's.
	alignas(SPSC_ALIGN) _Atomic uint32_t tail; // producer loads
	uint32_t head_seen;

	alignas(SPSC_ALIGN) uint8_t slots[];
};

static inline uint32_t spsc_slots(uint32_t slots) { // rounded up to a power of two
	uint32_t n = 2;

	while (n < slots)
		n <<= 1;
	return n;
}

static inline size_t spsc_bytes(uint32_t slots, uint32_t element_bytes) {
	const size_t bytes = sizeof(struct spsc) + (size_t)spsc_slots(slots) * element_bytes;

	return (bytes + SPSC_ALIGN - 1) & ~(size_t)(SPSC_ALIGN - 1);
}

// @param memory  spsc_bytes() bytes, SPSC_ALIGN aligned
static inline struct spsc *spsc_create(void *memory, uint32_t slots, uint32_t element_bytes) {
	struct spsc *ring = memory;

	memset(ring, 0, sizeof(*ring));
	ring->mask = spsc_slots(slots) - 1;
	ring->element_bytes = element_bytes;
	return ring;
}

static inline uint32_t spsc_free(struct spsc *ring) { // producer's side
	const uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return ring->mask + 1 - (head - ring->tail_seen);
}

static inline bool spsc_put(struct spsc *ring, const void *element) {
	const uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (head - ring->tail_seen > ring->mask && spsc_free(ring) == 0)
		return false;
	memcpy(&ring->slots[(size_t)(head & ring->mask) * ring->element_bytes],
	       element,
	       ring->element_bytes);
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return true;
}

static inline bool spsc_take(struct spsc *ring, void *element) {
	const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail == ring->head_seen) {
		ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
		if (tail == ring->head_seen)
			return false;
	}
	memcpy(element,
	       &ring->slots[(size_t)(tail & ring->mask) * ring->element_bytes],
	       ring->element_bytes);
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

#endif
