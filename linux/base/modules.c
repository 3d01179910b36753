/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/base/modules.h"

#include "linux/base/cleanup.h"
#include <errno.h>
#include <libkmod.h>
#include <stdarg.h>
#include <string.h>

static void discard_log(void *data, int priority, const char *file, int line, const char *function, const char *format,
                        va_list arguments)
{
}

int modules_open(struct kmod_ctx **ret)
{
        static const char *const no_configuration = NULL; /* modprobe.d is the running system's business */
        struct kmod_ctx *modules = kmod_new(NULL, &no_configuration);
        if (!modules)
                return -ENOMEM;
        kmod_set_log_fn(modules, discard_log, NULL);
        if (kmod_load_resources(modules) < 0) {
                kmod_unref(modules);
                modules = NULL;
        }
        *ret = modules;
        return 0;
}

struct kmod_ctx *modules_free(struct kmod_ctx *modules)
{
        return modules ? kmod_unref(modules) : NULL;
}

int modules_load(struct kmod_ctx *modules, const char *name)
{
        struct kmod_list *list = NULL, *item;
        int result = 0;

        if (!modules)
                return 0;
        int r = kmod_module_new_from_lookup(modules, name, &list);
        if (r < 0)
                return r;
        kmod_list_foreach(item, list)
        {
                struct kmod_module *module = kmod_module_get_module(item);
                r = kmod_module_probe_insert_module(module, 0, NULL, NULL, NULL, NULL);
                if (r < 0 && r != -EEXIST && r != -ENOENT)
                        result = r;
                kmod_module_unref(module);
        }
        kmod_module_unref_list(list);
        return result;
}

static void load_for_device(struct kmod_ctx *modules, const char *bus, const char *device)
{
        char path[600], alias[512];
        (void)snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/modalias", bus, device);
        _cleanup_fclose_ FILE *file = fopen(path, "re");
        if (!file || !fgets(alias, sizeof(alias), file))
                return;
        alias[strcspn(alias, "\n")] = 0;
        (void)modules_load(modules, alias);
}

static void load_for_bus(struct kmod_ctx *modules, const char *bus)
{
        char path[300];
        (void)snprintf(path, sizeof(path), "/sys/bus/%s/devices", bus);
        _cleanup_closedir_ DIR *directory = opendir(path);
        if (!directory)
                return;
        for (struct dirent *entry; (entry = readdir(directory));)
                if (entry->d_name[0] != '.')
                        load_for_device(modules, bus, entry->d_name);
}

void modules_load_for_devices(struct kmod_ctx *modules)
{
        /* the buses a disk or a TPM can hang on, outer ones first: loading a host adapter makes the devices of the next bus
         * appear */
        static const char *const buses[] = { "acpi",   "pci",  "platform", "spi", "i2c",
                                             "virtio", "scsi", "usb",      "mmc", "nvme-subsystem" };
        if (!modules)
                return;
        for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++)
                load_for_bus(modules, buses[i]);
}
