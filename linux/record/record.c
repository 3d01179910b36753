/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/record/record-disks.h"
#include "linux/record/record-object.h"
#include "linux/record/record-outcome.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FACT_MAX 256

/* One line of sysfs, without the blanks that vendors pad with; "" if there is none. */
static void read_fact(const char *path, char ret[static FACT_MAX])
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        ret[0] = 0;
        if (file_read(AT_FDCWD, path, FACT_MAX - 1, &text, &size) < 0 || !text_is_utf8(text, size))
                return;
        while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' '))
                size--;
        (void)text_copy(ret, FACT_MAX, text, size);
}

static void object_fact(struct object *object, const char *key, const char *path)
{
        char value[FACT_MAX];
        read_fact(path, value);
        object_text(object, key, value);
}

static void encode_machine(struct object *parent)
{
        object_key(parent, "machine");
        struct object machine = object_open(parent->writer);
        object_fact(&machine, "manufacturer", "/sys/class/dmi/id/sys_vendor");
        object_fact(&machine, "model", "/sys/class/dmi/id/product_name");
        object_fact(&machine, "serial", "/sys/class/dmi/id/product_serial");
        object_fact(&machine, "assetNumber", "/sys/class/dmi/id/chassis_asset_tag");
        object_close(&machine);
}

static void encode_medium(struct object *parent, const struct inventory *inventory)
{
        const char *disk = strrchr(inventory->disk_path, '/') ? strrchr(inventory->disk_path, '/') + 1 : inventory->disk_path;
        char path[128], uuid[GUID_TEXT_SIZE];
        guid_format(&inventory->disk_uuid, uuid);
        object_key(parent, "medium");
        struct object medium = object_open(parent->writer);
        object_text(&medium, "device", inventory->disk_path);
        object_text(&medium, "diskUuid", uuid);
        (void)snprintf(path, sizeof(path), "/sys/block/%s/device/model", disk);
        object_fact(&medium, "model", path);
        (void)snprintf(path, sizeof(path), "/sys/block/%s/device/serial", disk);
        object_fact(&medium, "serial", path);
        (void)snprintf(path, sizeof(path), "/sys/block/%s/queue/rotational", disk);
        object_fact(&medium, "rotational", path);
        object_close(&medium);
}

/* What became of each partition that was there. */
static void encode_partitions(struct object *parent, const struct record_source *source)
{
        const struct inventory *inventory = source->inventory;
        char text[GUID_TEXT_SIZE];
        object_key(parent, "partitions");
        writer_char(parent->writer, '[');
        for (size_t i = 0; i < inventory->partition_count; i++) {
                const struct inventory_partition *partition = &inventory->partitions[i];
                if (i > 0)
                        writer_char(parent->writer, ',');
                struct object object = object_open(parent->writer);
                object_number(&object, "partition", partition->number);
                object_text(&object, "label", partition->name);
                guid_format(&partition->type, text);
                object_text(&object, "type", text);
                guid_format(&partition->uuid, text);
                object_text(&object, "uuid", text);
                object_number(&object, "startBytes", partition->start_bytes);
                object_number(&object, "sizeBytes", partition->size_bytes);
                object_text(&object, "fate", partition_fate_name(source->plan->fates[i]));
                object_close(&object);
        }
        writer_char(parent->writer, ']');
}

/* Unpartitioned space that is left to a boot loader, whatever it holds. */
static void encode_spared(struct object *parent, const struct plan *plan)
{
        if (plan->spared_bytes == 0)
                return;
        object_key(parent, "bootLoaderArea");
        struct object object = object_open(parent->writer);
        object_number(&object, "startBytes", plan->spared_start_bytes);
        object_number(&object, "sizeBytes", plan->spared_bytes);
        object_close(&object);
}

static void object_bool(struct object *object, const char *key, bool value)
{
        object_key(object, key);
        writer_text(object->writer, value ? "true" : "false");
}

static void encode_handles(struct object *parent, const char *key, const char *count_key, const struct tpm_handles *handles)
{
        char text[16];
        object_key(parent, key);
        writer_char(parent->writer, '[');
        for (uint32_t i = 0; i < handles->count && i < TPM_HANDLES_LISTED_MAX; i++) {
                (void)snprintf(text, sizeof(text), "%s\"0x%08x\"", i > 0 ? "," : "", handles->listed[i]);
                writer_text(parent->writer, text);
        }
        writer_char(parent->writer, ']');
        object_number(parent, count_key, handles->count);
}

