// Which alarm a packet belongs to: one that was up at its time, at whose target it is aimed (or comes from,
// where the kind says so), and of whose kind it looks. Of several the one whose kind tells most of a packet (its
// flags, its port), then the one that began first.
//
// Threads    One.
// Memory     From the heap, one pointer an alarm.
#ifndef WEIR_CLI_SCORES_ALARMS_H
#define WEIR_CLI_SCORES_ALARMS_H

#include "packet/packet.h"
#include "report.h"

#include <stdint.h>

struct scores_alarms;

// @param alarms  stays the caller's, and as it is
struct scores_alarms *scores_alarms_create(const struct alarm_list *alarms); // NULL: no memory
void scores_alarms_destroy(struct scores_alarms *); // NULL is fine
// Packets in the order of their time. @return its id, or 0
uint64_t scores_alarms_of(struct scores_alarms *, const struct packet *packet, uint64_t now_ns);

#endif
