/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/beyond-survey.h"

#include "initrd/esp-survey.h"
#include "initrd/esp.h"
#include "linux/cleanup.h"
#include "linux/gpt.h"
#include <errno.h>
#include <string.h>

static bool is_deleted(const struct plan *plan, size_t partition)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].kind == STEP_DELETE_ENTRY && plan->steps[i].partition == (int)partition)
                        return true;
        return false;
}

struct search {
        const struct guid *uuid;
        const char *own_disk;
};

/* The own disk is the inventory's: the table on it still has what the plan deletes. */
static int visit_disk(void *context, const char *disk_path)
{
        const struct search *search = context;
        return strcmp(disk_path, search->own_disk) != 0 && gpt_has_partition(disk_path, search->uuid) ? 1 : 0;
}

static bool exists(void *context, const struct guid *uuid)
{
        const struct reset *reset = context;
        const struct inventory *inventory = &reset->device->inventory;
        struct search search = { .uuid = uuid, .own_disk = inventory->disk_path };
        for (size_t i = 0; i < inventory->partition_count; i++)
                if (guid_equal(&inventory->partitions[i].uuid, uuid) && !is_deleted(&reset->plan, i))
                        return true;
        return blockdev_each_disk(visit_disk, &search) != 0; /* disks that cannot be looked at: not known to be gone */
}

struct partition_lookup beyond_partition_lookup(struct reset *reset)
{
        return (struct partition_lookup){ .exists = exists, .context = reset };
}

/* A hash over names, without keeping them all in one piece. */
static int digest_names(const char *const *names, size_t count, uint8_t ret[static SHA256_SIZE])
{
        _cleanup_free_ struct bytes *chunks = calloc(count + 1, sizeof(*chunks));
        if (!chunks)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                chunks[i] = (struct bytes){ (const uint8_t *)names[i], strlen(names[i]) + 1 };
        sha256_chunks(chunks, count, ret);
        return 0;
}

static int survey_esp(struct reset *reset, struct beyond_facts *facts)
{
        struct device *device = reset->device;
        _cleanup_(esp_close) struct esp esp = ESP_CLOSED;
        _cleanup_(esp_survey_done) struct esp_survey survey = { 0 };
        int r = esp_open_read_only(&device->inventory, &esp);
        if (r < 0)
                return device_trouble(device, r, "The EFI system partition cannot be opened: %s.", strerror(-r));
        r = esp_survey(device, esp.fd, &survey);
        if (r < 0)
                return r;
        _cleanup_free_ const char **names = calloc(survey.removals + 1, sizeof(*names));
        if (!names)
                return device_trouble(device, -ENOMEM, "Not enough memory for a reset.");
        for (size_t i = 0; i < survey.tree.count; i++)
                if (survey.findings[i].verdict == ESP_REMOVE)
                        names[facts->esp_removals++] = survey.tree.entries[i].path;
        r = digest_names(names, facts->esp_removals, facts->esp_digest);
        return r < 0 ? device_trouble(device, r, "Not enough memory for a reset.") : 0;
}

static int survey_variables(struct reset *reset, struct beyond_facts *facts)
{
        struct device *device = reset->device;
        _cleanup_(variable_survey_done) struct variable_survey survey = { 0 };
        struct partition_lookup lookup = beyond_partition_lookup(reset);
        int r = variable_survey(device, &lookup, &survey);
        if (r < 0)
                return r;
        _cleanup_free_ const char **names = calloc(survey.removals + 1, sizeof(*names));
        if (!names)
                return device_trouble(device, -ENOMEM, "Not enough memory for a reset.");
        for (size_t i = 0; i < survey.count; i++)
                if (survey.findings[i].verdict == VARIABLE_REMOVE)
                        names[facts->variable_removals++] = survey.variables[i].name;
        r = digest_names(names, facts->variable_removals, facts->variable_digest);
        return r < 0 ? device_trouble(device, r, "Not enough memory for a reset.") : 0;
}

int beyond_survey(struct reset *reset)
{
        struct beyond_facts facts = { 0 };
        int r = survey_esp(reset, &facts);
        if (r == 0)
                r = survey_variables(reset, &facts);
        if (r == 0)
                reset->device->inventory.beyond = facts;
        return r;
}
