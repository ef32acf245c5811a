// Large pieces of memory in huge pages, and what kind of pages they got.
//
// Threads    Any.
// Memory     MAP_HUGETLB where enough pages are reserved (vm.nr_hugepages), else ordinary memory on
//            which MADV_HUGEPAGE was asked; touched before it is given out, so that page faults are
//            not measured.
// Ownership  The caller's until huge_free().
#ifndef WEIR_BENCH_HUGE_H
#define WEIR_BENCH_HUGE_H

#include <stdbool.h>
#include <stddef.h>

enum huge_kind { HUGE_NONE, HUGE_TLB, HUGE_TRANSPARENT, HUGE_SMALL };

struct huge {
	void *at; // 2 MB aligned, zero
	size_t bytes; // rounded up
	enum huge_kind kind;
	double huge_share; // of the bytes that lie in huge pages, as the kernel tells
};

// @return false: no memory (errno)
bool huge_alloc(struct huge *out, size_t bytes);
void huge_free(struct huge *);
const char *huge_kind_name(enum huge_kind kind);

void huge_reserved_leave(void); // from here on reserved pages are left to others
size_t huge_reserved_free_bytes(void); // of 2 MB pages; 0 once they are left
size_t memory_resident_bytes(void); // of this process, huge pages included

#endif
