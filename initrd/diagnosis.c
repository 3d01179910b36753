/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/diagnosis.h"

#include "initrd/esp.h"
#include "initrd/tpm-check.h"
#include "initrd/volumes.h"
#include "linux/base/cleanup.h"
#include "linux/record/record-list.h"
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

static const char *in_language(const struct boot_context *context, const char *english)
{
        return message(context->report.language, english);
}

/* A line with what it is about in front, ""  where the line above has that, too; both are the catalog's. */
static void add_row(const struct boot_context *context, struct page_part *part, const char *about, const char *english,
                    const char *first, const char *second)
{
        char prefix[32];
        (void)snprintf(prefix, sizeof(prefix), "  %-11s ", about[0] ? in_language(context, about) : "");
        page_message(part, context->report.language, prefix, english, first, second);
}

static void add_image(const struct boot_context *context, struct page_part *part)
{
        const struct os_identity *os = &context->os;
        char name[3 * OS_FIELD_MAX];
        (void)snprintf(name, sizeof(name), "%s %s %s", os->id, os->image_id, os->image_version);
        if (context->gathered)
                add_row(context, part, N_("image"), N_("verified: %1"), name, "");
        else if (context->gather_tried)
                add_row(context, part, N_("image"), N_("NOT VERIFIED: %1"), context->image_trouble, "");
        else
                add_row(context, part, N_("image"), N_("not looked at"), "", "");
}

/* From outside: an encrypted volume that this boot did not open is locked, and that is all there is to know. */
static const char *state_text(const struct boot_context *context, size_t definition, int found)
{
        static const char *const states[] = { [VOLUME_LOCKED] = N_("locked"),
                                              [VOLUME_UNMOUNTABLE] = N_("unlocked, but its file system does not mount"),
                                              [VOLUME_INCOMPLETE] = N_("never completed"),
                                              [VOLUME_COMPLETE] = N_("complete") };
        if (found < 0)
                return plan_may_be_merged(&context->policy, &context->inventory, definition) ? N_("part of another partition")
                                                                                             : N_("MISSING");
        enum partition_content content = context->inventory.partitions[found].content;
        if (context->volume_states[definition] > VOLUME_LOCKED)
                return states[context->volume_states[definition]];
        if (content == CONTENT_BLANK)
                return N_("EMPTY");
        if (content == CONTENT_LUKS)
                return N_("locked");
        return definition_is_encrypted(context, &context->policy.partitions[definition]) ? N_("DAMAGED: not an encrypted volume")
                                                                                         : N_("not opened");
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

static void add_partition(const struct boot_context *context, struct page_part *part, bool first, const char *label,
                          uint64_t size_bytes, const char *state)
{
        char size[SIZE_TEXT_MAX] = "-", name[PARTITION_NAME_MAX], what[PARTITION_NAME_MAX + SIZE_TEXT_MAX + 16];
        if (size_bytes > 0)
                size_format(size_bytes, size);
        (void)snprintf(what, sizeof(what), "%-12s %10s", printable(label, name), size);
        add_row(context, part, first ? N_("partitions") : "", "%1  %2", what, in_language(context, state));
}

static void add_partitions(const struct boot_context *context, struct page_part *part)
{
        const struct inventory *inventory = &context->inventory;
        if (inventory->partition_count == 0) {
                add_row(context, part, N_("partitions"), N_("not read"), "", "");
                return;
        }
        if (!context->gathered) { /* without the image's policy nobody knows what they are for */
                for (size_t i = 0; i < inventory->partition_count && i < PARTITIONS_SHOWN; i++)
                        add_partition(context, part, i == 0, inventory->partitions[i].name, inventory->partitions[i].size_bytes,
                                      inventory->partitions[i].content == CONTENT_LUKS ? N_("locked") : N_("not opened"));
                return;
        }
        for (size_t i = 0; i < context->policy.partition_count; i++) {
                int found = plan_find_partition(&context->policy, inventory, i);
                add_partition(context, part, i == 0, context->policy.partitions[i].label,
                              found < 0 ? 0 : inventory->partitions[found].size_bytes, state_text(context, i, found));
        }
}

static void add_tpm(struct boot_context *context, struct page_part *part)
{
        struct tpm_facts *facts = &context->inventory.tpm;
        char state[128], clearing[128];
        if (!context->tpm) {
                add_row(context, part, "TPM", facts->present ? N_("closed again") : N_("none found"), "", "");
                return;
        }
        if (tpm_read_facts(context->tpm, facts) < 0) {
                add_row(context, part, "TPM", N_("DOES NOT ANSWER: %1"), tpm_last_text(context->tpm), "");
                return;
        }
        tpm_read_firmware_offer(context);
        bool firmware = tpm_clear_way_choose(facts) == TPM_WAY_FIRMWARE;
        (void)snprintf(clearing, sizeof(clearing), "%s%s",
                       in_language(context, facts->disable_clear      ? N_("clearing is DISABLED")
                                            : facts->lockout_auth_set ? N_("lockout authorization SET")
                                                                      : N_("can be cleared")),
                       firmware ? in_language(context, N_(", but the firmware can clear it")) : "");
        (void)snprintf(
                state, sizeof(state), "%s; %s", in_language(context, facts->in_lockout ? N_("IN LOCKOUT") : N_("not in lockout")),
                in_language(context, facts->owner_auth_set ? N_("owner authorization SET") : N_("owner authorization empty")));
        add_row(context, part, "TPM", N_("answers; %1; %2"), state, clearing);
}

static void add_record(const struct boot_context *context, struct page_part *part)
{
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        struct record_summary summary;
        char time[TIME_TEXT_MAX];
        if (esp_open_read_only(&context->inventory, &esp) < 0) {
                add_row(context, part, N_("last reset"), N_("unknown: the EFI system partition does not open"), "", "");
        } else if (record_newest(esp.fd, &summary) < 0) {
                add_row(context, part, N_("last reset"), N_("no record"), "", "");
        } else {
                time_format(summary.written_at, time);
                add_row(context, part, N_("last reset"), "%1, %2", time,
                        in_language(context, summary.complete  ? N_("complete")
                                             : summary.built   ? N_("first boot")
                                             : summary.partial ? N_("PARTIAL")
                                                               : N_("FAILED")));
        }
}

void diagnosis_add(struct boot_context *context, struct page_part *part)
{
        add_image(context, part);
        add_partitions(context, part);
        add_tpm(context, part);
        add_record(context, part);
}
