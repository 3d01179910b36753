/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the head of a reset's record says: enough for a line of history and for the recovery page. The record lies on the EFI
 * system partition, which nobody authenticates, so this is a pure reader with a bound; its texts are somebody's and must not
 * steer a terminal. */
#ifndef CLEANSLATE_COMMON_RECORD_SUMMARY_H
#define CLEANSLATE_COMMON_RECORD_SUMMARY_H

#include "common/base/err.h"
#include "common/base/guid.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_SUMMARY_READ_MAX 8192 /* bytes of a record's beginning that hold all of it, everything in it escaped */

struct record_summary {
        bool complete;       /* else it failed, is partial, or was a first boot */
        bool built;          /* a first boot: the factory state was built, and nothing erased */
        uint64_t undeclared; /* partitions that nobody declares and that stay */
        bool partial;        /* the factory state is there, but bad sectors kept some of the old data from being erased */
        uint64_t written_at; /* seconds since 1970, UTC, as the machine's clock said */
        uint64_t duration_ms, attempts;
        char reset_id[ID128_TEXT_SIZE]; /* this and what follows: UTF-8, "" = not said */
        char origin[24];                /* "request", "menu", "first-boot", ... */
        char level[24];                 /* "by-contents" or an erase level */
        char error[512];                /* the sentence */
        char reason[256], requester[64];
        char factory_digest[65]; /* hex; "" = not verified */
};

/* Reads the beginning of a record as linux/record/record.c writes it: one member a line, those with plain values first. What is
 * behind them, or was cut, is not looked at. ERR_SYNTAX: not such a record; ERR_MISSING: result or time is not there; ERR_RANGE:
 * a value makes no sense; ERR_TOO_LARGE, ERR_ENCODING, ERR_DUPLICATE: as json_parse() and json_string() have it. *ret untouched
 * on failure. */
enum err record_summary_read(const char *text, size_t size, struct record_summary *ret);

#endif
