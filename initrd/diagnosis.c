/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/diagnosis.h"

#include "initrd/esp.h"
#include "initrd/tpm-check.h"
#include "initrd/volumes.h"
#include "linux/cleanup.h"
#include "linux/record-list.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PARTITIONS_SHOWN 12

void size_format(uint64_t bytes, char ret[static SIZE_TEXT_MAX])
{
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
        double size = (double)bytes;
        size_t unit = 0;
        while (size >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
                size /= 1024;
                unit++;
        }
        (void)snprintf(ret, SIZE_TEXT_MAX, unit < 3 ? "%.0f %s" : "%.1f %s", size, units[unit]);
}

void time_format(uint64_t seconds, char ret[static TIME_TEXT_MAX])
{
        time_t time = (time_t)seconds;
        struct tm parts;
        if (seconds == 0 || !gmtime_r(&time, &parts) || strftime(ret, TIME_TEXT_MAX, "%Y-%m-%d %H:%M UTC", &parts) == 0)
                (void)snprintf(ret, TIME_TEXT_MAX, "an unknown time");
}

static void add_image(const struct device *device, struct page_part *part)
{
        const struct os_identity *os = &device->os;
        if (device->gathered)
                page_line(part, "  image       verified: %s %s %s", os->id, os->image_id, os->image_version);
        else if (device->gather_tried)
                page_line(part, "  image       NOT VERIFIED: %s", device->image_trouble);
        else
                page_line(part, "  image       not looked at");
}

/* From outside: an encrypted volume that this boot did not open is locked, and that is all there is to know. */
static const char *state_text(const struct device *device, size_t definition, int found)
{
        static const char *const states[] = { [VOLUME_LOCKED] = "locked",
                                              [VOLUME_UNMOUNTABLE] = "unlocked, but its file system does not mount",
                                              [VOLUME_INCOMPLETE] = "never completed",
                                              [VOLUME_COMPLETE] = "complete" };
        if (found < 0)
                return "MISSING";
        enum partition_content content = device->inventory.partitions[found].content;
        if (device->volume_states[definition] > VOLUME_LOCKED)
                return states[device->volume_states[definition]];
        if (content == CONTENT_BLANK)
                return "EMPTY";
        if (content == CONTENT_LUKS)
                return "locked";
        return definition_is_encrypted(device, &device->policy.partitions[definition]) ? "DAMAGED: not an encrypted volume"
                                                                                       : "not opened";
}

/* A label is somebody's text: it must not steer the terminal. */
static const char *printable(const char *text, char ret[static PARTITION_NAME_MAX])
{
        size_t i = 0;
        for (; text[i] && i + 1 < PARTITION_NAME_MAX; i++)
                ret[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
        ret[i] = 0;
        return ret;
}

static void add_partition(struct page_part *part, bool first, const char *label, uint64_t size_bytes, const char *state)
{
        char size[SIZE_TEXT_MAX] = "-", name[PARTITION_NAME_MAX];
        if (size_bytes > 0)
                size_format(size_bytes, size);
        page_line(part, "  %-11s %-12s %10s  %s", first ? "partitions" : "", printable(label, name), size, state);
}

static void add_partitions(const struct device *device, struct page_part *part)
{
        const struct inventory *inventory = &device->inventory;
        if (inventory->partition_count == 0) {
                page_line(part, "  partitions  not read");
                return;
        }
        if (!device->gathered) { /* without the image's policy nobody knows what they are for */
                for (size_t i = 0; i < inventory->partition_count && i < PARTITIONS_SHOWN; i++)
                        add_partition(part, i == 0, inventory->partitions[i].name, inventory->partitions[i].size_bytes,
                                      inventory->partitions[i].content == CONTENT_LUKS ? "locked" : "not opened");
                return;
        }
        for (size_t i = 0; i < device->policy.partition_count; i++) {
                int found = plan_find_partition(&device->policy, inventory, i);
                add_partition(part, i == 0, device->policy.partitions[i].label,
                              found < 0 ? 0 : inventory->partitions[found].size_bytes, state_text(device, i, found));
        }
}

static void add_tpm(struct device *device, struct page_part *part)
{
        struct tpm_facts *facts = &device->inventory.tpm;
        if (!device->tpm) {
                page_line(part, "  TPM         %s", facts->present ? "closed again" : "none found");
                return;
        }
        if (tpm_read_facts(device->tpm, facts) < 0) {
                page_line(part, "  TPM         DOES NOT ANSWER: %s", tpm_last_text(device->tpm));
                return;
        }
        tpm_read_firmware_offer(device);
        bool firmware = tpm_clear_way_choose(facts) == TPM_WAY_FIRMWARE;
        page_line(part, "  TPM         answers; %s; owner authorization %s; %s%s",
                  facts->in_lockout ? "IN LOCKOUT" : "not in lockout", facts->owner_auth_set ? "SET" : "empty",
                  facts->disable_clear      ? "clearing is DISABLED"
                  : facts->lockout_auth_set ? "lockout authorization SET"
                                            : "can be cleared",
                  firmware ? ", but the firmware can clear it" : "");
}

static void add_record(const struct device *device, struct page_part *part)
{
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        struct record_summary summary;
        char time[TIME_TEXT_MAX];
        if (esp_open_read_only(&device->inventory, &esp) < 0) {
                page_line(part, "  last reset  unknown: the EFI system partition does not open");
        } else if (record_newest(esp.fd, &summary) < 0) {
                page_line(part, "  last reset  no record");
        } else {
                time_format(summary.written_at, time);
                page_line(part, "  last reset  %s, %s", time,
                          summary.complete  ? "complete"
                          : summary.partial ? "PARTIAL"
                                            : "FAILED");
        }
}

void diagnosis_add(struct device *device, struct page_part *part)
{
        add_image(device, part);
        add_partitions(device, part);
        add_tpm(device, part);
        add_record(device, part);
}
