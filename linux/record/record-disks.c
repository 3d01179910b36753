/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record-disks.h"

#include "linux/record/record-outcome.h"
#include <stdint.h>

static void encode_identity(struct writer *writer, const struct inventory_disk *disk)
{
        const struct media_facts *media = &disk->media;
        json_member_text(writer, "device", disk->path);
        json_member_text(writer, "syspath", disk->syspath);
        json_member_text(writer, "bus", media_bus_name(media->bus));
        json_member_text(writer, "model", media->model);
        json_member_text(writer, "serial", media->serial);
        json_member_text(writer, "wwid", media->wwid);
        json_member_text(writer, "firmware", media->firmware);
        json_member_text(writer, "mediaType", media->rotational ? "magnetic" : "flash");
        json_member_number(writer, "sizeBytes", media->size_bytes);
        json_member_number(writer, "logicalSectorBytes", media->logical_sector);
}

static void encode_health(struct writer *writer, const char *key, const struct media_health *health)
{
        json_member_open(writer, key, '{');
        json_member_flag(writer, "failing", health->failing);
        json_member_number(writer, "criticalWarning", health->critical_warning);
        if (health->worn_known)
                json_member_number(writer, "percentageUsed", health->percentage_used);
        json_member_number(writer, "mediaErrors", health->media_errors);
        json_member_number(writer, "reallocated", health->reallocated);
        json_member_number(writer, "pending", health->pending);
        json_member_number(writer, "powerOnHours", health->power_on_hours);
        json_close(writer, '}');
}

static void encode_hidden(struct writer *writer, const struct media_facts *media, const struct record_disk *done)
{
        json_member_open(writer, "hiddenAreas", '{');
        json_member_flag(writer, "known", media->hpa.known || media->dco.known);
        json_member_number(writer, "openedBytes", done->hidden_bytes_opened);
        json_member_number(writer, "remainingBytes", media->hpa.bytes + media->dco.bytes);
        json_close(writer, '}');
}

static void encode_overwriting(struct writer *writer, const struct erase_outcome *outcome)
{
        json_member_open(writer, "overwriting", '{');
        record_outcome_encode(writer, outcome);
        json_close(writer, '}');
}

static void encode_purge(struct writer *writer, const struct purge_result *purge)
{
        json_member_open(writer, "purge", '{');
        json_member_text(writer, "technique", media_technique_name(purge->technique));
        json_member_number(writer, "deviceStatus", purge->device_status);
        json_member_number(writer, "durationMs", purge->finished_ms - purge->started_ms);
        json_member_number(writer, "markersWritten", purge->markers.written);
        json_member_number(writer, "markersGone", purge->markers.gone);
        json_member_number(writer, "markersRemaining", purge->markers.remaining);
        json_member_number(writer, "markersUnreadable", purge->markers.unreadable);
        json_member_text(writer, "message", purge->words);
        json_close(writer, '}');
}

static const char *method_text(const struct chosen_disk *chosen, const struct record_disk *done)
{
        if (chosen->level == ERASE_LEVEL_PURGE && !done->fell_back)
                return "purge";
        return chosen->level == ERASE_LEVEL_CRYPTO && done->outcome.written_bytes == 0 ? "crypto" : "clear";
}

/* Why less was done than wanted: known beforehand, or found out by trying. */
static void encode_step_down(struct writer *writer, const struct chosen_disk *chosen, const struct record_disk *done)
{
        if (done->fell_back)
                json_member_text(writer, "purgeObstacle", "the purge failed, and purge-or-fail=no lets the disk be cleared");
        else if (chosen->shares_hardware)
                json_member_text(writer, "purgeObstacle", "shares hardware with a disk that is kept");
        else if (chosen->obstacle != PURGE_POSSIBLE)
                json_member_text(writer, "purgeObstacle", purge_obstacle_text(chosen->obstacle));
}

static void encode_disk(struct writer *writer, const struct record_source *source, size_t index)
{
        const struct chosen_disk *chosen = &source->plan->disks.chosen[index];
        const struct inventory_disk *disk = &source->inventory->disks[chosen->disk];
        const struct disk_definition *definition = &source->policy->settings.disks[chosen->definition];
        const struct record_disk *done = &source->record->disks[index];
        json_open(writer, '{');
        encode_identity(writer, disk);
        json_member_text(writer, "why", disk_fate_name(source->plan->disks.fates[chosen->disk]));
        json_member_text(writer, "levelWanted", erase_level_name(definition->level));
        json_member_text(writer, "levelDone", done->executed && done->result == 0 ? method_text(chosen, done) : "none");
        json_member_text(writer, "technique", media_technique_name(done->technique));
        encode_step_down(writer, chosen, done);
        json_member_flag(writer, "erasedInEarlierAttempt", disk->is_done);
        json_member_flag(writer, "keysDestroyed", done->keys_destroyed);
        encode_hidden(writer, &disk->media, done);
        if (disk->media.health.known)
                encode_health(writer, "healthBefore", &disk->media.health);
        if (done->health_after_known && done->health_after.known)
                encode_health(writer, "healthAfter", &done->health_after);
        if (done->technique != MEDIA_TECHNIQUE_NONE)
                encode_purge(writer, &done->purge);
        if (done->outcome.written_bytes + done->outcome.resumed_bytes > 0 || done->outcome.unwritable.total_bytes > 0)
                encode_overwriting(writer, &done->outcome);
        json_member_text(writer, "verdict", done->verdict);
        json_close(writer, '}');
}

static void encode_kept(struct writer *writer, const struct record_source *source)
{
        const struct inventory *inventory = source->inventory;
        json_member_open(writer, "keptDisks", '[');
        for (size_t i = 0; i < inventory->disk_count; i++) {
                enum disk_fate fate = source->plan->disks.fates[i];
                if (fate == DISK_FATE_DECLARED || fate == DISK_FATE_INTERNAL)
                        continue;
                json_open(writer, '{');
                encode_identity(writer, &inventory->disks[i]);
                json_member_text(writer, "why", disk_fate_name(fate));
                json_member_text(writer, "whyText", disk_fate_text(fate));
                json_close(writer, '}');
        }
        json_close(writer, ']');
}

void record_disks_encode(struct writer *writer, const struct record_source *source)
{
        if (source->policy->settings.disk_count == 0)
                return;
        json_member_open(writer, "additionalDisks", '[');
        for (size_t i = 0; i < source->plan->disks.count; i++)
                encode_disk(writer, source, i);
        json_close(writer, ']');
        encode_kept(writer, source);
}
