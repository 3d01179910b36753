/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFI system partition as the running system can read it without leaving a trace: a read-only mount of its own that nobody
 * else sees and that is gone with its descriptor. */
#ifndef CLEANSLATE_LINUX_RUNNING_ESP_H
#define CLEANSLATE_LINUX_RUNNING_ESP_H

/* `partition_path`: "/dev/vda1". *ret_fd is its root directory; the caller closes it. Where the partition is mounted already, it
 * is seen with that mount's options. Negative errno. */
int running_esp_open(const char *partition_path, int *ret_fd);

/* The same for writing. -EBUSY, -EROFS: somebody has it mounted read-only. */
int running_esp_open_writable(const char *partition_path, int *ret_fd);

#endif
