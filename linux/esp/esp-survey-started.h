/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files of the EFI system partition this boot came from: the boot image and what was started before it. Believes the stub's
 * own word, handed over in memory, and variables that are gone after a restart; never one that the running system could have
 * left. */
#ifndef CLEANSLATE_LINUX_ESP_STARTED_H
#define CLEANSLATE_LINUX_ESP_STARTED_H

#include "linux/esp/esp-survey.h"

/* Fills survey->policy (own, before, default_before, alone, has_entry), survey->own and its hash, from the tree that was read.
 * What cannot be found out stays unknown. */
void esp_started_find(const struct survey_source *source, int esp_fd, struct esp_survey *survey);

#endif
