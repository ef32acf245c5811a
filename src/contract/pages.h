// Large pieces of memory from the kernel, all zero, at the start of a huge page.
//
// Threads    Any.
// Memory     pages_map() to pages_unmap(). The kernel may give small pages; that costs speed only.
#ifndef WEIR_CONTRACT_PAGES_H
#define WEIR_CONTRACT_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20)

static inline size_t pages_round_up(size_t bytes) {
	return (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
}

// @param bytes  of pages_round_up()
// @param huge   ask for huge pages: a touch clears 2 MiB at once, so not for what may stay small
// @return NULL: no memory
static inline void *pages_map(size_t bytes, bool huge) {
	void *memory
		= mmap(NULL,
		       bytes + HUGE_PAGE_BYTES,
		       PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS,
		       -1,
		       0);
	uintptr_t at, start;

	if (memory == MAP_FAILED)
		return NULL;
	at = (uintptr_t)memory;
	start = pages_round_up(at);
	if (start > at)
		munmap(memory, start - at);
	if (at + HUGE_PAGE_BYTES > start)
		munmap((void *)(start + bytes), at + HUGE_PAGE_BYTES - start);
	if (huge)
		madvise((void *)start, bytes, MADV_HUGEPAGE);
	return (void *)start;
}

static inline void pages_unmap(void *memory, size_t bytes) {
	munmap(memory, bytes);
}

#endif
