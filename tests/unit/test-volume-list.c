/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of the volumes that a device has had, in its variable: what is noted when, and under which key; and whether a volume
 * is an encrypted one, which it decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initrd/volume-definitions.h"
#include "initrd/volume-list.h"
#include "tests/unit/two-volumes.h"

static struct boot_context context;
static char directory[] = "/tmp/cleanslate-volume-list-XXXXXX";
static const struct plan nothing_built;

static int set_up(void **state)
{
        memset(&context, 0, sizeof(context));
        context.report.kmsg_fd = -1;
        two_volumes(&context);
        (void)strcpy(directory + strlen(directory) - 6, "XXXXXX");
        assert_non_null(mkdtemp(directory));
        assert_int_equal(efivarfs_open(directory, &context.variables), 0);
        context.keys.has_mark = true;
        memset(context.keys.mark, 7, sizeof(context.keys.mark));
        return 0;
}

static int tear_down(void **state)
{
        (void)efivarfs_remove(&context.variables, &guid_cleanslate, KNOWN_VOLUMES_VARIABLE_NAME);
        efivarfs_close(&context.variables);
        return rmdir(directory);
}

/* As the next boot finds it. */
static enum known_origin listed(size_t definition)
{
        context.has_known = false;
        memset(&context.known, 0, sizeof(context.known));
        volume_list_load(&context);
        return known_volumes_get(&context.known, &context.policy.partitions[definition]);
}

static void without_a_list_nothing_is_known(void **state)
{
        volume_list_load(&context);
        assert_false(context.has_known);
        assert_false(context.inventory.has_known);
}

static void what_is_mounted_is_known_from_then_on(void **state)
{
        context.policy.partitions[STATE].encrypt = ENCRYPT_OFF;
        context.volume_states[CONFIG] = context.volume_states[STATE] = VOLUME_COMPLETE;
        volume_list_note_mounted(&context);
        assert_int_equal(listed(CONFIG), KNOWN_BUILT);
        assert_int_equal(listed(STATE), KNOWN_BUILT);
        assert_true(context.has_known && context.inventory.has_known);
        assert_int_equal(context.inventory.known, 3);
        memset(context.keys.mark, 8, sizeof(context.keys.mark)); /* behind the next reset it says nothing any more */
        assert_int_equal(listed(CONFIG), KNOWN_NOT);
        assert_false(context.has_known);
}

static void what_is_not_there_is_not_listed(void **state)
{
        context.inventory.partition_count = 1;
        volume_list_note_mounted(&context);
        assert_int_equal(listed(CONFIG), KNOWN_BUILT);
        assert_int_equal(listed(STATE), KNOWN_NOT);
        assert_int_equal(context.inventory.known, 1);
}

/* Once noted it stays so: a mark that is missing later does not turn what was built into what was found. */
static void what_is_known_is_not_noted_anew(void **state)
{
        context.policy.partitions[STATE].encrypt = ENCRYPT_OFF;
        context.volume_states[STATE] = VOLUME_COMPLETE;
        volume_list_note_mounted(&context);
        context.volume_states[STATE] = VOLUME_INCOMPLETE;
        assert_int_equal(listed(STATE), KNOWN_BUILT);
        volume_list_note_mounted(&context);
        assert_int_equal(listed(STATE), KNOWN_BUILT);
}

static void one_without_a_mark_was_found(void **state)
{
        context.policy.partitions[STATE].encrypt = ENCRYPT_OFF;
        context.volume_states[STATE] = VOLUME_INCOMPLETE;
        volume_list_note_mounted(&context);
        assert_int_equal(listed(STATE), KNOWN_FOUND);
}

static void one_that_was_built_without_a_tpm_stays_plain_and_an_encrypted_one_encrypted(void **state)
{
        const struct partition_definition *config = &context.policy.partitions[CONFIG], *var = &context.policy.partitions[STATE];
        context.policy.settings.without_tpm = WITHOUT_TPM_PLAIN;
        assert_true(definition_is_encrypted(&context, config));
        context.inventory.tpm.present = false;
        assert_false(definition_is_encrypted(&context, config));
        context.volume_states[CONFIG] = VOLUME_COMPLETE;
        context.inventory.partition_count = 1;
        volume_list_note_mounted(&context);
        assert_int_equal(listed(CONFIG), KNOWN_BUILT_PLAIN);
        context.inventory.tpm.present = true; /* it comes later */
        assert_false(definition_is_encrypted(&context, config));
        known_volumes_set(&context.known, var, KNOWN_BUILT);
        context.inventory.tpm.present = false; /* or hides itself */
        assert_true(definition_is_encrypted(&context, var));
        context.policy.partitions[STATE].encrypt = ENCRYPT_OFF; /* another version of the image has it plain */
        assert_false(definition_is_encrypted(&context, var));
}

