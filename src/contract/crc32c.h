// CRC-32C (Castagnoli), RFC 3720 appendix B.4: the check of model files and of the
// spool's records.
//
// Threads    Pure.
#ifndef WEIR_CONTRACT_CRC32C_H
#define WEIR_CONTRACT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

// @param crc  0 to begin, or the result so far
static inline uint32_t crc32c(uint32_t crc, const void *bytes, size_t n) {
	const uint8_t *b = bytes;

	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= b[i];
		for (unsigned k = 0; k < 8; k++) // a model at start, a few KB a second: no table
			crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
	}
	return ~crc;
}

#endif
