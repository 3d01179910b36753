/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/own-choice.h"

#include "initrd/gather.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_LINE_MAX 4096

void own_choice_prepare(struct boot_context *context)
{
        static const uint8_t pcr_11[] = { '1', 0, '1', 0 }; /* UTF-16; a NUL follows */
        _cleanup_free_ void *value = NULL;
        size_t size;
        context->handover.stub_is_other = true;
        context->handover.reseal = RESEAL_UNAVAILABLE;
        if (context->variables.directory_fd >= 0 &&
            efivarfs_read_volatile(&context->variables, &guid_loader_interface, "StubPcrKernelImage", &value, &size) == 0)
                context->handover.tpm_measured = size >= sizeof(pcr_11) && memcmp(value, pcr_11, sizeof(pcr_11)) == 0;
}

/* Nobody but a stub counts starts and asks people; and break-glass has to be measured before there is a kernel. */
static struct boot_facts facts_of(const struct boot_context *context)
{
        const bool is_due = context->request_state == REQUEST_DUE;
        struct boot_facts facts = { .request = context->request_state,
                                    .progress = context->progress,
                                    .standing = progress_judge(&context->progress, &context->keys.progress,
                                                               is_due ? context->request_digest : NULL, false),
                                    .failures_max = RESET_FAILURES_MAX,
                                    .attempts_max = RESET_ATTEMPTS_MAX };
        if (context->gathered) {
                facts.failures_max = context->policy.settings.failures_max;
                facts.access = context->policy.settings.access;
        }
        return facts;
}

/* A profile, an entry of a boot loader, an addon: somebody at the machine. For a reset the image's word is asked in words. */
static void drop_what_is_not_permitted(struct boot_facts *facts)
{
        if (facts->command_line_mode != MODE_RESET && !access_permits(boot_access(facts, facts->command_line_mode), false))
                facts->command_line_mode = MODE_NORMAL;
}

void own_choice_make(struct boot_context *context)
{
        _cleanup_free_ char *line = NULL;
        size_t size;
        if (context->started_by_stub)
                return;
        (void)gather_system(context); /* what it could not read is in context->trouble, and nothing is believed in its place */
        struct boot_facts facts = facts_of(context);
        if (file_read(AT_FDCWD, "/proc/cmdline", COMMAND_LINE_MAX, &line, &size) == 0)
                boot_facts_read_command_line(&facts, line, size);
        drop_what_is_not_permitted(&facts);
        context->handover.choice = boot_choose(&facts);
        context->handover.request = facts.request;
        context->handover.progress = facts.standing;
        context->handover.access = facts.access;
        gather_measure_mode(context, context->handover.choice.mode);
}
