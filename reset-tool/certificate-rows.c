/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/certificate-rows.h"

#include "linux/base/cleanup.h"
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#define DEPTH_MAX 16 /* a record has six */

struct rows {
        certificate_visitor visit;
        void *context;
};

static void free_json(json_object **object)
{
        (void)json_object_put(*object);
}

static void free_tokener(json_tokener **tokener)
{
        json_tokener_free(*tokener);
}

/* All of it has to be one object, but for the line's end. */
static json_object *parse(const struct certificate *certificate)
{
        _cleanup_(free_tokener) json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
        size_t size = certificate->record_size;
        while (size > 0 && certificate->record[size - 1] == '\n')
                size--;
        if (!tokener)
                return NULL;
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        json_object *record = json_tokener_parse_ex(tokener, certificate->record, (int)size);
        if (json_object_is_type(record, json_type_object) && json_tokener_get_parse_end(tokener) == size)
                return record;
        (void)json_object_put(record);
        return NULL;
}

bool certificate_is_json(const struct certificate *certificate)
{
        _cleanup_(free_json) json_object *record = parse(certificate);
        return record;
}

/* What is not there, null, or "" is not a line. */
static void row(const struct rows *rows, const char *label, json_object *parent, const char *key)
{
        json_object *value;
        if (!json_object_is_type(parent, json_type_object) || !json_object_object_get_ex(parent, key, &value) || !value ||
            json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
                return;
        const char *text = json_object_get_string(value);
        if (text && text[0])
                rows->visit(rows->context, label, text);
}

static void row_time(const struct rows *rows, const char *label, json_object *parent, const char *key)
{
        json_object *value;
        char text[40];
        struct tm parts;
        time_t at = json_object_object_get_ex(parent, key, &value) ? (time_t)json_object_get_int64(value) : 0;
        if (at <= 0 || !gmtime_r(&at, &parts) || strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
                return;
        rows->visit(rows->context, label, text);
}

static json_object *member(json_object *parent, const char *key)
{
        json_object *value = NULL;
        if (json_object_is_type(parent, json_type_object))
                (void)json_object_object_get_ex(parent, key, &value);
        return value;
}

static const char *text_of(json_object *parent, const char *key)
{
        json_object *value = member(parent, key);
        return value && json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

void certificate_outcome(const struct certificate *certificate, char ret_result[static 24], char ret_origin[static 24],
                         uint64_t *ret_undeclared)
{
        _cleanup_(free_json) json_object *record = parse(certificate);
        const char *result = text_of(record, "result"), *origin = text_of(record, "origin");
        (void)text_copy(ret_result, 24, result, strlen(result));
        (void)text_copy(ret_origin, 24, origin, strlen(origin));
        json_object *undeclared = member(record, "undeclaredPartitions");
        *ret_undeclared = undeclared ? json_object_get_uint64(undeclared) : 0;
}

static void say_outcome(const struct rows *rows, json_object *record)
{
        rows->visit(rows->context, NULL, "Outcome");
        row(rows, "Result", record, "result");
        row(rows, "Error", record, "error");
        row(rows, "Reset", record, "resetId");
        row_time(rows, "Begun", record, "startedAt");
        row_time(rows, "Recorded", record, "writtenAt");
        row(rows, "Attempts", record, "attempts");
        row(rows, "Factory state digest", record, "factoryDigest");
}

static void say_things(const struct rows *rows, json_object *record)
{
        json_object *machine = member(record, "machine"), *medium = member(record, "medium");
        rows->visit(rows->context, NULL, "Machine");
        row(rows, "Manufacturer", machine, "manufacturer");
        row(rows, "Model", machine, "model");
        row(rows, "Serial number", machine, "serial");
        row(rows, "Asset number", machine, "assetNumber");
        rows->visit(rows->context, NULL, "Medium");
        row(rows, "Model", medium, "model");
        row(rows, "Serial number", medium, "serial");
        row(rows, "Device", medium, "device");
        row(rows, "Disk GUID", medium, "diskUuid");
        rows->visit(rows->context, NULL, "Method");
        row(rows, "Level", record, "level");
        row(rows, "Tool", record, "tool");
        row(rows, "Origin", record, "origin");
        row(rows, "Asked for by", record, "requester");
        row(rows, "Reason", record, "reason");
        row(rows, "Plan digest", record, "planDigest");
}

/* What stays although nobody declares it, before anything else about the disk. */
static void say_left(const struct rows *rows, json_object *record)
{
        json_object *list = member(record, "partitions"), *area = member(record, "bootLoaderArea");
        bool titled = false;
        for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list); i++) {
                json_object *partition = json_object_array_get_idx(list, i);
                char text[512];
                if (strcmp(text_of(partition, "fate"), "undeclared") != 0)
                        continue;
                if (!titled)
                        rows->visit(rows->context, NULL, "Left as it is: the image does not declare it");
                titled = true;
                (void)snprintf(text, sizeof(text), "\"%s\", type %s, %lld bytes", text_of(partition, "label"),
                               text_of(partition, "type"), (long long)json_object_get_int64(member(partition, "sizeBytes")));
                rows->visit(rows->context, "Partition", text);
        }
        if (!json_object_is_type(area, json_type_object))
                return;
        if (!titled)
                rows->visit(rows->context, NULL, "Left as it is");
        row(rows, "Boot loader area, bytes from the disk's beginning", area, "sizeBytes");
}

static void say_disks(const struct rows *rows, json_object *record)
{
        json_object *disks = member(record, "additionalDisks");
        for (size_t i = 0; json_object_is_type(disks, json_type_array) && i < json_object_array_length(disks); i++) {
                json_object *disk = json_object_array_get_idx(disks, i);
                rows->visit(rows->context, NULL, "Additional disk");
                row(rows, "Model", disk, "model");
                row(rows, "Serial number", disk, "serial");
                row(rows, "Media type", disk, "mediaType");
                row(rows, "Size in bytes", disk, "sizeBytes");
                row(rows, "Level wanted", disk, "levelWanted");
                row(rows, "Level reached", disk, "levelDone");
                row(rows, "Technique", disk, "technique");
                row(rows, "Verdict", disk, "verdict");
        }
}

/* What is there beside the factory state: whoever reads "complete" has to know. */
static void say_kept(const struct rows *rows, json_object *record)
{
        json_object *kept = member(record, "kept"), *list = member(kept, "list");
        if (!json_object_is_type(kept, json_type_object))
                return;
        rows->visit(rows->context, NULL, "Kept through the reset");
        row(rows, "Files and directories", kept, "count");
        row(rows, "Bytes", kept, "bytes");
        row(rows, "Digest of the list", kept, "sha256");
        for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list); i++) {
                json_object *line = json_object_array_get_idx(list, i);
                if (json_object_is_type(line, json_type_string))
                        rows->visit(rows->context, "Kept", json_object_get_string(line));
        }
        row(rows, "Not listed here", kept, "more");
        row(rows, "Dropped", kept, "notRestored");
        row(rows, "Why", kept, "notRestoredReason");
}

