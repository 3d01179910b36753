/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges a password, and counts the wrong ones in a variable that no operating system sees (CleanslateWrongPasswords, NV|BS):
 * whoever guesses waits, over restarts, too. The count is raised before a password is looked at, so that cutting the power gains
 * nothing. */
#ifndef CLEANSLATE_EFI_PASSWORD_H
#define CLEANSLATE_EFI_PASSWORD_H

#include "common/base/pbkdf2.h"
#include "efi/platform.h"

/* How many seconds the machine has to be on until a password is taken. */
uint32_t password_wait(const struct platform *platform);

/* Whether it is the one. A right one ends the counting, after a wrong one *ret_wait_s is the time until the next is taken. Takes
 * as long as the hash says; where the store does not take the count, a minute more. */
bool password_judge(const struct platform *platform, const struct password_hash *hash, const char *typed, size_t length,
                    uint32_t *ret_wait_s);

#endif
