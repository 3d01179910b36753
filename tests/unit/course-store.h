/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The variable store of an imagined machine, as firmware has it (docs/firmware.md): what a write and a removal come to, and what
 * the next start finds. */
#ifndef CLEANSLATE_TESTS_COURSE_STORE_H
#define CLEANSLATE_TESTS_COURSE_STORE_H

#include "tests/unit/course-world-boot.h"

/* Power-on: what is there now. And what the stub makes of a store that is short, before a reset. */
void store_start(struct boot *boot);
void store_tidy(struct boot *boot);

/* What the initrd is shown. */
bool store_shows_progress(const struct boot *boot);
bool store_shows_request(const struct boot *boot);

/* 0, -EIO, -ENOSPC. `kind`: what happens to the power meanwhile. */
int store_write_slot(struct boot *boot, int slot, const uint8_t value[static PROGRESS_ENCODED_SIZE], enum fault_kind kind);

/* As retire_request() of linux/efi/retire.h: 0 or -EIO. */
int store_retire_request(struct boot *boot);

enum course_room store_room(const struct boot *boot);
/* The preflight of a reset that is not begun. */
bool store_permits_reset(const struct boot *boot);

#endif
