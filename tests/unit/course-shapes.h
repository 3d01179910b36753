/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines that a reset is imagined on: one in use and its variants, and one as it leaves the line. */
#ifndef CLEANSLATE_TESTS_COURSE_SHAPES_H
#define CLEANSLATE_TESTS_COURSE_SHAPES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/course-world.h"
#include "tests/unit/plan-fixture.h"

enum { DATA = PARTITIONS };

static struct scenario scenario;

static void add_part(size_t index, enum part_content content, bool may_change)
{
        struct world_part *part = &scenario.start.parts[scenario.start.part_count++];

        *part = (struct world_part){
                .exists = true, .facts = inventory.partitions[index], .content = content, .may_change = may_change
        };
        part->has_keys = content == PART_OLD && part->facts.content == CONTENT_LUKS;
}

/* A machine in use that is asked for a reset: ESP, image, a partition that is kept, config and state. */
static void make_used(const char *name)
{
        memset(&scenario, 0, sizeof(scenario));
        (void)set_up(NULL);
        inventory.partitions[STATE].size_bytes = MIB(1000);
        set_partition(DATA, "linux-generic", "data", 2500, 200);
        define("30-data.conf", "[Partition]\nType=linux-generic\nLabel=data\nFormat=ext4\nMountPoint=/data\n");
        scenario.name = name;
        scenario.asked = scenario.secret_kept = true;
        scenario.start.now.has_request = scenario.start.built_before = true;
        scenario.start.gaps_hold_data = scenario.start.esp_is_dirty = scenario.start.variables_are_dirty =
                scenario.start.table_is_dirty = true;
        scenario.start.tpm_generation = scenario.start.generation_before = 1;
        for (size_t i = ESP; i <= VERITY; i++)
                add_part(i, PART_OLD, false);
        add_part(CONFIG, PART_OLD, true);
        add_part(STATE, PART_OLD, true);
        add_part(DATA, PART_OLD, false);
        scenario.start.parts[scenario.start.part_count - 1].is_kept = true;
}

static void make_encrypted(void)
{
        make_used("encrypted");
}

/* And as late as it may be known that the TPM is cleared. */
static void make_short_store(void)
{
        make_used("a store without room to spare");
        scenario.store_is_short = true;
        scenario.start.tpm_is_locked = true;
}

static void make_plain(void)
{
        make_used("plain state, overwritten");
        scenario.start.parts[STATE].facts.content = CONTENT_UNKNOWN;
        scenario.start.parts[STATE].has_keys = false;
        settings("[Reset]\noverwrite=keystream\n");
}

static void make_two_disks(void)
{
        make_used("additional disks");
        for (int i = 0; i < WORLD_DISKS_MAX; i++) {
                struct inventory_disk *disk = &inventory.disks[inventory.disk_count++];
                (void)snprintf(disk->path, sizeof(disk->path), "/dev/nvme%dn1", i + 1);
                (void)snprintf(disk->media.serial, sizeof(disk->media.serial), "S%d", i);
                disk->media.bus = MEDIA_NVME;
                disk->media.size_bytes = MIB(1000);
                disk->hardware = (uint32_t)i;
                scenario.start.disks[i] = (struct world_disk){ true, true };
        }
        settings("[Disk]\nall=internal\nlevel=clear\n");
}

static void make_firmware(void)
{
        make_used("firmware clears");
        scenario.start.tpm_is_locked = true;
}

static void make_firmware_no(void)
{
        make_used("firmware says no");
        scenario.start.tpm_is_locked = true;
        scenario.firmware = FIRMWARE_SAYS_NO;
}

static void make_firmware_tried(void)
{
        make_used("firmware says no, and clearing is only tried");
        scenario.start.tpm_is_locked = true;
        scenario.firmware = FIRMWARE_SAYS_NO;
        settings("[Reset]\ntpm-clear=try\n");
}

static void make_first_boot_of(const char *name)
{
        make_used(name);
        scenario.asked = scenario.start.now.has_request = scenario.start.built_before = false;
        scenario.start.gaps_hold_data = scenario.start.esp_is_dirty = scenario.start.variables_are_dirty =
                scenario.start.table_is_dirty = false;
        scenario.start.part_count = CONFIG;
}

static void make_factory_new(void)
{
        make_first_boot_of("first boot");
}

static void make_hooks(void)
{
        make_used("kept files and hooks");
        scenario.keeps_files = true;
        settings("[Hooks]\nafter-rebuild=yes\n");
}

static void make_partial(void)
{
        make_used("bad sectors, partial");
        scenario.medium = LEAVES_PARTIAL;
}

static void make_damaged(void)
{
        make_used("bad sectors, fail");
        scenario.medium = LEAVES_DAMAGE;
}

/* What is kept shares what is free behind it with what is new there. */
static void make_growing(void)
{
        make_used("a kept partition grows beside a new one");
        define("40-srv.conf", "[Partition]\nType=srv\nLabel=srv\nFormat=ext4\nFactoryReset=yes\n");
}

static void make_no_secret(void)
{
        make_used("firmware keeps no secret");
        scenario.secret_kept = false;
}

static void make_no_secret_firmware(void)
{
        make_used("firmware keeps no secret, and clears");
        scenario.secret_kept = false;
        scenario.start.tpm_is_locked = true;
}

static void make_no_secret_first_boot(void)
{
        make_first_boot_of("first boot without a secret");
        policy.partition_count--; /* what is kept */
        scenario.secret_kept = false;
}

static const struct shape {
        void (*make)(void);
        bool may_end_on_page; /* also without any fault */
} shapes[] = {
        { make_encrypted, false },
        { make_short_store, false },
        { make_plain, false },
        { make_two_disks, false },
        { make_firmware, false },
        { make_firmware_no, true },
        { make_firmware_tried, false },
        { make_factory_new, false },
        { make_hooks, false },
        { make_partial, false },
        { make_damaged, true },
        { make_growing, false },
        { make_no_secret, false },
        { make_no_secret_firmware, true },
        { make_no_secret_first_boot, false },
};

static void use(const struct shape *shape)
{
        static struct world end;
        const char *why;

        shape->make();
        scenario.policy = policy;
        scenario.inventory = inventory;
        end = scenario.start;
        if (world_settle(&scenario, &end, MUTANT_NONE, &why) == END_SYSTEM)
                scenario.end = &end;
}

#endif