static void say_names(const struct rows *rows, const char *label, json_object *cleaned, const char *key)
{
        json_object *list = member(cleaned, key);
        for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list); i++) {
                json_object *item = json_object_array_get_idx(list, i);
                char text[512];
                (void)snprintf(text, sizeof(text), "%s: %s", text_of(item, "name"), text_of(item, "why"));
                rows->visit(rows->context, label, text);
        }
}

/* Whoever takes the device over wants to know what of before could still start it. */
static void say_cleaned(const struct rows *rows, json_object *record)
{
        json_object *cleaned = member(record, "espAndVariables");
        if (!json_object_is_type(cleaned, json_type_object))
                return;
        rows->visit(rows->context, NULL, "EFI system partition and EFI variables");
        say_names(rows, "File removed", cleaned, "espRemoved");
        say_names(rows, "File altered", cleaned, "espAltered");
        say_names(rows, "File stays", cleaned, "espKept");
        say_names(rows, "Variable removed", cleaned, "variablesRemoved");
        say_names(rows, "Variable stays", cleaned, "variablesKept");
        say_names(rows, "Variable not removable", cleaned, "variablesNotRemoved");
        row(rows, "Not listed here", cleaned, "more");
}

static void say_tpm(const struct rows *rows, json_object *record)
{
        json_object *tpm = member(record, "tpm");
        rows->visit(rows->context, NULL, "TPM");
        row(rows, "Present", tpm, "present");
        row(rows, "Policy", tpm, "clear");
        row(rows, "Cleared by", tpm, "way");
        row(rows, "Boot mode measured", tpm, "modeMeasured");
        row(rows, "Storage root key before", tpm, "storageRootKeyBefore");
        row(rows, "Storage root key after", tpm, "storageRootKeyAfter");
}

static void say_steps(const struct rows *rows, json_object *record)
{
        json_object *steps = member(record, "steps");
        rows->visit(rows->context, NULL, "Steps and their verification");
        for (size_t i = 0; json_object_is_type(steps, json_type_array) && i < json_object_array_length(steps); i++) {
                json_object *step = json_object_array_get_idx(steps, i), *erase = member(step, "erase");
                char label[128], value[512];
                const char *of = text_of(step, "label")[0] ? text_of(step, "label") : text_of(step, "definition");
                const char *technique = text_of(erase, "technique"), *check = text_of(step, "check");
                (void)snprintf(label, sizeof(label), "%s %s", text_of(step, "kind"), of);
                (void)snprintf(value, sizeof(value), "%s%s%s%s%s", text_of(step, "result"), technique[0] ? "; " : "", technique,
                               check[0] ? "; " : "", check);
                rows->visit(rows->context, label, value);
        }
}

bool certificate_rows(const struct certificate *certificate, certificate_visitor visit, void *context)
{
        const struct rows rows = { visit, context };
        _cleanup_(free_json) json_object *record = parse(certificate);
        if (!record)
                return false;
        say_outcome(&rows, record);
        say_things(&rows, record);
        say_left(&rows, record);
        say_disks(&rows, record);
        say_tpm(&rows, record);
        say_kept(&rows, record);
        say_cleaned(&rows, record);
        say_steps(&rows, record);
        return true;
}
