// The records of a classic pcap file (draft-ietf-opsawg-pcap, section 5) in this machine's byte order: nearly
// all captures there are. They are read by the megabyte and used where they lie; libpcap reads and copies
// each by itself, and still judges the file's header and reads all other kinds of file.
//
// Threads    One.
// Memory     From the heap at open; reading takes none.
// Ownership  Frames point into the reader's buffer, until the next classic_burst().
// Full       A record longer than CLASSIC_RECORD_MAX is damage, as it is to libpcap.
#ifndef WEIR_CLI_CLASSIC_H
#define WEIR_CLI_CLASSIC_H

#include "packet/packet.h"
#include "unpack.h"

#include <stdbool.h>
#include <stdint.h>

#define CLASSIC_HEADER_BYTES 24
#define CLASSIC_RECORD_MAX 262144 // libpcap's MAXIMUM_SNAPLEN
#define CLASSIC_ERROR_MAX 160

struct classic;

// Is it the header of such a file?
bool classic_is(const uint8_t header[static CLASSIC_HEADER_BYTES]);
// @param from  at its first byte; stays the caller's, who closes it after the reader
// @param snap_bytes  by the header, as libpcap takes it: no frame is longer
// @return NULL: no memory
struct classic *classic_create(struct unpack *from, uint32_t snap_bytes);
void classic_destroy(struct classic *); // NULL is fine

// @return how many; 0 at the end
uint16_t classic_burst(struct classic *, struct frame frames[], uint16_t max);
// Why it ended too early; NULL: it did not.
const char *classic_error(const struct classic *);

#endif