/* A state of the TPM: what may differ between before and after, and what has to. */
static void encode_state(struct object *parent, const char *key, const struct tpm_evidence *evidence)
{
        object_key(parent, key);
        if (!evidence) {
                writer_text(parent->writer, "null");
                return;
        }
        struct object state = object_open(parent->writer);
        object_bool(&state, "ownerAuthSet", evidence->owner_auth_set);
        object_bool(&state, "endorsementAuthSet", evidence->endorsement_auth_set);
        object_bool(&state, "lockoutAuthSet", evidence->lockout_auth_set);
        object_bool(&state, "disableClear", evidence->disable_clear);
        object_bool(&state, "inLockout", evidence->in_lockout);
        object_number(&state, "clockMs", evidence->clock_ms);
        object_number(&state, "resetCount", evidence->reset_count);
        object_number(&state, "restartCount", evidence->restart_count);
        encode_handles(&state, "persistentHandles", "persistentHandleCount", &evidence->persistent);
        encode_handles(&state, "ownerIndices", "ownerIndexCount", &evidence->nv_indices);
        object_close(&state);
}

static void encode_firmware(struct object *parent, const struct record_tpm *tpm, unsigned asked)
{
        object_key(parent, "firmware");
        struct object firmware = object_open(parent->writer);
        object_number(&firmware, "asked", asked);
        if (tpm->operation != 0) {
                object_number(&firmware, "operation", tpm->operation);
                object_text(&firmware, "answer", tpm->answered ? firmware_answer_name(tpm->answer) : "unreadable");
                object_number(&firmware, "code", tpm->code);
        }
        object_close(&firmware);
}

static void encode_tpm(struct object *parent, const struct record_source *source)
{
        static const char *const authorizations[] = { "not-tried", "unusable", "refused", "accepted" };
        const struct progress *progress = source->progress;
        object_key(parent, "tpm");
        struct object tpm = object_open(parent->writer);
        object_bool(&tpm, "present", source->tpm_after);
        object_text(&tpm, "clear", tpm_clear_policy_name(source->plan->tpm_clear));
        if (source->tpm_after) {
                object_bool(&tpm, "modeMeasured", !source->mode_unmeasured);
                object_text(&tpm, "way", tpm_clear_way_name(source->tpm->way));
                object_text(&tpm, "imageAuthorization",
                            (unsigned)source->tpm->authorization < ARRAY_SIZE(authorizations)
                                    ? authorizations[source->tpm->authorization]
                                    : "unknown");
                object_hex(&tpm, "storageRootKeyBefore", progress->srk_name_before, progress->srk_name_before_size);
                object_hex(&tpm, "storageRootKeyAfter", source->tpm_after->srk_name, source->tpm_after->srk_name_size);
                encode_state(&tpm, "before", source->tpm_before);
                encode_state(&tpm, "after", source->tpm_after);
                if (progress->firmware_asked > 0)
                        encode_firmware(&tpm, source->tpm, progress->firmware_asked);
        }
        object_close(&tpm);
}

/* NIST SP 800-88 Rev. 2, 3.1: the method is what an attacker is held off with, the technique how that was done. */
static const char *technique_of(const struct plan_step *step, const struct record_step *done)
{
        if (step->kind == STEP_DESTROY_KEYS)
                return "cryptographic erase: overwriting of the key area";
        return done->discarded ? "cryptographic erase, then block discard" : "overwrite, one pass";
}

static void encode_discard(struct object *parent, const struct discard_evidence *evidence)
{
        object_key(parent, "discard");
        struct object object = object_open(parent->writer);
        object_text(&object, "proven", discard_is_proven(evidence) ? "yes" : "no");
        object_number(&object, "markers", evidence->markers);
        object_number(&object, "samples", evidence->samples);
        object_number(&object, "samplesWithDataBefore", evidence->data_before);
        object_number(&object, "notZeroAfter", evidence->not_zero);
        object_number(&object, "unreadableAfter", evidence->unreadable);
        object_close(&object);
}

static void encode_erase(struct object *parent, const struct plan_step *step, const struct record_step *done)
{
        object_key(parent, "erase");
        struct object erase = object_open(parent->writer);
        object_text(&erase, "method", "clear");
        object_text(&erase, "technique", technique_of(step, done));
        if (step->method == ERASE_METHOD_DISCARD)
                encode_discard(&erase, &done->discard);
        record_outcome_encode(&erase, &done->erase);
        object_close(&erase);
}

