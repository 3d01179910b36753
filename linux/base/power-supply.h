/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the machine runs from a battery, as /sys/class/power_supply tells (Documentation/ABI/testing/sysfs-class-power). */
#ifndef CLEANSLATE_LINUX_POWER_SUPPLY_H
#define CLEANSLATE_LINUX_POWER_SUPPLY_H

#include <stdbool.h>
#include <stdint.h>

#define POWER_SUPPLY_PATH "/sys/class/power_supply"

struct power_state {
        bool on_battery; /* there is a battery of the machine's own, and nothing charges it */
        uint8_t percent; /* of the fullest such battery; 255 = unknown */
};

/* `directory` NULL = POWER_SUPPLY_PATH. What cannot be read counts as not there: a desktop has none of it. */
void power_state_read(const char *directory, struct power_state *ret);

#endif
