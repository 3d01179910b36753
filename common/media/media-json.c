/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts as JSON; see media-json.h. */
#include "common/media/media-json.h"

#include "common/base/json-write.h"

static void text(struct writer *writer, const char *key, const char *value)
{
        if (!value[0])
                return;
        json_member_text(writer, key, value);
}

static void flag(struct writer *writer, const char *key, bool value)
{
        if (!value)
                return;
        json_member_flag(writer, key, true);
}

static void techniques(struct writer *writer, uint32_t offered)
{
        json_member_open(writer, "techniques", '[');
        for (unsigned i = MEDIA_TECHNIQUE_NONE + 1; i < MEDIA_TECHNIQUE_COUNT; i++)
                if (offered & MEDIA_TECHNIQUE_BIT(i))
                        json_text(writer, media_technique_name((enum media_technique)i));
        json_close(writer, ']');
}

static void security(struct writer *writer, const struct media_ata_security *facts)
{
        if (!facts->supported)
                return;
        json_member_open(writer, "security", '{');
        flag(writer, "enabled", facts->enabled);
        flag(writer, "locked", facts->locked);
        flag(writer, "frozen", facts->frozen);
        flag(writer, "count-expired", facts->count_expired);
        json_member_number(writer, "erase-minutes", facts->minutes);
        if (facts->enhanced)
                json_member_number(writer, "enhanced-erase-minutes", facts->enhanced_minutes);
        json_close(writer, '}');
}

static void temperature(struct writer *writer, int16_t celsius)
{
        if (celsius == INT16_MIN)
                return;
        json_key(writer, "temperature-celsius");
        writer_text(writer, celsius < 0 ? "-" : "");
        writer_decimal(writer, (uint64_t)(celsius < 0 ? -celsius : celsius));
}

static void health(struct writer *writer, const struct media_health *facts)
{
        if (!facts->known)
                return;
        json_member_open(writer, "health", '{');
        json_member_flag(writer, "failing", facts->failing);
        json_member_number(writer, "critical-warning", facts->critical_warning);
        if (facts->worn_known)
                json_member_number(writer, "percentage-used", facts->percentage_used);
        json_member_number(writer, "media-errors", facts->media_errors);
        json_member_number(writer, "reallocated", facts->reallocated);
        json_member_number(writer, "pending", facts->pending);
        if (facts->power_on_hours > 0)
                json_member_number(writer, "power-on-hours", facts->power_on_hours);
        temperature(writer, facts->temperature_celsius);
        json_close(writer, '}');
}

void media_facts_json(struct writer *writer, const struct media_facts *facts)
{
        json_open(writer, '{');
        text(writer, "bus", media_bus_name(facts->bus));
        text(writer, "model", facts->model);
        text(writer, "serial", facts->serial);
        text(writer, "firmware", facts->firmware);
        text(writer, "wwid", facts->wwid);
        json_member_number(writer, "size-bytes", facts->size_bytes);
        json_member_number(writer, "logical-sector", facts->logical_sector);
        json_member_number(writer, "physical-sector", facts->physical_sector);
        flag(writer, "removable", facts->removable);
        flag(writer, "usb", facts->usb);
        flag(writer, "read-only", facts->read_only);
        flag(writer, "rotational", facts->rotational);
        techniques(writer, facts->techniques);
        flag(writer, "sanitize-busy", facts->sanitize_busy);
        flag(writer, "sanitize-failed", facts->sanitize_failed);
        flag(writer, "sanitize-frozen", facts->sanitize_frozen);
        if (facts->namespaces > 0)
                json_member_number(writer, "namespaces", facts->namespaces);
        flag(writer, "format-takes-all", facts->format_takes_all);
        security(writer, &facts->security);
        if (facts->hpa.known)
                json_member_number(writer, "hpa-hidden-bytes", facts->hpa.bytes);
        if (facts->dco.known)
                json_member_number(writer, "dco-hidden-bytes", facts->dco.bytes);
        health(writer, &facts->health);
        json_close(writer, '}');
}
