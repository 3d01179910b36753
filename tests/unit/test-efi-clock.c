/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The times that systemd-analyze reads, with a counter of the test's own in place of the processor's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "efi/ticks.h"
#include "fake-firmware.h"

/* What the linker takes instead of efi/ticks-*.c: every look at the counter advances it, by more each time if "growth" is set. */
static uint64_t ticks, step, growth, frequency;

uint64_t ticks_now(void)
{
        uint64_t now = ticks;

        ticks += step;
        step += growth;
        return now;
}

uint64_t ticks_per_second(void)
{
        return frequency;
}

static struct fake_firmware *booted(uint64_t start, uint64_t each, uint64_t per_second, bool loader_was_first)
{
        struct fake_firmware *firmware = fake_new();
        EFI_STATUS status;

        ticks = start;
        step = each;
        frequency = per_second;
        fake_add_section(firmware, ".linux", "kernel", 6);
        fake_add_section(firmware, ".osrel", "ID=acme\n", 8);
        if (loader_was_first)
                fake_set_boot_loader_text(firmware, "LoaderTimeInitUSec", "1");
        assert_true(fake_run(firmware, &status));
        return firmware;
}

static void start_and_end_are_exported_in_microseconds(void **state)
{
        struct fake_firmware *firmware = booted(5000000000, 1000000000, 2000000000, false);

        assert_string_equal(fake_exported_text(firmware, "LoaderTimeInitUSec"), "2500000");
        assert_string_equal(fake_exported_text(firmware, "LoaderTimeExecUSec"), "3000000");
        fake_done(firmware);
}

/* Two looks with a wait of a millisecond in between. */
static void unknown_frequency_is_sampled(void **state)
{
        struct fake_firmware *firmware = booted(6000000, 2000, 0, false);

        assert_string_equal(fake_exported_text(firmware, "LoaderTimeInitUSec"), "3000000");
        fake_done(firmware);
}

/* As on a busy host of a virtual machine. The times were converted by two samples once, and the end lay before the start. */
static void waits_that_are_overrun_leave_the_times_in_order(void **state)
{
        struct fake_firmware *firmware;
        uint64_t init, exec;

        growth = 1000000;
        firmware = booted(5000000000, 1000000, 0, false);
        growth = 0;
        init = strtoull(fake_exported_text(firmware, "LoaderTimeInitUSec"), NULL, 10);
        exec = strtoull(fake_exported_text(firmware, "LoaderTimeExecUSec"), NULL, 10);
        assert_true(init > 0);
        assert_true(exec > init);
        assert_int_equal(init, 5000000000 / 3000); /* the shortest wait, between the third look and the fourth, is the truest */
        fake_done(firmware);
}

static void counter_that_does_not_tell_the_time_exports_nothing(void **state)
{
        struct fake_firmware *firmware = booted(0, 0, 1000, false);

        assert_null(fake_find_variable(firmware, &guid_loader_interface, "LoaderTimeInitUSec"));
        fake_done(firmware);
        firmware = booted(5, 0, 0, false); /* stands still */
        assert_null(fake_find_variable(firmware, &guid_loader_interface, "LoaderTimeInitUSec"));
        fake_done(firmware);
}

static void times_of_a_boot_loader_stay(void **state)
{
        struct fake_firmware *firmware = booted(5000000000, 1000000000, 2000000000, true);

        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, "LoaderTimeInitUSec"), -1);
        assert_int_equal(fake_find_call(firmware, FAKE_SET_VARIABLE, "LoaderTimeExecUSec"), -1);
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(start_and_end_are_exported_in_microseconds),
                cmocka_unit_test(unknown_frequency_is_sampled),
                cmocka_unit_test(waits_that_are_overrun_leave_the_times_in_order),
                cmocka_unit_test(counter_that_does_not_tell_the_time_exports_nothing),
                cmocka_unit_test(times_of_a_boot_loader_stay),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
