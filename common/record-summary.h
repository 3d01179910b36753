/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The little that the recovery page tells of a reset's record: whether it succeeded, and when. The record lies on the EFI system
 * partition, which nobody authenticates, so this is a pure reader with a bound that believes nothing but two values. */
#ifndef CLEANSLATE_COMMON_RECORD_SUMMARY_H
#define CLEANSLATE_COMMON_RECORD_SUMMARY_H

#include "common/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_SUMMARY_READ_MAX 4096 /* bytes of a record's beginning that hold all of it */

struct record_summary {
        bool complete;       /* else it failed or is partial */
        bool partial;        /* the factory state is there, but bad sectors kept some of the old data from being erased */
        uint64_t written_at; /* seconds since 1970, UTC, as the machine's clock said */
};

/* Reads the beginning of a record as linux/record.c writes it: one member a line. ERR_SYNTAX: not such a record; ERR_MISSING:
 * result or time is not there; ERR_RANGE: one of them makes no sense. *ret untouched on failure. */
enum err record_summary_read(const char *text, size_t size, struct record_summary *ret);

#endif