static void an_unchanged_list_is_not_written_again(void **state)
{
        volume_list_note_mounted(&context);
        char path[256], text[GUID_TEXT_SIZE];
        guid_format(&guid_cleanslate, text);
        (void)snprintf(path, sizeof(path), "%s/%s-%s", directory, KNOWN_VOLUMES_VARIABLE_NAME, text);
        struct stat before, after;
        const struct timespec long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
        assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
        assert_int_equal(stat(path, &before), 0);
        volume_list_note_mounted(&context);
        assert_int_equal(stat(path, &after), 0);
        assert_int_equal(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
        context.inventory.partition_count = 0; /* nothing of it is forgotten, either */
        volume_list_note_mounted(&context);
        assert_int_equal(listed(CONFIG), KNOWN_BUILT);
}

/* A reset lists what it has built and what it has kept; the old list, under the old key, tells what that was. */
static void a_reset_begins_a_new_list(void **state)
{
        struct plan plan = { .steps = { { .kind = STEP_CREATE_ENTRY, .definition = CONFIG } }, .step_count = 1 };
        known_volumes_set(&context.known, &context.policy.partitions[STATE], KNOWN_BUILT_PLAIN);
        context.inventory.partition_count = 0;
        volume_list_note_mounted(&context); /* stores it */
        two_volumes(&context);
        context.keys.progress = (struct progress_keys){ .secret_kept = true, .has_reset = true, .reset = { 5 } };
        context.progress.origin = ORIGIN_REQUEST;
        volume_list_note_built(&context, &plan);
        assert_int_equal(known_volumes_get(&context.known, &context.policy.partitions[CONFIG]), KNOWN_BUILT);
        assert_int_equal(known_volumes_get(&context.known, &context.policy.partitions[STATE]), KNOWN_BUILT_PLAIN);
        assert_int_equal(listed(CONFIG), KNOWN_NOT); /* by the key of before */
        assert_true(
                progress_keys_mark_key(&context.keys.progress, ORIGIN_REQUEST, &context.progress.reset_id, context.keys.mark));
        assert_int_equal(listed(CONFIG), KNOWN_BUILT);
        assert_int_equal(listed(STATE), KNOWN_BUILT_PLAIN);
}

/* Nothing in the place of what should be encrypted passes for it, because nobody knows better. */
static void what_a_reset_keeps_is_as_its_definition_says_where_nobody_knows(void **state)
{
        context.policy.partitions[STATE].encrypt = ENCRYPT_OFF;
        volume_list_note_built(&context, &nothing_built);
        assert_int_equal(known_volumes_get(&context.known, &context.policy.partitions[CONFIG]), KNOWN_BUILT);
        assert_int_equal(known_volumes_get(&context.known, &context.policy.partitions[STATE]), KNOWN_FOUND);
}

static bool held(size_t definition, uint64_t start_bytes, uint64_t size_bytes)
{
        (void)listed(definition);
        return context.inventory.held[definition].start_bytes == start_bytes &&
               context.inventory.held[definition].size_bytes == size_bytes;
}

/* A volume with its mark is where it is; the list says so from then on, and of another disk it says nothing. */
static void what_is_proven_is_where_it_was_found(void **state)
{
        struct inventory_partition *config = &context.inventory.partitions[0];
        (void)state;
        config->start_bytes = 1 << 20;
        config->size_bytes = 1 << 24;
        context.volume_states[CONFIG] = VOLUME_COMPLETE;
        volume_list_note_mounted(&context);
        assert_true(held(CONFIG, config->start_bytes, config->size_bytes));
        config->start_bytes += 4096;
        volume_list_note_mounted(&context);
        assert_true(held(CONFIG, config->start_bytes, config->size_bytes));
        assert_false(context.inventory.held_unknown);
        context.inventory.disk_uuid.bytes[0] ^= 1;
        assert_true(held(CONFIG, 0, 0));
        assert_true(context.inventory.held_unknown && context.inventory.has_known);
        volume_list_note_mounted(&context); /* an ordinary boot of it learns that */
        assert_true(held(CONFIG, config->start_bytes, config->size_bytes));
        context.keys.has_mark = false; /* no secret, no list */
        context.inventory.held_unknown = false;
        volume_list_load(&context);
        assert_true(context.inventory.held_unknown);
}

/* One that nobody has looked into may have grown at its place; anywhere else it may be another one. */
static void what_is_not_proven_is_forgotten_elsewhere(void **state)
{
        struct inventory_partition *config = &context.inventory.partitions[0];
        (void)state;
        config->start_bytes = 1 << 20;
        config->size_bytes = 1 << 24;
        context.volume_states[CONFIG] = VOLUME_COMPLETE;
        volume_list_note_mounted(&context);
        context.volume_states[CONFIG] = VOLUME_UNTRIED;
        config->size_bytes += 4096;
        volume_list_note_mounted(&context);
        assert_true(held(CONFIG, config->start_bytes, config->size_bytes));
        config->size_bytes -= 4096;
        volume_list_note_mounted(&context);
        assert_true(held(CONFIG, 0, 0));
        assert_false(context.inventory.held_unknown);
        volume_list_note_mounted(&context); /* and is not learned again */
        assert_true(held(CONFIG, 0, 0));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(without_a_list_nothing_is_known),
                TEST(what_is_mounted_is_known_from_then_on),
                TEST(what_is_not_there_is_not_listed),
                TEST(what_is_known_is_not_noted_anew),
                TEST(one_without_a_mark_was_found),
                TEST(one_that_was_built_without_a_tpm_stays_plain_and_an_encrypted_one_encrypted),
                TEST(an_unchanged_list_is_not_written_again),
                TEST(a_reset_begins_a_new_list),
                TEST(what_is_proven_is_where_it_was_found),
                TEST(what_is_not_proven_is_forgotten_elsewhere),
                TEST(what_a_reset_keeps_is_as_its_definition_says_where_nobody_knows),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
