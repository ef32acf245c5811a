// A line of memory on its way to the cache.
//
// Threads    Any.
// Memory     Not read: any address may be given.
#ifndef WEIR_CONTRACT_PREFETCH_H
#define WEIR_CONTRACT_PREFETCH_H

// To gcc a function that only prefetches has no effect, and it removes the calls (12.2 did, of all the
// prefetches behind a static inline function); the empty statement is an effect that costs nothing.
static inline void prefetch(const void *at) {
	__builtin_prefetch(at);
	__asm__ volatile("");
}

#endif
