/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/service/descriptions.h"

#include "common/base/bytes.h"

/* The assembler takes the files in as they are. */
#define EMBED(name, path)                                                                    \
        __asm__(".section .rodata\n" #name ":\n.incbin \"" path "\"\n.byte 0\n.previous\n"); \
        extern const char name[] __attribute__((visibility("hidden")))

EMBED(description_of_varlink, "reset-tool/varlink/org.varlink.service.varlink");
EMBED(description_of_systemd, "reset-tool/varlink/io.systemd.FactoryReset.varlink");
EMBED(description_of_cleanslate, "reset-tool/varlink/io.cleanslate.FactoryReset.varlink");

const struct description *descriptions(size_t *ret_count)
{
        static const struct description all[] = {
                { INTERFACE_VARLINK, description_of_varlink },
                { INTERFACE_SYSTEMD, description_of_systemd },
                { INTERFACE_CLEANSLATE, description_of_cleanslate },
        };
        *ret_count = ARRAY_SIZE(all);
        return all;
}
