/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record.h"

#include "common/base/json-write.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/record/record-disks.h"
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

static void encode_fact(struct writer *writer, const char *key, const char *path)
{
        char value[FACT_MAX];
        read_fact(path, value);
        json_member_text(writer, key, value);
}

static void encode_machine(struct writer *writer)
{
        json_member_open(writer, "machine", '{');
        encode_fact(writer, "manufacturer", "/sys/class/dmi/id/sys_vendor");
        encode_fact(writer, "model", "/sys/class/dmi/id/product_name");
        encode_fact(writer, "serial", "/sys/class/dmi/id/product_serial");
        encode_fact(writer, "assetNumber", "/sys/class/dmi/id/chassis_asset_tag");
        json_close(writer, '}');
}

static void encode_medium(struct writer *writer, const struct inventory *inventory)
{
        const char *disk = strrchr(inventory->disk_path, '/') ? strrchr(inventory->disk_path, '/') + 1 : inventory->disk_path;
        char path[128], uuid[GUID_TEXT_SIZE];
        guid_format(&inventory->disk_uuid, uuid);
        json_member_open(writer, "medium", '{');
        json_member_text(writer, "device", inventory->disk_path);
        json_member_text(writer, "diskUuid", uuid);
        (void)snprintf(path, sizeof(path), "/sys/block/%s/device/model", disk);
        encode_fact(writer, "model", path);
        (void)snprintf(path, sizeof(path), "/sys/block/%s/device/serial", disk);
        encode_fact(writer, "serial", path);
        (void)snprintf(path, sizeof(path), "/sys/block/%s/queue/rotational", disk);
        encode_fact(writer, "rotational", path);
        json_close(writer, '}');
}

