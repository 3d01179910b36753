/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules for what hangs on the machine's buses, by their aliases and outer buses first; one that is missing or already there is
 * no failure. libkmod and /sys/bus are fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <libkmod.h>

#include "common/base/bytes.h"
#include "linux/base/file.h"
#include "linux/base/modules.h"
#include "tests/unit/scratch.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of __wrap_, which the linker calls */

static struct world {
        char directory[SCRATCH_PATH_MAX];
        int resources, lookup, insert;
        bool no_memory;
        int contexts, modules, lists; /* held */
        char looked_up[1024];
} world;

/* One of two modules that an alias stands for. */
static char list[2], module;

struct kmod_ctx *__wrap_kmod_new(const char *directory, const char *const *configuration)
{
        assert_null(directory);
        assert_null(configuration[0]); /* modprobe.d of the running system has no say */
        world.contexts += !world.no_memory;
        return world.no_memory ? NULL : (struct kmod_ctx *)&world;
}

void __wrap_kmod_set_log_fn(struct kmod_ctx *context, void *function, const void *data)
{
        assert_non_null(function);
}

int __wrap_kmod_load_resources(struct kmod_ctx *context)
{
        return world.resources;
}

struct kmod_ctx *__wrap_kmod_unref(struct kmod_ctx *context)
{
        world.contexts--;
        return NULL;
}

int __wrap_kmod_module_new_from_lookup(struct kmod_ctx *context, const char *alias, struct kmod_list **ret)
{
        (void)snprintf(world.looked_up + strlen(world.looked_up), sizeof(world.looked_up) - strlen(world.looked_up), "%s\n",
                       alias);
        if (world.lookup < 0)
                return world.lookup;
        world.lists++;
        *ret = (struct kmod_list *)&list[0];
        return 0;
}

struct kmod_list *__wrap_kmod_list_next(const struct kmod_list *first, const struct kmod_list *now)
{
        return (const char *)now == &list[0] ? (struct kmod_list *)&list[1] : NULL;
}

struct kmod_module *__wrap_kmod_module_get_module(const struct kmod_list *entry)
{
        world.modules++;
        return (struct kmod_module *)&module;
}

int __wrap_kmod_module_probe_insert_module(struct kmod_module *it, unsigned flags, const char *options, void *run,
                                           const void *data, void *print)
{
        return world.insert;
}

struct kmod_module *__wrap_kmod_module_unref(struct kmod_module *it)
{
        world.modules--;
        return NULL;
}

int __wrap_kmod_module_unref_list(struct kmod_list *it)
{
        world.lists--;
        return 0;
}

static const char *below(const char *path, char ret[static 512])
{
        if (strncmp(path, "/sys/bus/", 9) != 0)
                return path;
        (void)snprintf(ret, 512, "%s%s", world.directory, path);
        return ret;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
        char place[512];
        return __real_opendir(below(path, place));
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
        char place[512];
        return __real_fopen(below(path, place), mode);
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        return 0;
}

static int tear_down(void **state)
{
        assert_int_equal(world.contexts, 0);
        assert_int_equal(world.modules, 0);
        assert_int_equal(world.lists, 0);
        scratch_remove(world.directory);
        return 0;
}

static struct kmod_ctx *opened(void)
{
        struct kmod_ctx *context = NULL;
        assert_int_equal(modules_open(&context), 0);
        return context;
}

static void an_initrd_without_modules_does_without(void **state)
{
        struct kmod_ctx *context = (struct kmod_ctx *)&world;
        world.resources = -ENOENT;
        assert_int_equal(modules_open(&context), 0);
        assert_null(context);
        assert_int_equal(modules_load(context, "atkbd"), 0);
        modules_load_for_devices(context);
        assert_null(modules_free(context));
        assert_string_equal(world.looked_up, "");
        world.no_memory = true;
        assert_int_equal(modules_open(&context), -ENOMEM);
}

static void what_is_there_already_or_missing_is_no_failure(void **state)
{
        static const int cases[][2] = { { 0, 0 }, { -EEXIST, 0 }, { -ENOENT, 0 }, { -ENODEV, -ENODEV }, { -ENOEXEC, -ENOEXEC } };
        struct kmod_ctx *context = opened();
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                world.insert = cases[i][0];
                assert_int_equal(modules_load(context, "atkbd"), cases[i][1]);
        }
        world.lookup = -EINVAL;
        assert_int_equal(modules_load(context, "no such"), -EINVAL);
        assert_null(modules_free(context));
}

static void each_device_is_looked_up_by_its_alias_on_outer_buses_first(void **state)
{
        static const char *const files[][2] = { { "scsi/devices/0:0", "scsi:t-0x00\n" },
                                                { "pci/devices/00:01", "pci:v00008086\n" },
                                                { "pci/devices/.hidden", "pci:hidden\n" },
                                                { "usb/devices/1-1", "" },
                                                { "i3c/devices/1", "i3c:other\n" } };
        const int directory = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                char path[256];
                (void)snprintf(path, sizeof(path), "sys/bus/%s", files[i][0]);
                assert_int_equal(make_directories(directory, path, 0755), 0);
                (void)snprintf(path, sizeof(path), "sys/bus/%s/modalias", files[i][0]);
                scratch_text(directory, path, files[i][1]);
        }
        (void)close(directory);
        struct kmod_ctx *context = opened();
        modules_load_for_devices(context);
        assert_string_equal(world.looked_up, "pci:v00008086\nscsi:t-0x00\n");
        assert_null(modules_free(context));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(an_initrd_without_modules_does_without, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_there_already_or_missing_is_no_failure, set_up, tear_down),
                cmocka_unit_test_setup_teardown(each_device_is_looked_up_by_its_alias_on_outer_buses_first, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
