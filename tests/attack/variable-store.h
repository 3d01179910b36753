/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware whose variables are not like others': what Linux shows of it, and what it says when a variable is written or removed.
 * Nothing of it is of the program under test: what that asks of the kernel is answered as efivarfs answers on such firmware. */
#ifndef CLEANSLATE_TESTS_VARIABLE_STORE_H
#define CLEANSLATE_TESTS_VARIABLE_STORE_H

/* The directory in which the variables are, and the file that names this boot's personality; none: that of no particular one. */
void variable_store_begin(int directory_fd, const char *personality_path);

#endif
