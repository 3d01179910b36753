/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts about a device as JSON, for records and for `--json`. What is unknown is left out, so that 0 always means nought. */
#ifndef CLEANSLATE_COMMON_MEDIA_JSON_H
#define CLEANSLATE_COMMON_MEDIA_JSON_H

#include "common/base/bytes.h"
#include "common/media/media.h"

#define MEDIA_JSON_MAX 2560 /* is always enough, with the NUL */

/* One object: {"bus":"nvme","model":…,"techniques":[…],"health":{…}}. Look at writer->overflow. */
void media_facts_json(struct writer *writer, const struct media_facts *facts);

#endif
