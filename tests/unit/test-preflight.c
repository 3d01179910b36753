/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The preflight over a directory that stands for the image: it passes where nothing is amiss, stops a reset at the first thing
 * that is, tries nothing behind that, and lets no plan pass that contradicts itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/preflight/preflight.h"
#include "tests/unit/plan-fixture.h"
#include "tests/unit/scratch.h"

#define MANIFEST "d 0755 0 0 0 9 - /etc\nd 0755 0 0 0 9 - /var\n"

static struct world {
        char directory[SCRATCH_PATH_MAX], trouble[512], notes[512];
        int fd, esp_fd, esp_error;
        unsigned esp_opened, esp_closed, integrity_tried;
        int integrity, maker;
        unsigned makers_tried;
        struct survey_source survey;
        struct reset_source source;
        struct preflight preflight;
} world;

static int open_esp(void *context, bool writing, int *ret_fd)
{
        struct world *w = context;
        w->esp_opened++;
        assert_true(writing); /* whether it takes a record is what is asked */
        *ret_fd = w->esp_fd;
        return w->esp_error;
}

static void close_esp(void *context)
{
        struct world *w = context;
        w->esp_closed++;
}

static int try_maker(void *context, const char *format, const char *label, uint64_t size_bytes,
                     char ret_line[static CAGE_OUTPUT_MAX])
{
        struct world *w = context;
        w->makers_tried++;
        assert_string_equal(format, "ext4");
        assert_true(strcmp(label, "config") == 0 || strcmp(label, "state") == 0);
        assert_int_equal(size_bytes, MIB(strcmp(label, "config") == 0 ? 64 - 16 : 2674 - 16)); /* without the header of LUKS2 */
        (void)strcpy(ret_line, w->maker > 0 ? "the label is odd" : "");
        return w->maker;
}

static int try_integrity(void *context)
{
        struct world *w = context;
        w->integrity_tried++;
        return w->integrity;
}

static void note(void *context, const char *text)
{
        struct world *w = context;
        size_t used = strlen(w->notes);
        (void)snprintf(w->notes + used, sizeof(w->notes) - used, "%s\n", text);
}

