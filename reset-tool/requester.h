/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks, for the record: the person's account behind sudo, pkexec or su, and the way. */
#ifndef CLEANSLATE_RESET_TOOL_REQUESTER_H
#define CLEANSLATE_RESET_TOOL_REQUESTER_H

#include <stddef.h>
#include <sys/types.h>

/* "alice (sudo)", "alice (pkexec)", "alice (login)", or "root". A note for people, not proof: root can claim to be anybody. */
void requester_describe(char *ret, size_t capacity);

/* "alice (WAY)" of an account that the kernel vouches for. */
void requester_describe_user(uid_t user, const char *way, char *ret, size_t capacity);

#endif