static const char *result_of(const struct record_step *step)
{
        if (!step->executed)
                return "not-reached";
        if (step->result != 0 || step->verdict == ERASE_FAILED)
                return "failed";
        return step->verdict == ERASE_PARTIAL ? "partial" : "ok";
}

static void encode_step(struct writer *writer, const struct record_source *source, size_t index)
{
        const struct plan_step *step = &source->plan->steps[index];
        const struct record_step *done = &source->record->steps[index];
        struct object object = object_open(writer);
        object_text(&object, "kind", step_kind_name(step->kind));
        if (step->definition >= 0)
                object_text(&object, "definition", source->policy->partitions[step->definition].label);
        if (step->partition >= 0) {
                const struct inventory_partition *partition = &source->inventory->partitions[step->partition];
                object_number(&object, "partition", partition->number);
                object_text(&object, "label", partition->name);
        }
        if (step->further_disk > 0)
                object_number(&object, "furtherDisk", step->further_disk);
        if (step->method != ERASE_METHOD_NONE)
                object_text(&object, "method", erase_method_name(step->method));
        if (step->size_bytes)
                object_number(&object, "startBytes", step->start_bytes);
        if (step->size_bytes)
                object_number(&object, "sizeBytes", step->size_bytes);
        object_text(&object, "why", step_why_text(step->why));
        object_text(&object, "result", result_of(done));
        object_number(&object, "durationMs", done->duration_ms);
        object_text(&object, "check", done->detail);
        if (done->erases)
                encode_erase(&object, step, done);
        object_close(&object);
}

static void encode_steps(struct object *parent, const struct record_source *source)
{
        object_key(parent, "steps");
        writer_char(parent->writer, '[');
        for (size_t i = 0; i < source->plan->step_count; i++) {
                if (i > 0)
                        writer_char(parent->writer, ',');
                encode_step(parent->writer, source, i);
        }
        writer_char(parent->writer, ']');
}

static void encode_os(struct object *parent, const struct os_identity *os)
{
        object_key(parent, "system");
        struct object object = object_open(parent->writer);
        object_text(&object, "id", os->id);
        object_text(&object, "imageId", os->image_id);
        object_text(&object, "versionId", os->version_id);
        object_text(&object, "imageVersion", os->image_version);
        object_close(&object);
}

static void encode_list(struct object *parent, const char *key, const struct beyond_list *list)
{
        object_key(parent, key);
        writer_char(parent->writer, '[');
        for (size_t i = 0; i < list->count; i++) {
                if (i > 0)
                        writer_char(parent->writer, ',');
                struct object item = object_open(parent->writer);
                object_text(&item, "name", list->items[i].name);
                object_text(&item, "why", list->items[i].why);
                object_close(&item);
        }
        writer_char(parent->writer, ']');
}

static uint32_t count_more(const struct beyond *beyond)
{
        return beyond->esp_removed.more + beyond->esp_altered.more + beyond->esp_kept.more + beyond->variables_removed.more +
               beyond->variables_kept.more + beyond->variables_left.more;
}

/* What is neither a partition nor the TPM. */
static void encode_beyond(struct object *parent, const struct beyond *beyond)
{
        if (!beyond || (!beyond->esp_cleaned && beyond->esp_removed.count == 0))
                return;
        object_key(parent, "beyond");
        struct object object = object_open(parent->writer);
        encode_list(&object, "espRemoved", &beyond->esp_removed);
        encode_list(&object, "espAltered", &beyond->esp_altered);
        encode_list(&object, "espKept", &beyond->esp_kept);
        object_number(&object, "espFreeBytesOverwritten", beyond->free_bytes_overwritten);
        object_number(&object, "espUnusedBytesOverwritten", beyond->unused_bytes_overwritten);
        encode_list(&object, "variablesRemoved", &beyond->variables_removed);
        encode_list(&object, "variablesKept", &beyond->variables_kept);
        encode_list(&object, "variablesLeft", &beyond->variables_left);
        object_number(&object, "more", count_more(beyond));
        object_close(&object);
}

