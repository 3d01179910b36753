/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/record-disks.h"

#include "linux/record/record-outcome.h"
#include <stdint.h>

static void encode_identity(struct object *object, const struct inventory_disk *disk)
{
        const struct media_facts *media = &disk->media;
        object_text(object, "device", disk->path);
        object_text(object, "place", disk->place);
        object_text(object, "bus", media_bus_name(media->bus));
        object_text(object, "model", media->model);
        object_text(object, "serial", media->serial);
        object_text(object, "wwid", media->wwid);
        object_text(object, "firmware", media->firmware);
        object_text(object, "mediaType", media->rotational ? "magnetic" : "flash");
        object_number(object, "sizeBytes", media->size_bytes);
        object_number(object, "logicalSectorBytes", media->logical_sector);
}

static void encode_health(struct object *parent, const char *key, const struct media_health *health)
{
        object_key(parent, key);
        struct object object = object_open(parent->writer);
        object_flag(&object, "failing", health->failing);
        object_number(&object, "criticalWarning", health->critical_warning);
        if (health->worn_known)
                object_number(&object, "percentageUsed", health->percentage_used);
        object_number(&object, "mediaErrors", health->media_errors);
        object_number(&object, "reallocated", health->reallocated);
        object_number(&object, "pending", health->pending);
        object_number(&object, "powerOnHours", health->power_on_hours);
        object_close(&object);
}

static void encode_hidden(struct object *parent, const struct media_facts *media, const struct record_disk *done)
{
        object_key(parent, "hiddenAreas");
        struct object object = object_open(parent->writer);
        object_flag(&object, "known", media->hpa.known || media->dco.known);
        object_number(&object, "openedBytes", done->hidden_bytes_opened);
        object_number(&object, "leftBytes", media->hpa.bytes + media->dco.bytes);
        object_close(&object);
}

static void encode_overwriting(struct object *parent, const struct erase_outcome *outcome)
{
        object_key(parent, "overwriting");
        struct object object = object_open(parent->writer);
        record_outcome_encode(&object, outcome);
        object_close(&object);
}

static void encode_purge(struct object *parent, const struct purge_result *purge)
{
        object_key(parent, "purge");
        struct object object = object_open(parent->writer);
        object_text(&object, "technique", media_technique_name(purge->technique));
        object_number(&object, "deviceStatus", purge->device_status);
        object_number(&object, "durationMs", purge->finished_ms - purge->started_ms);
        object_number(&object, "markersWritten", purge->markers.written);
        object_number(&object, "markersGone", purge->markers.gone);
        object_number(&object, "markersRemaining", purge->markers.remaining);
        object_number(&object, "markersUnreadable", purge->markers.unreadable);
        object_text(&object, "words", purge->words);
        object_close(&object);
}

static const char *method_text(const struct chosen_disk *chosen, const struct record_disk *done)
{
        if (chosen->level == ERASE_LEVEL_PURGE && !done->fell_back)
                return "purge";
        return chosen->level == ERASE_LEVEL_CRYPTO && done->outcome.written_bytes == 0 ? "crypto" : "clear";
}

/* Why less was done than wanted: known beforehand, or found out by trying. */
static void encode_step_down(struct object *object, const struct chosen_disk *chosen, const struct record_disk *done)
{
        if (done->fell_back)
                object_text(object, "insteadOfPurge", "the purge failed, and purge-or-fail=no lets the disk be cleared");
        else if (chosen->shares_hardware)
                object_text(object, "insteadOfPurge", "one piece of hardware with a disk that is kept");
        else if (chosen->obstacle != PURGE_POSSIBLE)
                object_text(object, "insteadOfPurge", purge_obstacle_text(chosen->obstacle));
}

static void encode_disk(struct writer *writer, const struct record_source *source, size_t index)
{
        const struct chosen_disk *chosen = &source->plan->disks.chosen[index];
        const struct inventory_disk *disk = &source->inventory->disks[chosen->disk];
        const struct disk_definition *definition = &source->policy->settings.disks[chosen->definition];
        const struct record_disk *done = &source->record->disks[index];
        struct object object = object_open(writer);
        encode_identity(&object, disk);
        object_text(&object, "why", disk_fate_name(source->plan->disks.fates[chosen->disk]));
        object_text(&object, "levelWanted", erase_level_name(definition->level));
        object_text(&object, "levelDone", done->executed && done->result == 0 ? method_text(chosen, done) : "none");
        object_text(&object, "technique", media_technique_name(done->technique));
        encode_step_down(&object, chosen, done);
        object_flag(&object, "erasedInEarlierAttempt", disk->is_done);
        object_flag(&object, "keysDestroyed", done->keys_destroyed);
        encode_hidden(&object, &disk->media, done);
        if (disk->media.health.known)
                encode_health(&object, "healthBefore", &disk->media.health);
        if (done->health_after_known && done->health_after.known)
                encode_health(&object, "healthAfter", &done->health_after);
        if (done->technique != MEDIA_TECHNIQUE_NONE)
                encode_purge(&object, &done->purge);
        if (done->outcome.written_bytes + done->outcome.resumed_bytes > 0 || done->outcome.unwritable.total_bytes > 0)
                encode_overwriting(&object, &done->outcome);
        object_text(&object, "verdict", done->verdict);
        object_close(&object);
}

static void encode_kept(struct object *parent, const struct record_source *source)
{
        const struct inventory *inventory = source->inventory;
        bool first = true;
        object_key(parent, "keptDisks");
        writer_char(parent->writer, '[');
        for (size_t i = 0; i < inventory->disk_count; i++) {
                enum disk_fate fate = source->plan->disks.fates[i];
                if (fate == DISK_FATE_DECLARED || fate == DISK_FATE_INTERNAL)
                        continue;
                if (!first)
                        writer_char(parent->writer, ',');
                first = false;
                struct object object = object_open(parent->writer);
                encode_identity(&object, &inventory->disks[i]);
                object_text(&object, "why", disk_fate_name(fate));
                object_text(&object, "whyText", disk_fate_text(fate));
                object_close(&object);
        }
        writer_char(parent->writer, ']');
}

void record_disks_encode(struct object *parent, const struct record_source *source)
{
        if (source->policy->settings.disk_count == 0)
                return;
        object_key(parent, "furtherDisks");
        writer_char(parent->writer, '[');
        for (size_t i = 0; i < source->plan->disks.count; i++) {
                if (i > 0)
                        writer_char(parent->writer, ',');
                encode_disk(parent->writer, source, i);
        }
        writer_char(parent->writer, ']');
        encode_kept(parent, source);
}
