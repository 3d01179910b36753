/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/erase/io-queue's second way: one thread a request under way, each in pread() or pwrite(). */
#ifndef CLEANSLATE_LINUX_IO_THREADS_H
#define CLEANSLATE_LINUX_IO_THREADS_H

#include "linux/erase/io-queue.h"

struct io_threads;

int io_threads_new(int fd, unsigned depth, struct io_threads **ret);
void io_threads_free(struct io_threads **threads); /* waits for what is under way */
int io_threads_submit(struct io_threads *threads, unsigned slot, const struct io_request *request);
int io_threads_wait(struct io_threads *threads, unsigned *ret_slot, int64_t *ret_result);

#endif
