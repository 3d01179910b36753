/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFI system partition we were started from, mounted for as long as a record is written and no longer. */
#ifndef CLEANSLATE_INITRD_ESP_H
#define CLEANSLATE_INITRD_ESP_H

#include "common/plan/inventory.h"

struct esp {
        int fd; /* its root directory; -1 = closed */
};
#define ESP_CLOSED ((struct esp){ .fd = -1 })

/* -ENODEV if the inventory knows no usable ESP. */
int esp_open(const struct inventory *inventory, struct esp *ret);
int esp_open_read_only(const struct inventory *inventory, struct esp *ret); /* leaves every byte of it as it is */
void esp_close(struct esp *esp);

#endif
