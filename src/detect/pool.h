// Objects of one size, by the thousand: the control side's hosts and what belongs to them.
//
// A host that comes and goes takes a few lines of memory from here, not pages from the kernel: pages are
// asked for 2 MiB at a time, huge ones from the second piece on, and never given back before the end.
//
// Threads    One owner.
// Memory     From the kernel as objects are needed, up to the objects that pool_create() was told of.
// Ownership  An object is the caller's from pool_take() to pool_give().
// Full       pool_take() gives NULL beyond `max` objects or where the kernel has no memory.
#ifndef WEIR_DETECT_POOL_H
#define WEIR_DETECT_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool;

// @param object_bytes  rounded up to whole lines
// @return NULL: no memory
struct pool *pool_create(size_t object_bytes, uint32_t max);
void pool_destroy(struct pool *); // NULL is fine; the objects go with it

// On a line of its own; holds anything. @return NULL: there are no more
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *object); // NULL is fine
uint64_t pool_bytes(const struct pool *pool); // taken from the kernel

#endif
