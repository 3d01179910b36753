/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/power-supply.h"

#include "common/base/bytes.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include <fcntl.h>
#include <string.h>

#define ATTRIBUTE_MAX 64

static void read_attribute(int directory_fd, const char *supply, const char *name, char ret[static ATTRIBUTE_MAX])
{
        char path[512];
        _cleanup_free_ char *text = NULL;
        size_t size;
        ret[0] = 0;
        (void)snprintf(path, sizeof(path), "%s/%s", supply, name);
        if (file_read(directory_fd, path, 4096, &text, &size) == 0)
                (void)snprintf(ret, ATTRIBUTE_MAX, "%.*s", (int)strcspn(text, "\n"), text);
}

struct supplies {
        bool has_battery, discharging, has_charger, charging;
        uint8_t percent;
};

static void look_at(int directory_fd, const char *name, struct supplies *supplies)
{
        char type[ATTRIBUTE_MAX], text[ATTRIBUTE_MAX];
        uint64_t percent;
        read_attribute(directory_fd, name, "scope", text);
        if (strcmp(text, "Device") == 0)
                return; /* a mouse's */
        read_attribute(directory_fd, name, "type", type);
        if (strcmp(type, "Battery") != 0) {
                read_attribute(directory_fd, name, "online", text);
                supplies->has_charger = true;
                supplies->charging |= text[0] && strcmp(text, "0") != 0;
                return;
        }
        read_attribute(directory_fd, name, "status", text);
        supplies->has_battery = true;
        supplies->discharging |= strcmp(text, "Discharging") == 0;
        read_attribute(directory_fd, name, "capacity", text);
        if (text_to_u64(text, strlen(text), &percent) && percent <= 100 &&
            (supplies->percent == UINT8_MAX || percent > supplies->percent))
                supplies->percent = (uint8_t)percent;
}

void power_state_read(const char *directory, struct power_state *ret)
{
        struct supplies supplies = { .percent = UINT8_MAX };
        _cleanup_closedir_ DIR *stream = opendir(directory ? directory : POWER_SUPPLY_PATH);
        for (struct dirent *entry = stream ? readdir(stream) : NULL; entry; entry = readdir(stream))
                if (entry->d_name[0] != '.')
                        look_at(dirfd(stream), entry->d_name, &supplies);
        *ret = (struct power_state){ .percent = supplies.percent };
        ret->on_battery = supplies.has_battery && (supplies.has_charger ? !supplies.charging : supplies.discharging);
}
