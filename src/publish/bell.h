// One thread sleeps until another has something for it; who rings pays a system call only for a sleeper.
//
//     sleeper: bell_arm(); look once more; bell_wait() or, if there was something, bell_disarm()
//     ringer:  put something; bell_ring()
//
// Threads    One sleeper, any number of ringers.
//
// Synchronization
//            Both sides exchange `asleep`. Whichever comes second sees the first: a ringer that finds 0
//            put its thing before the sleeper's last look, one that finds 1 wakes.
#ifndef WEIR_PUBLISH_BELL_H
#define WEIR_PUBLISH_BELL_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct bell {
	_Atomic uint32_t asleep; // futex
};

static inline void bell_arm(struct bell *b) {
	atomic_exchange_explicit(&b->asleep, 1, memory_order_acq_rel);
}

static inline void bell_disarm(struct bell *b) {
	atomic_exchange_explicit(&b->asleep, 0, memory_order_acq_rel);
}

static inline void bell_wait(struct bell *b, uint32_t most_ms) {
	const struct timespec most = {most_ms / 1000, (long)(most_ms % 1000) * 1000000};

	syscall(SYS_futex, &b->asleep, FUTEX_WAIT_PRIVATE, 1, &most, NULL, 0);
	bell_disarm(b);
}

static inline void bell_ring(struct bell *b) {
	if (atomic_exchange_explicit(&b->asleep, 0, memory_order_acq_rel) != 0)
		syscall(SYS_futex, &b->asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#endif
