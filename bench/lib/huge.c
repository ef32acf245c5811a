#include "bench/lib/huge.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE_2M ((size_t)2 << 20)

static size_t field_kib(const char *file, const char *name) {
	char line[256], format[64];
	unsigned long kib = 0;
	FILE *f = fopen(file, "re");

	if (f == NULL)
		return 0;
	snprintf(format, sizeof(format), "%s %%lu", name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, format, &kib) == 1)
			break;
#pragma GCC diagnostic pop
	fclose(f);
	return kib;
}

static bool left;

void huge_reserved_leave(void) {
	left = true;
}

size_t huge_reserved_free_bytes(void) {
	const size_t free_pages = field_kib("/proc/meminfo", "HugePages_Free:");
	const size_t promised = field_kib("/proc/meminfo", "HugePages_Rsvd:");

	return !left && free_pages > promised ? (free_pages - promised) * PAGE_2M : 0;
}

size_t memory_resident_bytes(void) {
	const char *file = "/proc/self/status";

	return (field_kib(file, "VmRSS:") + field_kib(file, "HugetlbPages:")) << 10;
}

// AnonHugePages of the mapping that holds `at`; mappings that the kernel joined count together.
static size_t transparent_bytes(const void *at) {
	const uintptr_t want = (uintptr_t)at;
	bool ours = false;
	char line[512];
	size_t kib = 0;
	FILE *f = fopen("/proc/self/smaps", "re");

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2 && strchr(line, ':') != line)
			ours = want >= from && want < to;
		else if (ours && sscanf(line, "AnonHugePages: %lu", &kib) == 1)
			break;
	}
	fclose(f);
	return kib << 10;
}

static bool reserved(struct huge *out) {
	if (huge_reserved_free_bytes() < out->bytes)
		return false;
	out->at
		= mmap(NULL,
		       out->bytes,
		       PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE,
		       -1,
		       0);
	if (out->at == MAP_FAILED)
		return false;
	out->kind = HUGE_TLB;
	out->huge_share = 1;
	return true;
}

// One page more than asked, so that the piece can start on a huge page.
static bool ordinary(struct huge *out) {
	uint8_t *raw
		= mmap(NULL,
		       out->bytes + PAGE_2M,
		       PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1,
		       0);
	const size_t skip = (PAGE_2M - (uintptr_t)raw % PAGE_2M) % PAGE_2M;

	if (raw == MAP_FAILED)
		return false;
	if (skip > 0)
		munmap(raw, skip);
	if (PAGE_2M - skip > 0)
		munmap(raw + skip + out->bytes, PAGE_2M - skip);
	out->at = raw + skip;
	madvise(out->at, out->bytes, MADV_HUGEPAGE); // where it is refused the share tells
	memset(out->at, 0, out->bytes);
	out->huge_share = (double)transparent_bytes(out->at) / (double)out->bytes;
	out->huge_share = out->huge_share > 1 ? 1 : out->huge_share;
	out->kind = out->huge_share > 0.5 ? HUGE_TRANSPARENT : HUGE_SMALL;
	return true;
}

bool huge_alloc(struct huge *out, size_t bytes) {
	*out = (struct huge) {.bytes = (bytes + PAGE_2M - 1) / PAGE_2M * PAGE_2M};
	return reserved(out) || ordinary(out);
}

void huge_free(struct huge *h) {
	if (h->at != NULL)
		munmap(h->at, h->bytes);
	*h = (struct huge) {0};
}

const char *huge_kind_name(enum huge_kind kind) {
	static const char *const name[] = {
		[HUGE_NONE] = "none",
		[HUGE_TLB] = "hugetlb",
		[HUGE_TRANSPARENT] = "transparent",
		[HUGE_SMALL] = "small",
	};

	return name[kind];
}
