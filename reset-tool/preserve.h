/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Having files outlive a reset, as who asks for one sees it. It takes libraries for partition tables, TPMs and ciphers, which
 * neither the small command nor the service is linked with: a program that has them says so in its environment. */
#ifndef CLEANSLATE_RESET_TOOL_PRESERVE_H
#define CLEANSLATE_RESET_TOOL_PRESERVE_H

#include "reset-tool/boot-context.h"
#include "reset-tool/reset-options.h"

struct preserve_calls {
        /* Whether the image's policy lets what the options name be kept: reads and judges it. Negative errno with *ret_why;
         * -EINVAL: it does not. */
        int (*judge)(const struct environment *environment, const struct reset_options *options, struct explanation *ret_why);

        /* Reads, judges and seals what the options name, and puts it where the reset finds it. Negative errno with *ret_why,
         * -EINVAL where judge() would say no; then there is nothing. `nonce`: the request's. */
        int (*hand_over)(const struct environment *environment, const struct boot_context *context,
                         const struct reset_options *options, const struct id128 *nonce, struct explanation *ret_why);

        /* Deletes it. What cannot be deleted is of no use to anybody without its request. */
        void (*withdraw)(const struct environment *environment, const struct boot_context *context);
};

extern const struct preserve_calls preserve_on_esp;

#endif
