#include "sensor/model_store.h"

#include "detect/file_put.h"
#include "model/model.h"

#include <jansson.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX_BYTES_MAX (1u << 20)
#define VERSION 1

const char *const store_role_name[STORE_ROLES] = {"flow", "host"};

static int wrong(char *error, int code, const char *path, const char *what) {
	snprintf(error, SENSOR_ERROR_MAX, "%s: %s", path, what);
	return code;
}

void store_path(
	const struct model_store *s,
	unsigned role,
	uint32_t number,
	char path[static STORE_PATH_MAX]
) {
	snprintf(
		path,
		STORE_PATH_MAX,
		"%s/models/%s-%u.weir",
		s->folder,
		store_role_name[role],
		number
	);
}

static bool entry_read(struct stored *e, json_t *from) {
	const char *path, *kind;
	json_int_t number, crc, time_s;
	int back;

	if (json_unpack(
		    from,
		    "{s:I, s:s, s:s, s:I, s:I, s:b}",
		    "number",
		    &number,
		    "from",
		    &path,
		    "kind",
		    &kind,
		    "crc",
		    &crc,
		    "time",
		    &time_s,
		    "back",
		    &back
	    ) < 0
	    || number < 1 || number > UINT32_MAX)
		return false;
	*e = (struct stored) {
		.number = (uint32_t)number,
		.crc = (uint32_t)crc,
		.time_s = (uint64_t)time_s,
		.back = back};
	snprintf(e->kind, sizeof(e->kind), "%s", kind);
	snprintf(e->from, sizeof(e->from), "%s", path);
	return true;
}

static bool role_read(struct model_store *s, unsigned role, const json_t *list) {
	const size_t n = json_array_size(list);

	if (!json_is_array(list) || n > STORE_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!entry_read(&s->entry[role][i], json_array_get(list, i)))
			return false;
		if (i > 0 && s->entry[role][i].number <= s->entry[role][i - 1].number)
			return false;
	}
	s->n[role] = (uint32_t)n;
	return true;
}

static bool index_read(struct model_store *s, const uint8_t *bytes, size_t n) {
	json_t *root = json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES, NULL);
	bool ok = json_integer_value(json_object_get(root, "version")) == VERSION;

	for (unsigned role = 0; role < STORE_ROLES && ok; role++)
		ok = role_read(s, role, json_object_get(root, store_role_name[role]));
	json_decref(root);
	return ok;
}

static void index_path(const struct model_store *s, char path[static STORE_PATH_MAX]) {
	snprintf(path, STORE_PATH_MAX, "%s/models.json", s->folder);
}

int store_open(
	struct model_store *s,
	const char *state_folder,
	char error[static SENSOR_ERROR_MAX]
) {
	char path[STORE_PATH_MAX], why[FILE_ERROR_MAX];
	uint8_t *bytes = NULL;
	size_t n = 0;
	int ret;

	*s = (struct model_store) {0};
	if (state_folder[0] == '\0')
		return -ENOENT;
	snprintf(s->folder, sizeof(s->folder), "%s", state_folder);
	index_path(s, path);
	ret = file_get(path, INDEX_BYTES_MAX, &bytes, &n, why);
	if (ret < 0)
		return wrong(error, ret, path, why);
	if (!index_read(s, bytes, n)) {
		memset(s->n, 0, sizeof(s->n));
		ret = wrong(
			error, -EBADMSG, path, "not the list of models that it should be; remove it"
		);
	}
	free(bytes);
	return ret;
}

const struct stored *store_active(const struct model_store *s, unsigned role) {
	for (uint32_t i = s->n[role]; i > 0; i--)
		if (!s->entry[role][i - 1].back)
			return &s->entry[role][i - 1];
	return NULL;
}

static bool put_index(int fd, void *what) {
	const struct model_store *s = what;
	json_t *root = json_pack("{s:i}", "version", VERSION);
	char *text;
	bool ok;

	for (unsigned role = 0; role < STORE_ROLES; role++) {
		json_t *list = json_array();

		for (uint32_t i = 0; i < s->n[role]; i++) {
			const struct stored *e = &s->entry[role][i];

			json_array_append_new(
				list,
				json_pack(
					"{s:I, s:s, s:s, s:I, s:I, s:b}",
					"number",
					(json_int_t)e->number,
					"from",
					e->from,
					"kind",
					e->kind,
					"crc",
					(json_int_t)e->crc,
					"time",
					(json_int_t)e->time_s,
					"back",
					e->back
				)
			);
		}
		json_object_set_new(root, store_role_name[role], list);
	}
	text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	ok = text != NULL && file_write(fd, text, strlen(text));
	free(text);
	return ok;
}

static int index_write(struct model_store *s, char *error) {
	char path[STORE_PATH_MAX], why[FILE_ERROR_MAX];
	int ret;

	index_path(s, path);
	ret = file_put(path, put_index, s, why);
	return ret < 0 ? wrong(error, ret, path, why) : 0;
}

static void drop_oldest(struct model_store *s, unsigned role) {
	char path[STORE_PATH_MAX];

	store_path(s, role, s->entry[role][0].number, path);
	unlink(path);
	s->n[role]--;
	memmove(&s->entry[role][0], &s->entry[role][1], s->n[role] * sizeof(s->entry[role][0]));
}

int store_add(
	struct model_store *s,
	unsigned role,
	const struct model *model,
	const char *from,
	uint64_t time_s,
	char error[static SENSOR_ERROR_MAX]
) {
	const struct model_store before = *s;
	const uint32_t last = s->n[role] == 0 ? 0 : s->entry[role][s->n[role] - 1].number;
	char path[STORE_PATH_MAX], why[MODEL_ERROR_MAX];
	struct model_info info;
	struct stored *e;
	int ret;

	snprintf(path, sizeof(path), "%s/models", s->folder);
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return wrong(error, -errno, path, strerror(errno));
	store_path(s, role, last + 1, path);
	ret = model_save(model, path, why);
	if (ret < 0)
		return wrong(error, ret, path, why);
	if (s->n[role] == STORE_MAX)
		drop_oldest(s, role);
	model_info(model, &info);
	e = &s->entry[role][s->n[role]++];
	*e = (struct stored) {.number = last + 1, .crc = info.crc, .time_s = time_s};
	snprintf(e->kind, sizeof(e->kind), "%s", info.kind_name);
	snprintf(e->from, sizeof(e->from), "%s", from);
	for (char *c = e->from; *c != '\0'; c++) // JSON takes no bytes that are not UTF-8
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	ret = index_write(s, error);
	if (ret < 0)
		*s = before;
	return ret;
}

int store_back(struct model_store *s, unsigned role, char error[static SENSOR_ERROR_MAX]) {
	struct stored *active = (struct stored *)store_active(s, role);
	int ret;

	if (active == NULL)
		return -ENOENT;
	active->back = true;
	ret = index_write(s, error);
	if (ret < 0)
		active->back = false;
	return ret;
}
