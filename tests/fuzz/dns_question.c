// A DNS message from anyone: whatever the bytes are, the question that is read is true to itself.
#include "detect/dns_name.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static void must(bool true_of_every_question) {
	if (!true_of_every_question)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	const unsigned seen = n < 512 ? (unsigned)n : 512;
	uint8_t *exact = malloc(seen + 1); // so that a read beyond the end is found
	struct dns_question q;

	if (exact == NULL)
		return 0;
	memcpy(exact, data, seen);
	if (dns_question_read(exact, seen, &q)) {
		must(q.base_bytes <= q.name_bytes);
		must(q.n_labels > 0 || q.name_bytes == 0);
		must(q.name_bytes == 0 || q.name[q.name_bytes - 1] == '.');
		must(q.is_whole || q.base_bytes == 0);
	}
	free(exact);
	return 0;
}

void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n)) {
	static const uint8_t plain[] = "\0\1\1\0\0\1\0\0\0\0\0\0\3www\7example\2co\2uk\0\0\1\0";
	static const uint8_t pointer[] = "\0\1\1\0\0\1\0\0\0\0\0\0\3www\300\14\0\1\0\1";
	static const uint8_t cut[] = "\0\1\201\200\0\1\0\0\0\0\0\0\77aaaaaaaa";
	static const uint8_t root[] = "\0\1\1\0\0\1\0\0\0\0\0\0\0\0\2\0\1";

	seed(plain, sizeof(plain));
	seed(pointer, sizeof(pointer));
	seed(cut, sizeof(cut));
	seed(root, sizeof(root));
}