/* What became of each partition that was there. */
static void encode_partitions(struct writer *writer, const struct record_source *source)
{
        const struct inventory *inventory = source->inventory;
        char text[GUID_TEXT_SIZE];
        json_member_open(writer, "partitions", '[');
        for (size_t i = 0; i < inventory->partition_count; i++) {
                const struct inventory_partition *partition = &inventory->partitions[i];
                json_open(writer, '{');
                json_member_number(writer, "partition", partition->number);
                json_member_text(writer, "label", partition->name);
                guid_format(&partition->type, text);
                json_member_text(writer, "type", text);
                guid_format(&partition->uuid, text);
                json_member_text(writer, "uuid", text);
                json_member_number(writer, "startBytes", partition->start_bytes);
                json_member_number(writer, "sizeBytes", partition->size_bytes);
                json_member_text(writer, "fate", partition_fate_name(source->plan->fates[i]));
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

/* Unpartitioned space that is left to a boot loader, whatever it holds. */
static void encode_spared(struct writer *writer, const struct plan *plan)
{
        if (plan->spared_bytes == 0)
                return;
        json_member_open(writer, "bootLoaderArea", '{');
        json_member_number(writer, "startBytes", plan->spared_start_bytes);
        json_member_number(writer, "sizeBytes", plan->spared_bytes);
        json_close(writer, '}');
}

static void encode_handles(struct writer *writer, const char *key, const char *count_key, const struct tpm_handles *handles)
{
        char text[16];
        json_member_open(writer, key, '[');
        for (uint32_t i = 0; i < handles->count && i < TPM_HANDLES_LISTED_MAX; i++) {
                (void)snprintf(text, sizeof(text), "0x%08x", handles->listed[i]);
                json_text(writer, text);
        }
        json_close(writer, ']');
        json_member_number(writer, count_key, handles->count);
}

static void encode_unread(struct writer *writer, uint32_t unread)
{
        json_member_open(writer, "unread", '[');
        for (uint32_t bit = 1; bit <= TPM_UNREAD_ALL; bit <<= 1)
                if (unread & bit)
                        json_text(writer, tpm_unread_name(bit));
        json_close(writer, ']');
}

/* A state of the TPM: what may differ between before and after, and what has to. */
static void encode_state(struct writer *writer, const char *key, const struct tpm_evidence *evidence)
{
        if (!evidence) {
                json_member_text(writer, key, NULL);
                return;
        }
        json_member_open(writer, key, '{');
        json_member_flag(writer, "ownerAuthSet", evidence->owner_auth_set);
        json_member_flag(writer, "endorsementAuthSet", evidence->endorsement_auth_set);
        json_member_flag(writer, "lockoutAuthSet", evidence->lockout_auth_set);
        json_member_flag(writer, "disableClear", evidence->disable_clear);
        json_member_flag(writer, "inLockout", evidence->in_lockout);
        json_member_number(writer, "clockMs", evidence->clock_ms);
        json_member_number(writer, "resetCount", evidence->reset_count);
        json_member_number(writer, "restartCount", evidence->restart_count);
        encode_handles(writer, "persistentHandles", "persistentHandleCount", &evidence->persistent);
        encode_handles(writer, "ownerIndices", "ownerIndexCount", &evidence->nv_indices);
        if (evidence->unread)
                encode_unread(writer, evidence->unread);
        json_close(writer, '}');
}

static void encode_firmware(struct writer *writer, const struct record_tpm *tpm, unsigned asked)
{
        json_member_open(writer, "firmware", '{');
        json_member_number(writer, "asked", asked);
        if (tpm->operation != 0) {
                json_member_number(writer, "operation", tpm->operation);
                json_member_text(writer, "answer", tpm->answered ? firmware_answer_name(tpm->answer) : "unreadable");
                json_member_number(writer, "code", tpm->code);
        }
        json_close(writer, '}');
}

static void encode_tpm(struct writer *writer, const struct record_source *source)
{
        static const char *const authorizations[] = { "not-tried", "unusable", "refused", "accepted" };
        const struct progress *progress = source->progress;
        json_member_open(writer, "tpm", '{');
        json_member_flag(writer, "present", source->tpm_after);
        json_member_text(writer, "clear", tpm_clear_policy_name(source->plan->tpm_clear));
        if (source->tpm_after) {
                json_member_flag(writer, "modeMeasured", !source->mode_unmeasured);
                json_member_text(writer, "way", tpm_clear_way_name(source->tpm->way));
                json_member_text(writer, "imageAuthorization",
                                 (unsigned)source->tpm->authorization < ARRAY_SIZE(authorizations)
                                         ? authorizations[source->tpm->authorization]
                                         : "unknown");
                json_member_hex(writer, "storageRootKeyBefore", progress->srk_name_before, progress->srk_name_before_size);
                json_member_hex(writer, "storageRootKeyAfter", source->tpm_after->srk_name, source->tpm_after->srk_name_size);
                encode_state(writer, "before", source->tpm_before);
                encode_state(writer, "after", source->tpm_after);
                if (progress->firmware_asked > 0)
                        encode_firmware(writer, source->tpm, progress->firmware_asked);
        }
        json_close(writer, '}');
}

/* NIST SP 800-88 Rev. 2, 3.1: the method is what an attacker is held off with, the technique how that was done. */
static const char *technique_of(const struct plan_step *step, const struct record_step *done)
{
        if (step->kind == STEP_DESTROY_KEYS)
                return "cryptographic erase: overwriting of the key area";
        return done->discarded ? "cryptographic erase, then block discard" : "overwrite, one pass";
}

static void encode_discard(struct writer *writer, const struct discard_evidence *evidence)
{
        json_member_open(writer, "discard", '{');
        json_member_text(writer, "proven", discard_is_proven(evidence) ? "yes" : "no");
        json_member_number(writer, "markers", evidence->markers);
        json_member_number(writer, "samples", evidence->samples);
        json_member_number(writer, "samplesWithDataBefore", evidence->data_before);
        json_member_number(writer, "notZeroAfter", evidence->not_zero);
        json_member_number(writer, "unreadableAfter", evidence->unreadable);
        json_close(writer, '}');
}

static void encode_erase(struct writer *writer, const struct plan_step *step, const struct record_step *done)
{
        json_member_open(writer, "erase", '{');
        json_member_text(writer, "method", "clear");
        json_member_text(writer, "technique", technique_of(step, done));
        if (step->method == ERASE_METHOD_DISCARD)
                encode_discard(writer, &done->discard);
        record_outcome_encode(writer, &done->erase);
        json_close(writer, '}');
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
        json_open(writer, '{');
        json_member_text(writer, "kind", step_kind_name(step->kind));
        if (step->definition >= 0)
                json_member_text(writer, "definition", source->policy->partitions[step->definition].label);
        if (step->partition >= 0) {
                const struct inventory_partition *partition = &source->inventory->partitions[step->partition];
                json_member_number(writer, "partition", partition->number);
                json_member_text(writer, "label", partition->name);
        }
        if (step->additional_disk > 0)
                json_member_number(writer, "additionalDisk", step->additional_disk);
        if (step->method != ERASE_METHOD_NONE)
                json_member_text(writer, "method", erase_method_name(step->method));
        if (step->size_bytes)
                json_member_number(writer, "startBytes", step->start_bytes);
        if (step->size_bytes)
                json_member_number(writer, "sizeBytes", step->size_bytes);
        json_member_text(writer, "why", step_why_text(step->why));
        json_member_text(writer, "result", result_of(done));
        json_member_number(writer, "durationMs", done->duration_ms);
        json_member_text(writer, "check", done->detail);
        if (done->has_outcome)
                encode_erase(writer, step, done);
        json_close(writer, '}');
}

static void encode_steps(struct writer *writer, const struct record_source *source)
{
        json_member_open(writer, "steps", '[');
        for (size_t i = 0; i < source->plan->step_count; i++)
                encode_step(writer, source, i);
        json_close(writer, ']');
}

static void encode_os(struct writer *writer, const struct os_identity *os)
{
        json_member_open(writer, "system", '{');
        json_member_text(writer, "id", os->id);
        json_member_text(writer, "imageId", os->image_id);
        json_member_text(writer, "versionId", os->version_id);
        json_member_text(writer, "imageVersion", os->image_version);
        json_close(writer, '}');
}

static void encode_list(struct writer *writer, const char *key, const struct clean_list *list)
{
        json_member_open(writer, key, '[');
        for (size_t i = 0; i < list->count; i++) {
                json_open(writer, '{');
                json_member_text(writer, "name", list->items[i].name);
                json_member_text(writer, "why", list->items[i].why);
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

static uint32_t count_more(const struct clean_result *cleaned)
{
        return cleaned->esp_removed.more + cleaned->esp_altered.more + cleaned->esp_kept.more + cleaned->variables_removed.more +
               cleaned->variables_kept.more + cleaned->variables_left.more;
}

/* What is neither a partition nor the TPM. */
static void encode_cleaned(struct writer *writer, const struct clean_result *cleaned)
{
        if (!cleaned || (!cleaned->esp_cleaned && cleaned->esp_removed.count == 0))
                return;
        json_member_open(writer, "espAndVariables", '{');
        encode_list(writer, "espRemoved", &cleaned->esp_removed);
        encode_list(writer, "espAltered", &cleaned->esp_altered);
        encode_list(writer, "espKept", &cleaned->esp_kept);
        json_member_number(writer, "espFreeBytesOverwritten", cleaned->free_bytes_overwritten);
        json_member_number(writer, "espUnusedBytesOverwritten", cleaned->unused_bytes_overwritten);
        encode_list(writer, "variablesRemoved", &cleaned->variables_removed);
        encode_list(writer, "variablesKept", &cleaned->variables_kept);
        encode_list(writer, "variablesNotRemoved", &cleaned->variables_left);
        json_member_number(writer, "more", count_more(cleaned));
        json_close(writer, '}');
}

/* One text a line, so that a certificate needs to know no other format. */
static void encode_lines(struct writer *writer, struct bytes lines)
{
        const char *at = (const char *)lines.data, *end = at + lines.size;
        json_member_open(writer, "list", '[');
        while (at < end) {
                char text[4096];
                const char *stop = memchr(at, '\n', (size_t)(end - at));
                size_t length = (size_t)((stop ? stop : end) - at);
                (void)text_copy(text, sizeof(text), at, length);
                json_text(writer, text);
                at += length + 1;
        }
        json_close(writer, ']');
}

/* What is there beside the factory state. */
static void encode_kept(struct writer *writer, const struct preserved *kept)
{
        if (!kept || !kept->asked)
                return;
        json_member_open(writer, "kept", '{');
        json_member_number(writer, "count", kept->count);
        json_member_number(writer, "bytes", kept->bytes);
        json_member_hex(writer, "sha256", kept->sha256, sizeof(kept->sha256));
        encode_lines(writer, (struct bytes){ kept->lines.data, kept->lines.size });
        json_member_number(writer, "more", kept->more);
        json_member_number(writer, "notRestored", kept->drops);
        json_member_text(writer, "notRestoredReason", kept->dropped);
        json_close(writer, '}');
}

void record_encode(const struct record_source *source, struct writer *writer)
{
        const struct progress *progress = source->progress;
        char id[ID128_TEXT_SIZE];
        id128_format(&progress->reset_id, id);
        writer->json_style = JSON_LINES;
        json_open(writer, '{');
        json_member_text(writer, "type", "cleanslate-record-1");
        json_member_text(writer, "result", source->record->result);
        json_member_text(writer, "error", source->record->error);
        json_member_text(writer, "resetId", id);
        json_member_text(writer, "tool", "cleanslate " CLEANSLATE_VERSION);
        json_member_text(writer, "origin", reset_origin_name(progress->origin));
        json_member_text(writer, "reason", progress->request.reason);
        json_member_text(writer, "requester", progress->request.requester);
        json_member_text(writer, "level",
                         source->plan->level == ERASE_LEVEL_UNSET ? "by-contents" : erase_level_name(source->plan->level));
        json_member_number(writer, "attempts", progress->attempts);
        json_member_number(writer, "failures", progress->failures);
        json_member_number(writer, "undeclaredPartitions", source->plan->undeclared_count);
        json_member_flag(writer, "keptUnvouched", source->plan->unvouched);
        json_member_number(writer, "startedAt", progress->started_at);
        json_member_number(writer, "writtenAt", (uint64_t)time(NULL));
        json_member_number(writer, "durationMs", source->record->finished_ms - source->record->started_ms);
        json_member_hex(writer, "planDigest", progress->plan_digest, sizeof(progress->plan_digest));
        json_member_text(writer, "factoryDigest", source->factory_digest);
        encode_os(writer, source->os);
        encode_machine(writer);
        encode_medium(writer, source->inventory);
        encode_partitions(writer, source);
        encode_spared(writer, source->plan);
        record_disks_encode(writer, source);
        encode_tpm(writer, source);
        encode_cleaned(writer, source->cleaned);
        encode_kept(writer, source->kept);
        encode_steps(writer, source);
        json_close(writer, '}');
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
