// A fuzz target without libFuzzer, so that every compiler runs it: over seeds, files and folders, each
// as it is, cut short, and spoiled in ways that are the same on every run.
//
//     NAME_replay [--write FOLDER] [FILE|FOLDER...]
//
// --write puts the seeds into a folder, for libFuzzer to begin with.
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1u << 20)
#define SPOILED_PER_SEED 2000
#define CUT_STEPS 64 // places at which an input is cut

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
// A target that makes its own seeds has this.
[[gnu::weak]] void fuzz_seeds(void (*seed)(const uint8_t *data, size_t n));

static uint64_t inputs, runs;
static const char *write_folder;

static uint64_t random_next(uint64_t *state) { // xorshift64, Marsaglia 2003
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

// In a block of its own, so that a sanitizer sees every byte that is read outside of it.
static void one(const uint8_t *data, size_t n) {
	uint8_t *block = malloc(n != 0 ? n : 1);

	if (block == NULL)
		abort();
	memcpy(block, data, n);
	LLVMFuzzerTestOneInput(block, n);
	free(block);
	runs++;
}

static void spoil(uint8_t *bytes, size_t n, uint64_t *state) {
	static const uint8_t values[] = {0x00, 0xff, 0x80, 0x7f, 0x01, 0x40};
	const unsigned changes = 1 + random_next(state) % 4;

	for (unsigned i = 0; i < changes; i++) {
		uint8_t *at = &bytes[random_next(state) % n];
		const uint64_t how = random_next(state);

		*at = how & 1 ? values[(how >> 1) % sizeof(values)] : (uint8_t)(how >> 8);
	}
}

static void seed(const uint8_t *data, size_t n) {
	uint64_t state = 0x9e3779b97f4a7c15u + inputs;
	uint8_t *copy = malloc(n != 0 ? n : 1);

	if (copy == NULL)
		abort();
	inputs++;
	one(data, n);
	for (size_t i = 0; i < CUT_STEPS; i++)
		one(data, n * i / CUT_STEPS);
	for (unsigned i = 0; n > 0 && i < SPOILED_PER_SEED; i++) {
		memcpy(copy, data, n);
		spoil(copy, n, &state);
		one(copy, n);
	}
	free(copy);
}

static void seed_write(const uint8_t *data, size_t n) {
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/seed%03u", write_folder, (unsigned)inputs++);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(data, 1, n, f) != n || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static bool file(const char *path) {
	static uint8_t bytes[FILE_MAX];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return false;
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	seed(bytes, n);
	return true;
}

static bool folder(const char *path) {
	struct dirent **entry;
	const int n = scandir(path, &entry, NULL, alphasort);

	if (n < 0)
		return false;
	for (int i = 0; i < n; i++) {
		char inside[4096];

		snprintf(inside, sizeof(inside), "%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			file(inside);
		free(entry[i]);
	}
	free(entry);
	return true;
}

int main(int argc, char **argv) {
	int i = 1;

	if (argc > 2 && strcmp(argv[1], "--write") == 0) {
		write_folder = argv[2];
		i = 3;
	}
	if (fuzz_seeds != NULL)
		fuzz_seeds(write_folder != NULL ? seed_write : seed);
	for (; i < argc; i++)
		if (!folder(argv[i]) && !file(argv[i])) {
			perror(argv[i]);
			return 1;
		}
	printf("%llu inputs, %llu runs\n", (unsigned long long)inputs, (unsigned long long)runs);
	return inputs > 0 ? 0 : 1; // a test of nothing is no test
}
