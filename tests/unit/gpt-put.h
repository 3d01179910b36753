/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry more on a disk that is a file. Behind cmocka's header. */
#ifndef CLEANSLATE_TESTS_GPT_PUT_H
#define CLEANSLATE_TESTS_GPT_PUT_H

#include "linux/disk/gpt-write.h"
#include "linux/disk/gpt.h"

/* Into the first slot that is free. */
static int put(const char *disk, struct gpt_entry *entry)
{
        static struct inventory inventory;

        assert_int_equal(gpt_read(disk, &inventory), 0);
        entry->number = 1;
        for (size_t i = 0; i < inventory.partition_count; i++)
                if (inventory.partitions[i].number >= entry->number)
                        entry->number = inventory.partitions[i].number + 1;
        return gpt_put(disk, entry, 1);
}

#endif
