/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Publishes what systemd's tools read about this boot: the Stub* variables are ours, the Loader* ones only if no boot loader has
 * set them before (systemd-stub(7), Boot Loader Interface). Volatile variables only; nothing in the boot depends on them. */
#ifndef CLEANSLATE_EFI_LOADER_INTERFACE_H
#define CLEANSLATE_EFI_LOADER_INTERFACE_H

#include "efi/facts.h"
#include "efi/loader-requests.h"
#include "efi/measure.h"
#include "efi/own-image.h"
#include "efi/platform.h"

/* What there is to tell about this boot. */
struct loader_report {
        const struct own_image *own;
        const struct facts *facts;
        const struct loader_requests *requests;
        const struct measurement *measurement;
        struct boot_choice choice;
        uint64_t started_ticks; /* ticks_now() at our start, 0 if unknown */
};

/* First of all: a variable of the interface that outlives a restart is the running system's, who must not tell this boot what has
 * started it. What firmware holds on to stays; whoever decides anything by these looks at the attributes, too. */
void loader_interface_drop_lasting(const struct platform *platform);

/* Sets what it can; returns the first failure. */
EFI_STATUS loader_interface_publish(const struct platform *platform, const struct loader_report *report);

#endif
