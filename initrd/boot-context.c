/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every mode does with the facts of a boot: notes why it cannot go on, draws random bytes, hands on what a survey needs. */
#include "initrd/boot-context.h"

#include "linux/base/random.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *boot_image_path(const struct boot_context *context)
{
        return context->policy.form == IMAGE_USR ? USR_IMAGE_PATH : ROOT_PATH;
}

int boot_trouble(struct boot_context *context, int error, const char *format, ...)
{
        if (context->trouble[0] == 0) {
                va_list arguments;
                va_start(arguments, format);
                (void)vsnprintf(context->trouble, sizeof(context->trouble), format, arguments);
                va_end(arguments);
        }
        return error;
}

int boot_random(struct boot_context *context, void *ret, size_t size)
{
        int r = random_bytes(ret, size);
        return r < 0 ? boot_trouble(context, r, "The kernel gives no random numbers: %s.", strerror(-r)) : 0;
}

struct survey_source boot_survey_source(struct boot_context *context)
{
        return (struct survey_source){ .settings = &context->policy.settings,
                                       .variables = &context->variables,
                                       .root_fd = context->root_fd,
                                       .esp = context->inventory.esp,
                                       .stub_file = context->started_by_stub ? context->handover.stub_file : NULL,
                                       .hashes = &context->esp_hashes,
                                       .begun = context->interrupted || context->erasing,
                                       .trouble = { context->trouble, sizeof(context->trouble) } };
}
