// The question of a DNS message, from bytes that anyone may have sent.
#ifndef WEIR_DETECT_DNS_NAME_H
#define WEIR_DETECT_DNS_NAME_H

#include <stdbool.h>
#include <stdint.h>

#define DNS_NAME_MAX 255 // RFC 1035, 2.3.4

struct dns_question {
	bool is_answer;
	bool is_whole; // all of the name was in the bytes, and its type
	uint16_t type;
	uint8_t n_labels; // that were there
	uint8_t name_bytes; // of the labels, each with a dot; all of it only where the name is whole
	uint8_t base_bytes; // of those the domain: as much as somebody registers
	char name[DNS_NAME_MAX + 1]; // in lower case, with a dot behind each label
};

// @return false: not one question of class IN, or not DNS
bool dns_question_read(const uint8_t *bytes, unsigned n, struct dns_question *out);

bool dns_name_is_reverse(const struct dns_question
				 *); // in-addr.arpa, ip6.arpa and what else is there
// An address is written in it: four numbers in a row, or a label for each digit (RFC 5782, 2.1 and 2.4: block lists).
bool dns_name_is_of_address(const struct dns_question *);

#endif
