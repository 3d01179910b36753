/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SHA-256 of files of the EFI system partition, each read once. A reset looks at the partition several times, and the images
 * on it are large. For programs beside which nobody writes there; a file counts as the one of before by path, size
 * and times. */
#ifndef CLEANSLATE_LINUX_ESP_HASHES_H
#define CLEANSLATE_LINUX_ESP_HASHES_H

#include "common/base/sha256.h"
#include "linux/esp/esp-tree.h"

struct esp_hash;

/* All zero: none is known yet. */
struct esp_hashes {
        struct esp_hash *known;
        size_t count, room;
};

/* `hashes` NULL: the file is read. As esp_tree_hash(); without memory to remember it is read again the next time. */
int esp_hashes_get(struct esp_hashes *hashes, int root_fd, const char *path, uint8_t ret[static SHA256_SIZE]);

void esp_hashes_done(struct esp_hashes *hashes);

#endif
