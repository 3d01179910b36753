/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partition gets which place on a disk, as systemd-repart 262 gives places (repart.d(5)), to the byte. Pure arithmetic:
 * knows neither policy nor partition tables, trusts no number, and allocates nothing. */
#ifndef CLEANSLATE_COMMON_LAYOUT_SOLVE_H
#define CLEANSLATE_COMMON_LAYOUT_SOLVE_H

#include "common/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_ITEMS_MAX  196 /* 64 definitions, 128 partitions that nobody defines, four reserved areas */
#define LAYOUT_UNSET      UINT64_MAX
#define LAYOUT_MERGES_MAX 2048 /* combinations of supplements that are tried: all of those of six */

enum layout_kind {
        LAYOUT_NEW,     /* has no place yet */
        LAYOUT_REBUILT, /* begins where it begins, its size is chosen anew: what a reset erases and builds again */
        LAYOUT_KEPT,    /* a definition's partition that stays: it may grow at its end, but never shrink or move */
        LAYOUT_FOREIGN  /* stays exactly as it is: what no definition claims, and areas that are to stay free */
};

struct layout_item {
        enum layout_kind kind;
        uint32_t slot;                    /* number in the table, of what is there: of areas of equal size, the one behind
                                             the lowest is filled first */
        uint64_t start_bytes, size_bytes; /* of what is there; of LAYOUT_REBUILT the start alone counts */
        uint64_t size_min_bytes;          /* SizeMinBytes=, or LAYOUT_UNSET */
        uint64_t size_max_bytes;          /* SizeMaxBytes=, or LAYOUT_UNSET */
        uint64_t size_default_bytes;      /* the minimum where none is given; of layout_need() */
        uint64_t size_floor_bytes;        /* less than that cannot be built; of layout_need() */
        uint64_t padding_min_bytes;       /* PaddingMinBytes=, or LAYOUT_UNSET */
        uint64_t padding_max_bytes;       /* PaddingMaxBytes=, or LAYOUT_UNSET */
        uint32_t weight, padding_weight;  /* Weight=, PaddingWeight= */
        int32_t priority;                 /* Priority=: above 0 it may be left out, the highest number first */
        int supplement_for;               /* SupplementFor=: the item it is merged into where that is possible; -1 = none */
};

enum layout_outcome {
        LAYOUT_PLACED,  /* here it is, or here it stays */
        LAYOUT_DROPPED, /* left out for its priority, or because it was merged into one that was */
        LAYOUT_MERGED   /* into the one that it supplements */
};

struct layout_place {
        enum layout_outcome outcome;
        uint64_t start_bytes, size_bytes; /* 0 unless placed */
        uint64_t padding_bytes;           /* what stays free behind it, on the grain */
        uint32_t rank;                    /* of new ones: from 0 on, in which order they get their numbers in the table */
};

struct layout_disk {
        uint64_t first_bytes, end_bytes; /* what partitions may use, the end exclusive */
        uint64_t grain_bytes;            /* a power of two, the larger one of 4096 and the sector */
};

/* Items are the definitions in their order, then the foreign ones in any. Each comes out in ret[] at its own index.
 *
 * Where LAYOUT_REBUILT ones cannot all begin where they begin, or only if more of the others are left out, all of them are placed
 * like new ones, and *ret_moved is true.
 *
 * ERR_NO_SPACE: even without all that may be left out it does not fit. ERR_ARGUMENT: more than LAYOUT_ITEMS_MAX items, a grain
 * that is none, an end beyond UINT64_MAX, a supplement of itself, of a supplement, of what has one already, of a foreign or
 * missing item. Outputs are untouched then.
 *
 * Ends after at most LAYOUT_ITEMS_MAX rounds of leaving out and, in each fit, LAYOUT_MERGES_MAX combinations. */
enum err layout_solve(const struct layout_disk *disk, const struct layout_item *items, size_t count, struct layout_place *ret,
                      bool *ret_moved);

#endif
