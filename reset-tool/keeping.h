/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Having files outlive a reset, as who asks for one sees it. It takes libraries for partition tables, TPMs and ciphers, which
 * neither the small command nor the service is linked with: a program that has them says so in its environment. */
#ifndef CLEANSLATE_RESET_TOOL_KEEPING_H
#define CLEANSLATE_RESET_TOOL_KEEPING_H

#include "reset-tool/machine.h"
#include "reset-tool/wish.h"

struct keeping {
        /* Whether the image's policy lets what the wish names be kept: reads and judges it. Negative errno with *ret_why;
         * -EINVAL: it does not. */
        int (*judge)(const struct environment *environment, const struct wish *wish, struct explanation *ret_why);

        /* Reads, judges and seals what the wish names, and puts it where the reset finds it. Negative errno with *ret_why,
         * -EINVAL where judge() would say no; then there is nothing. `nonce`: the request's. */
        int (*hand_over)(const struct environment *environment, const struct machine *machine, const struct wish *wish,
                         const struct id128 *nonce, struct explanation *ret_why);

        /* Deletes it. What cannot be deleted is of no use to anybody without its request. */
        void (*withdraw)(const struct environment *environment, const struct machine *machine);
};

extern const struct keeping keeping_on_esp;

#endif
