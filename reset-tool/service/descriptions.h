/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface descriptions, word for word the files of reset-tool/varlink. Never parses them. */
#ifndef CLEANSLATE_RESET_TOOL_SERVICE_DESCRIPTIONS_H
#define CLEANSLATE_RESET_TOOL_SERVICE_DESCRIPTIONS_H

#include <stddef.h>

#define INTERFACE_VARLINK    "org.varlink.service"
#define INTERFACE_SYSTEMD    "io.systemd.FactoryReset"
#define INTERFACE_CLEANSLATE "io.cleanslate.FactoryReset"

struct description {
        const char *interface, *text;
};

/* In the order GetInfo tells them; *ret_count. */
const struct description *descriptions(size_t *ret_count);

#endif
