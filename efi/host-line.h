/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host of a virtual machine puts behind the kernel's command line: the SMBIOS string
 * io.systemd.stub.kernel-cmdline-extra= (systemd-stub(7)). */
#ifndef CLEANSLATE_EFI_HOST_LINE_H
#define CLEANSLATE_EFI_HOST_LINE_H

#include "efi/command-line.h"
#include "efi/measure.h"
#include "efi/platform.h"

/* Bytes that are taken of it. */
#define HOST_LINE_MAX 4096

/* Nothing where guest_trusts_its_host() says no. Measured to PCR 12 as systemd-stub does it; what cannot be measured is not
 * taken, and said. */
void host_line_add(const struct platform *platform, struct measurement *measurement, struct command_line *line);

#endif
