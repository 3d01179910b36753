/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overwriting and reading back at the speed of the device. Several tasks are several devices, worked on at the same time. Owns
 * the order of requests, what happens to a sector that fails, flushing, and the arithmetic of progress; decides nothing about
 * what a bad sector means. erase_write() and erase_overwrite() destroy: initrd/steps/ alone calls them (tests/doors.py). */
#ifndef CLEANSLATE_LINUX_ERASE_ENGINE_H
#define CLEANSLATE_LINUX_ERASE_ENGINE_H

#include "linux/base/meter.h"
#include "linux/erase/erase-task.h"
#include <stddef.h>

#define ERASE_TASKS_MAX 16

/* How it is done; all zero is right for most. */
struct erase_options {
        const struct meter *meter; /* advanced from the caller's thread with the sums of all tasks; NULL = none */

        /* Called from the caller's thread: the first `done_bytes` of tasks[task] are written and flushed. NULL = not wanted, and
         * then there is no flush but the last. */
        void (*committed)(void *context, size_t task, uint64_t done_bytes);
        void *context;
        uint32_t commit_every_ms; /* at most so often */

        enum {
                ERASE_BACKEND_AUTO,
                ERASE_BACKEND_URING,
                ERASE_BACKEND_THREADS
        } backend; /* for tests: AUTO takes io_uring where
                      the kernel lets us */
};

/* Overwrites every task's range past the page cache, and flushes the device's write cache. A sector that fails is recorded and
 * passed over. Where sysfs says that the device writes zeros by itself, it is told to. 0, or the first task's error; the others
 * have run to their end all the same. options may be NULL. */
int erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options);

/* Reads back every task's range from its very start, whatever resume_bytes says, and compares. VERIFICATION_SAMPLED takes samples
 * by `seed`; a range too small for that is read whole, and outcome.verification says so. */
int erase_verify(struct erase_task *tasks, size_t count, enum verification verification, uint64_t seed,
                 const struct erase_options *options);

/* What erase_overwrite() is done with. */
struct erase_passes {
        struct erase_options options; /* `committed` is called by the first pass alone */
        void (*begins)(void *context,
                       bool reading); /* a pass over some of the tasks; context is the options'. NULL = not wanted */
};

/* Overwrites every task's range, reads each back as its own `verification` says (`seed`: of the samples), and does it once more,
 * without leaving anything to the device, where the read-back found otherwise what the device was told to zero by itself, or what
 * an interrupted attempt is said to have written: then all of it is read back. 0, or the first task's error. */
int erase_overwrite(struct erase_task *tasks, size_t count, uint64_t seed, const struct erase_passes *passes);

/* The keystream's key for one range in one reset: SHA-256(label || reset id || device || start). It is not a secret and needs
 * none: the pattern only has to be incompressible and different everywhere, so that no layer below can fake or share the writes,
 * and being derived, it lets a resumed reset go on, and verify what the interrupted one wrote, with nothing stored. */
void erase_derive_key(const uint8_t reset_id[static 16], uint32_t device, uint64_t start_bytes,
                      uint8_t ret[static ERASE_KEY_SIZE]);

#endif
