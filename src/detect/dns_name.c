#include "detect/dns_name.h"

#include <string.h>

#define HEADER_BYTES 12
#define LABEL_MAX 63
#define LABELS_MAX 127
#define CLASS_IN 1
#define SHORT_LABEL 3 // co.uk, com.au: below such a one nobody registers
#define SHORT_TOP 2
#define LABEL_CHARS 4 // in the mean, with the dot; a label for each digit has two

static uint16_t be16(const uint8_t *at) {
	return (uint16_t)(at[0] << 8 | at[1]);
}

static char lower(uint8_t c) {
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : (char)c;
}

// The last two labels; three where the second to last is as short as those of registries under a country's.
static uint8_t base_of(const struct dns_question *q, const uint8_t label_at[], unsigned n) {
	const unsigned top = n < 1 ? 0 : q->name_bytes - label_at[n - 1] - 1u;
	const unsigned second = n < 2 ? 0 : label_at[n - 1] - label_at[n - 2] - 1u;
	unsigned labels = 2;

	if (n >= 3 && top == SHORT_TOP && second <= SHORT_LABEL)
		labels = 3;
	return n <= labels ? q->name_bytes : (uint8_t)(q->name_bytes - label_at[n - labels]);
}

bool dns_question_read(const uint8_t *bytes, unsigned n, struct dns_question *q) {
	uint8_t label_at[LABELS_MAX + 1];
	unsigned at = HEADER_BYTES, length;

	// One question, no operation but QUERY.
	if (n < HEADER_BYTES || (bytes[2] & 0x78) != 0 || be16(&bytes[4]) != 1)
		return false;
	*q = (struct dns_question) {.is_answer = bytes[2] >> 7};
	for (;;) {
		if (at >= n)
			return q->n_labels
				> 0; // cut off here: what is known says how long it is at least
		length = bytes[at++];
		if (length == 0)
			break;
		if (length > LABEL_MAX || q->name_bytes + length + 1 > DNS_NAME_MAX)
			return false; // a pointer has no place in a question
		if (at + length > n)
			length = n - at;
		label_at[q->n_labels++] = q->name_bytes;
		for (unsigned i = 0; i < length; i++)
			q->name[q->name_bytes++] = lower(bytes[at + i]);
		q->name[q->name_bytes++] = '.';
		at += length;
	}
	if (at + 4 > n)
		return q->n_labels > 0;
	q->type = be16(&bytes[at]);
	q->is_whole = true;
	q->base_bytes = base_of(q, label_at, q->n_labels);
	return (be16(&bytes[at + 2]) & 0x7fff) == CLASS_IN;
}

bool dns_name_is_reverse(const struct dns_question *q) {
	static const char end[] = ".arpa.";
	const unsigned n = sizeof(end) - 1;

	return q->name_bytes >= n && memcmp(&q->name[q->name_bytes - n], end, n) == 0;
}

// Four numbers of an address in a row, whatever stands between them.
static bool has_address(const char *name, unsigned n) {
	unsigned numbers = 0, digits = 0, value = 0;

	for (unsigned i = 0; i < n; i++) {
		const bool digit = name[i] >= '0' && name[i] <= '9';
		const bool between = name[i] == '-' || name[i] == '.' || name[i] == '_';

		if (digit) {
			value = digits < 4 ? 10 * value + (unsigned)(name[i] - '0') : 256;
			digits++;
			continue;
		}
		numbers = between && digits > 0 && value < 256 ? numbers + 1 : 0;
		if (numbers == 4)
			return true;
		digits = value = 0;
	}
	return numbers == 3 && digits > 0 && value < 256;
}

bool dns_name_is_of_address(const struct dns_question *q) {
	return q->name_bytes < LABEL_CHARS * q->n_labels
		|| has_address(q->name, q->name_bytes - (q->is_whole ? q->base_bytes : 0u));
}
