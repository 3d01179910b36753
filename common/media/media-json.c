/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts as JSON; see media-json.h. */
#include "common/media/media-json.h"

static void name(struct writer *writer, const char *key)
{
        char last = writer->size > 0 ? (char)writer->data[writer->size - 1] : '{';

        if (last != '{')
                writer_char(writer, ',');
        writer_json_string(writer, key);
        writer_char(writer, ':');
}

static void text(struct writer *writer, const char *key, const char *value)
{
        if (!value[0])
                return;
        name(writer, key);
        writer_json_string(writer, value);
}

static void number(struct writer *writer, const char *key, uint64_t value)
{
        name(writer, key);
        writer_decimal(writer, value);
}

static void flag(struct writer *writer, const char *key, bool value)
{
        if (!value)
                return;
        name(writer, key);
        writer_text(writer, "true");
}

static void techniques(struct writer *writer, uint32_t offered)
{
        bool first = true;

        name(writer, "techniques");
        writer_char(writer, '[');
        for (unsigned i = MEDIA_TECHNIQUE_NONE + 1; i < MEDIA_TECHNIQUE_COUNT; i++) {
                if (!(offered & MEDIA_TECHNIQUE_BIT(i)))
                        continue;
                if (!first)
                        writer_char(writer, ',');
                writer_json_string(writer, media_technique_name((enum media_technique)i));
                first = false;
        }
        writer_char(writer, ']');
}

static void security(struct writer *writer, const struct media_ata_security *facts)
{
        if (!facts->supported)
                return;
        name(writer, "security");
        writer_char(writer, '{');
        flag(writer, "enabled", facts->enabled);
        flag(writer, "locked", facts->locked);
        flag(writer, "frozen", facts->frozen);
        flag(writer, "count-expired", facts->count_expired);
        number(writer, "erase-minutes", facts->minutes);
        if (facts->enhanced)
                number(writer, "enhanced-erase-minutes", facts->enhanced_minutes);
        writer_char(writer, '}');
}

static void temperature(struct writer *writer, int16_t celsius)
{
        if (celsius == INT16_MIN)
                return;
        name(writer, "temperature-celsius");
        writer_text(writer, celsius < 0 ? "-" : "");
        writer_decimal(writer, (uint64_t)(celsius < 0 ? -celsius : celsius));
}

static void health(struct writer *writer, const struct media_health *facts)
{
        if (!facts->known)
                return;
        name(writer, "health");
        writer_char(writer, '{');
        name(writer, "failing");
        writer_text(writer, facts->failing ? "true" : "false");
        number(writer, "critical-warning", facts->critical_warning);
        if (facts->worn_known)
                number(writer, "percentage-used", facts->percentage_used);
        number(writer, "media-errors", facts->media_errors);
        number(writer, "reallocated", facts->reallocated);
        number(writer, "pending", facts->pending);
        if (facts->power_on_hours > 0)
                number(writer, "power-on-hours", facts->power_on_hours);
        temperature(writer, facts->temperature_celsius);
        writer_char(writer, '}');
}

void media_facts_json(struct writer *writer, const struct media_facts *facts)
{
        writer_char(writer, '{');
        text(writer, "bus", media_bus_name(facts->bus));
        text(writer, "model", facts->model);
        text(writer, "serial", facts->serial);
        text(writer, "firmware", facts->firmware);
        text(writer, "wwid", facts->wwid);
        number(writer, "size-bytes", facts->size_bytes);
        number(writer, "logical-sector", facts->logical_sector);
        number(writer, "physical-sector", facts->physical_sector);
        flag(writer, "removable", facts->removable);
        flag(writer, "usb", facts->usb);
        flag(writer, "read-only", facts->read_only);
        flag(writer, "rotational", facts->rotational);
        techniques(writer, facts->techniques);
        flag(writer, "sanitize-busy", facts->sanitize_busy);
        flag(writer, "sanitize-failed", facts->sanitize_failed);
        flag(writer, "sanitize-frozen", facts->sanitize_frozen);
        if (facts->namespaces > 0)
                number(writer, "namespaces", facts->namespaces);
        flag(writer, "format-takes-all", facts->format_takes_all);
        security(writer, &facts->security);
        if (facts->hpa.known)
                number(writer, "hpa-hidden-bytes", facts->hpa.bytes);
        if (facts->dco.known)
                number(writer, "dco-hidden-bytes", facts->dco.bytes);
        health(writer, &facts->health);
        writer_char(writer, '}');
}
