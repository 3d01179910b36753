/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person at the console has to know about this boot, in words. Silent in an ordinary boot. */
#ifndef CLEANSLATE_EFI_ANNOUNCE_H
#define CLEANSLATE_EFI_ANNOUNCE_H

#include "common/boot/profile-option.h"
#include "efi/facts.h"
#include "efi/loader-requests.h"
#include "efi/measure.h"
#include "efi/platform.h"

void announce_load_options(const struct platform *platform, const struct profile_option *options);
void announce_facts(const struct platform *platform, const struct facts *facts);
void announce_loader_requests(const struct platform *platform, const struct loader_requests *requests);

/* What somebody at the machine asked for without permission. */
void announce_refusal(const struct platform *platform, enum boot_mode asked, enum access access);
void announce_measurement(const struct platform *platform, const struct measurement *measurement);
void announce_mode(const struct platform *platform, const struct boot_choice *choice);

#endif