/* One text a line, so that a certificate needs to know no other format. */
static void encode_lines(struct object *parent, struct bytes lines)
{
        const char *at = (const char *)lines.data, *end = at + lines.size;
        object_key(parent, "list");
        writer_char(parent->writer, '[');
        while (at < end) {
                char text[4096];
                const char *stop = memchr(at, '\n', (size_t)(end - at));
                size_t length = (size_t)((stop ? stop : end) - at);
                (void)text_copy(text, sizeof(text), at, length);
                if (at != (const char *)lines.data)
                        writer_char(parent->writer, ',');
                writer_json_string(parent->writer, text);
                at += length + 1;
        }
        writer_char(parent->writer, ']');
}

/* What is there beside the factory state. */
static void encode_kept(struct object *parent, const struct kept *kept)
{
        if (!kept || !kept->asked)
                return;
        object_key(parent, "kept");
        struct object object = object_open(parent->writer);
        object_number(&object, "count", kept->count);
        object_number(&object, "bytes", kept->bytes);
        object_hex(&object, "sha256", kept->sha256, sizeof(kept->sha256));
        encode_lines(&object, (struct bytes){ kept->lines.data, kept->lines.size });
        object_number(&object, "more", kept->more);
        object_number(&object, "drops", kept->drops);
        object_text(&object, "dropped", kept->dropped);
        object_close(&object);
}

void record_encode(const struct record_source *source, struct writer *writer)
{
        const struct progress *progress = source->progress;
        char id[ID128_TEXT_SIZE];
        struct object object = object_open(writer);
        id128_format(&progress->reset_id, id);
        object_text(&object, "type", "cleanslate-record-1");
        object_text(&object, "result", source->record->result);
        object_text(&object, "error", source->record->error);
        object_text(&object, "resetId", id);
        object_text(&object, "tool", "cleanslate " CLEANSLATE_VERSION);
        object_text(&object, "origin", reset_origin_name(progress->origin));
        object_text(&object, "reason", progress->request.reason);
        object_text(&object, "requester", progress->request.requester);
        object_text(&object, "level",
                    source->plan->level == ERASE_LEVEL_UNSET ? "by-contents" : erase_level_name(source->plan->level));
        object_number(&object, "attempts", progress->attempts);
        object_number(&object, "failures", progress->failures);
        object_number(&object, "undeclaredPartitions", source->plan->undeclared_count);
        object_number(&object, "startedAt", progress->started_at);
        object_number(&object, "writtenAt", (uint64_t)time(NULL));
        object_number(&object, "durationMs", source->record->finished_ms - source->record->started_ms);
        object_hex(&object, "planDigest", progress->plan_digest, sizeof(progress->plan_digest));
        object_text(&object, "factoryDigest", source->factory_digest);
        encode_os(&object, source->os);
        encode_machine(&object);
        encode_medium(&object, source->inventory);
        encode_partitions(&object, source);
        encode_spared(&object, source->plan);
        record_disks_encode(&object, source);
        encode_tpm(&object, source);
        encode_beyond(&object, source->beyond);
        encode_kept(&object, source->kept);
        encode_steps(&object, source);
        object_close(&object);
        writer_char(writer, '\n');
}

/* A signature beside it belongs to what the file held before; a cut between the two leaves a record without one. */
static int remove_signature(int esp_fd, const char *name)
{
        char path[160];
        (void)snprintf(path, sizeof(path), RECORD_DIRECTORY "/%s.sig", name);
        return unlinkat(esp_fd, path, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int record_make_directory(int esp_fd)
{
        static const char *const ours[] = { "EFI/cleanslate", RECORD_DIRECTORY };
        struct stat status;
        for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
                if (fstatat(esp_fd, ours[i], &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(status.st_mode) &&
                    unlinkat(esp_fd, ours[i], 0) < 0)
                        return -errno;
        return make_directories(esp_fd, RECORD_DIRECTORY, 0755);
}

int record_write(int esp_fd, const char *name, const char *text, size_t size)
{
        char path[160];
        _cleanup_free_ char *stored = NULL;
        size_t stored_size;
        int r = record_make_directory(esp_fd);
        if (r == 0)
                r = remove_signature(esp_fd, name);
        if (r < 0)
                return r;
        (void)snprintf(path, sizeof(path), RECORD_DIRECTORY "/%s.json", name);
        r = file_replace(esp_fd, path, text, size, 0644);
        if (r == 0)
                r = file_read(esp_fd, path, size, &stored, &stored_size);
        if (r < 0)
                return r;
        return stored_size == size && memcmp(stored, text, size) == 0 ? 0 : -EIO;
}
