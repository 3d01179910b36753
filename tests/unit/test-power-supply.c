/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /sys/class/power_supply says about running from a battery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linux/base/power-supply.h"
#include "tests/unit/scratch.h"

struct supply {
        const char *name, *type, *scope, *status, *capacity, *online;
};

static void write_attribute(int directory_fd, const char *supply, const char *name, const char *value)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "%s/%s", supply, name);
        if (value)
                scratch_text(directory_fd, path, value);
}

static struct power_state read_supplies(const struct supply *supplies, size_t count)
{
        char directory[SCRATCH_PATH_MAX];
        struct power_state state;

        scratch_make(directory, NULL);
        int fd = open(directory, O_RDONLY | O_DIRECTORY);
        for (size_t i = 0; i < count && supplies[i].name; i++) {
                assert_int_equal(mkdirat(fd, supplies[i].name, 0755), 0);
                write_attribute(fd, supplies[i].name, "type", supplies[i].type);
                write_attribute(fd, supplies[i].name, "scope", supplies[i].scope);
                write_attribute(fd, supplies[i].name, "status", supplies[i].status);
                write_attribute(fd, supplies[i].name, "capacity", supplies[i].capacity);
                write_attribute(fd, supplies[i].name, "online", supplies[i].online);
        }
        power_state_read(directory, &state);
        (void)close(fd);
        scratch_remove(directory);
        return state;
}

static void only_a_battery_of_the_machine_that_nothing_charges_counts(void **state)
{
        static const struct {
                struct supply supplies[3];
                bool on_battery;
                uint8_t percent;
        } cases[] = {
                { { { 0 } }, false, 255 },
                { { { "BAT0", "Battery\n", NULL, "Discharging\n", "40\n", NULL } }, true, 40 },
                { { { "BAT0", "Battery\n", NULL, "Discharging\n", NULL, NULL } }, true, 255 },
                { { { "BAT0", "Battery\n", NULL, "Discharging\n", "140\n", NULL } }, true, 255 },
                { { { "BAT0", "Battery\n", NULL, "Charging\n", "40\n", NULL } }, false, 40 },
                { { { "BAT0", "Battery\n", NULL, "Not charging\n", "9\n", NULL }, { "AC", "Mains\n", NULL, NULL, NULL, "1\n" } },
                  false,
                  9 },
                { { { "BAT0", "Battery\n", NULL, "Discharging\n", "9\n", NULL }, { "AC", "Mains\n", NULL, NULL, NULL, "0\n" } },
                  true,
                  9 },
                { { { "BAT0", "Battery\n", NULL, "Discharging\n", "9\n", NULL },
                    { "BAT1", "Battery\n", NULL, "Unknown\n", "70\n", NULL } },
                  true,
                  70 },
                { { { "hid-mouse", "Battery\n", "Device\n", "Discharging\n", "3\n", NULL } }, false, 255 },
                { { { "AC", "Mains\n", NULL, NULL, NULL, "0\n" } }, false, 255 },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct power_state power = read_supplies(cases[i].supplies, 3);

                assert_true(power.on_battery == cases[i].on_battery);
                assert_int_equal(power.percent, cases[i].percent);
        }
}

static void a_machine_without_power_supplies_runs_from_the_wall(void **state)
{
        struct power_state power;

        power_state_read("/nonexistent", &power);
        assert_false(power.on_battery);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_a_battery_of_the_machine_that_nothing_charges_counts),
                cmocka_unit_test(a_machine_without_power_supplies_runs_from_the_wall),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