static int set_up_image(void **state)
{
        static const char *const names[] = { "usr/lib/cleanslate", "usr/sbin", "usr/share/factory/etc", "usr/share/factory/var",
                                             "esp" };
        (void)set_up(state);
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                assert_int_equal(make_directories(world.fd, names[i], 0755), 0);
        scratch_text(world.fd, "usr/lib/cleanslate/manifest", MANIFEST);
        scratch_program(world.fd, "usr/sbin/mkfs.ext4", "#!");
        scratch_text(world.fd, "usr/share/factory/var/file", "x");
        world.esp_fd = openat(world.fd, "esp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(world.esp_fd >= 0);
        (void)strcpy(inventory.disk_path, "/dev/none");
        inventory.disk_uuid = (struct guid){ .bytes = "no disk has this" };
        world.survey = (struct survey_source){ .settings = &policy.settings,
                                               .root_fd = world.fd,
                                               .trouble = { world.trouble, sizeof(world.trouble) } };
        world.source = (struct reset_source){ .policy = &policy,
                                              .inventory = &inventory,
                                              .disk_known = true,
                                              .request = asked,
                                              .survey = &world.survey,
                                              .tpm_result = -ENODEV,
                                              .open_esp = open_esp,
                                              .close_esp = close_esp,
                                              .try_integrity = try_integrity,
                                              .try_maker = try_maker,
                                              .context = &world };
        assert_accepted();
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        preflight_done(&world.preflight);
        close_fd(&world.esp_fd);
        close_fd(&world.fd);
        scratch_remove(world.directory);
        return 0;
}

static int run(void)
{
        preflight_done(&world.preflight);
        memset(&world.preflight, 0, sizeof(world.preflight));
        world.trouble[0] = world.notes[0] = '\0';
        world.makers_tried = 0;
        world.esp_opened = world.esp_closed = world.integrity_tried = 0;
        return preflight_run(&world.source, &plan, &world.preflight, note, &world.survey.trouble);
}

static void assert_stopped(const char *words)
{
        assert_int_equal(run(), -EPERM);
        if (!strstr(world.trouble, words))
                fail_msg("\"%s\" is not in: %s", words, world.trouble);
}

static void it_passes_where_nothing_is_amiss(void **state)
{
        if (run() != 0)
                fail_msg("%s", world.trouble);
        assert_string_equal(world.trouble, "");
        assert_int_equal(world.esp_opened, 1);
        assert_int_equal(world.esp_closed, 1);
        assert_int_equal(world.integrity_tried, 0); /* nothing asks for it */
        assert_string_equal(world.preflight.factory.manifest, MANIFEST);
        assert_int_equal(world.preflight.factory.manifest_expected, strlen(MANIFEST));
        assert_int_equal(world.preflight.factory.tree_bytes, 1);
        assert_non_null(strstr(world.notes, "There is no TPM 2.0.\n")); /* a warning stops nothing */
}

static void a_plan_that_contradicts_itself_stops_it_before_anything_of_the_image(void **state)
{
        int keys = find_step(&plan, STEP_DESTROY_KEYS, CONFIG, -1);
        plan.steps[keys].partition = ROOT; /* as a flipped bit would have it */
        assert_stopped("The plan of the reset contradicts itself (something unmarked, the ESP or the image is erased)");
        assert_int_equal(world.preflight.facts.tried[CHECK_MANIFEST].state, FACT_UNTRIED);
        assert_int_equal(world.esp_opened, 0);
}

static void a_refused_plan_stops_it_in_the_refusals_words(void **state)
{
        inventory.esp_usable = false;
        (void)build();
        assert_stopped(refusal_text(REFUSE_NO_ESP));
        assert_int_equal(world.esp_opened, 0);
}

static void the_first_failure_is_the_reason_and_nothing_behind_it_is_tried(void **state)
{
        assert_int_equal(unlinkat(world.fd, "usr/lib/cleanslate/manifest", 0), 0);
        assert_int_equal(unlinkat(world.fd, "usr/sbin/mkfs.ext4", 0), 0);
        world.esp_error = -EIO;
        assert_stopped("no readable factory manifest");
        assert_int_equal(world.preflight.facts.tried[CHECK_MKFS].state, FACT_UNTRIED);
        assert_int_equal(world.esp_opened, 0);
        scratch_text(world.fd, "usr/lib/cleanslate/manifest", "d 0755 0 0 0 9 - /var\n");
        assert_stopped("does not describe /etc");
        scratch_text(world.fd, "usr/lib/cleanslate/manifest", MANIFEST);
        assert_stopped("no working mkfs.ext4");
        scratch_program(world.fd, "usr/sbin/mkfs.ext4", "#!");
        assert_stopped("The EFI system partition cannot be opened: Input/output error.");
        assert_int_equal(world.esp_closed, 0);
        world.esp_error = 0;
        assert_int_equal(run(), 0);
}

/* Whoever only looks is told of everything that is amiss at once. */
static void who_only_looks_tries_everything(void **state)
{
        struct checkup checkup;
        assert_int_equal(unlinkat(world.fd, "usr/lib/cleanslate/manifest", 0), 0);
        world.esp_error = -EIO;
        preflight_try(&world.source, &plan, &world.preflight);
        assert_int_equal(world.preflight.facts.tried[CHECK_MANIFEST].state, FACT_BAD);
        assert_int_equal(world.preflight.facts.tried[CHECK_MKFS].state, FACT_GOOD);
        assert_int_equal(world.preflight.facts.tried[CHECK_ESP].state, FACT_BAD);
        world.preflight.facts.progress = &(struct progress){ 0 };
        world.preflight.facts.medium = &(struct media_facts){ 0 };
        world.preflight.facts.break_glass = &(struct break_glass_trace){ 0 };
        checkup_judge(&world.preflight.facts, &checkup);
        assert_true(checkup_failed(&checkup, SCOPE_RESET));
        assert_non_null(strstr(checkup.results[CHECK_MANIFEST].text, "no readable factory manifest"));
}

static void a_disk_that_is_not_known_and_a_policy_that_is_wrong_are_not_tried(void **state)
{
        world.source.disk_known = false;
        world.source.policy = NULL;
        preflight_try(&world.source, NULL, &world.preflight);
        for (enum check check = 0; check < CHECK_COUNT; check++)
                assert_int_equal(world.preflight.facts.tried[check].state, FACT_UNTRIED);
        assert_int_equal(world.esp_opened, 0);
}

/* The record's directory is made where the reset is to come, and nowhere else. */
static void only_the_reset_writes_to_the_esp(void **state)
{
        struct stat status;
        assert_int_equal(run(), 0);
        assert_int_equal(fstatat(world.esp_fd, "EFI", &status, 0), -1);
        world.source.may_write = true;
        assert_stopped("The free space of the EFI system partition cannot be found"); /* there is no such disk */
        assert_int_equal(fstatat(world.esp_fd, "EFI/cleanslate/records", &status, 0), 0);
        assert_int_equal(world.esp_closed, 1);
}

/* Found out only behind the erasure, it would fail every attempt. */
static void a_mkfs_that_cannot_be_started_stops_it(void **state)
{
        assert_int_equal(run(), 0);
        assert_int_equal(world.makers_tried, 2); /* what one size or label does not take, another may */
        world.maker = -EPERM;
        assert_stopped("The image's mkfs.ext4 cannot be started the way a reset starts it: Operation not permitted.");
        assert_int_equal(world.esp_opened, 0);
        world.maker = 1;
        assert_stopped("The image's mkfs.ext4 cannot make \"config\" with 64 MiB: the label is odd (exit status 1).");
        world.maker = -ETIME;
        assert_stopped("The image's mkfs.ext4 does not end: it was tried in memory for 30 seconds.");
        world.maker = -EOPNOTSUPP; /* not here: only the reset tells */
        assert_int_equal(run(), 0);
        world.source.try_maker = NULL;
        assert_int_equal(run(), 0);
        assert_int_equal(world.makers_tried, 0);
}

static void volumes_with_integrity_are_tried_by_the_reset_alone(void **state)
{
        policy.partitions[STATE_DEFINITION].integrity = INTEGRITY_INLINE;
        assert_accepted();
        world.integrity = -EOPNOTSUPP;
        assert_stopped("The kernel cannot make \"state\" with Integrity=inline: Operation not supported.");
        assert_int_equal(world.integrity_tried, 1);
        world.integrity = 0;
        assert_int_equal(run(), 0);
        assert_int_equal(world.integrity_tried, 1);
        world.source.try_integrity = NULL;
        assert_int_equal(run(), 0);
        assert_int_equal(world.preflight.facts.tried[CHECK_INTEGRITY].state, FACT_UNTRIED);
        assert_non_null(strstr(world.preflight.facts.tried[CHECK_INTEGRITY].detail, "Only the reset tries"));
}

/* Opening it has failed, so there is nothing to ask for its last words. */
static void a_tpm_that_cannot_be_opened_is_told_by_the_error(void **state)
{
        world.source.tpm_result = -EIO;
        assert_stopped("The TPM does not answer: Input/output error.");
        assert_int_equal(world.preflight.facts.tried[CHECK_TPM_SEALING].state, FACT_UNTRIED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(it_passes_where_nothing_is_amiss, set_up_image, tear_down),
                cmocka_unit_test_setup_teardown(a_plan_that_contradicts_itself_stops_it_before_anything_of_the_image,
                                                set_up_image, tear_down),
                cmocka_unit_test_setup_teardown(a_refused_plan_stops_it_in_the_refusals_words, set_up_image, tear_down),
                cmocka_unit_test_setup_teardown(the_first_failure_is_the_reason_and_nothing_behind_it_is_tried, set_up_image,
                                                tear_down),
                cmocka_unit_test_setup_teardown(who_only_looks_tries_everything, set_up_image, tear_down),
                cmocka_unit_test_setup_teardown(a_disk_that_is_not_known_and_a_policy_that_is_wrong_are_not_tried, set_up_image,
                                                tear_down),
                cmocka_unit_test_setup_teardown(only_the_reset_writes_to_the_esp, set_up_image, tear_down),
                cmocka_unit_test_setup_teardown(a_tpm_that_cannot_be_opened_is_told_by_the_error, set_up_image, tear_down),
                cmocka_unit_test_setup_teardown(a_mkfs_that_cannot_be_started_stops_it, set_up_image, tear_down),
                cmocka_unit_test_setup_teardown(volumes_with_integrity_are_tried_by_the_reset_alone, set_up_image, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
