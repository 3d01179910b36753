/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's firmware and stub, for one start: the stub's own code on the firmware made of memory, whose variables come from
 * directories and go back there. `attack-stub MACHINE` exits with 0 if the kernel was started; MACHINE/handed-over then holds
 * what its initrd was given, MACHINE/cmdline its command line. Written and read by tests/attack/machine.py.
 *
 *     MACHINE/uki/NAME     the sections of the image, ".NAME" ("x-NAME" as well), in the order of the files' names
 *     MACHINE/variables/   what the operating system sees of the store: efivarfs' files. of what BootNext and BootOrder name,
 * entries of this image count: for what is passed to it, and for BootCurrent MACHINE/private/     what it does not see: the same
 * format, variables without EFI_VARIABLE_RUNTIME_ACCESS MACHINE/no-secrets   if it is there, the firmware does not take the
 * variable with the device's secret MACHINE/keys         what somebody types at the firmware's keyboard in this start, if anybody
 * does
 */
#include "common/base/bytes.h"
#include "common/base/guid.h"
#include "common/boot/device-secret.h"
#include "common/format/load-option.h"
#include "tests/unit/fake-firmware.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX    (1u << 20)
#define STARTED_FROM "EFI/BOOT/BOOTX64.EFI"

static _Noreturn void die(const char *what)
{
        perror(what);
        exit(EXIT_FAILURE + 1);
}

static size_t read_file(const char *path, uint8_t *ret)
{
        FILE *file = fopen(path, "re");
        if (!file)
                die(path);
        size_t size = fread(ret, 1, VALUE_MAX, file);
        (void)fclose(file);
        return size;
}

static void write_file(const char *path, const void *head, size_t head_size, const void *data, size_t size)
{
        FILE *file = fopen(path, "we");
        if (!file || fwrite(head, 1, head_size, file) != head_size || fwrite(data, 1, size, file) != size || fclose(file) != 0)
                die(path);
}

static void each_file(const char *directory, void (*visit)(struct fake_firmware *firmware, const char *path, const char *name),
                      struct fake_firmware *firmware)
{
        struct dirent **entries;
        int count = scandir(directory, &entries, NULL, alphasort);
        if (count < 0)
                die(directory);
        for (int i = 0; i < count; i++) {
                char path[1024];
                (void)snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
                if (entries[i]->d_name[0] != '.')
                        visit(firmware, path, entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
}

static void load_section(struct fake_firmware *firmware, const char *path, const char *name)
{
        static uint8_t content[VALUE_MAX];
        char section[16];
        (void)snprintf(section, sizeof(section), ".%s", strchr(name, '-') ? strchr(name, '-') + 1 : name);
        fake_add_section(firmware, section, content, read_file(path, content));
}

static struct fake_variable *free_variable(struct fake_firmware *firmware)
{
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++)
                if (firmware->variables[i].name[0] == 0)
                        return &firmware->variables[i];
        die("more variables than the firmware made of memory has room for");
}

/* What is volatile does not come back; the file goes with it, unless the firmware makes it anew at each start. */
static void load_variable(struct fake_firmware *firmware, const char *path, const char *name)
{
        static uint8_t content[VALUE_MAX];
        const size_t size = read_file(path, content), digits = GUID_TEXT_SIZE - 1, length = strlen(name);
        struct fake_variable *free_one;
        if (strncmp(name, "RTStorageVolatile-", strlen("RTStorageVolatile-")) == 0)
                return;
        (void)unlink(path);
        if (size < 4 || length < digits + 2 || !(load_le32(content) & EFI_VARIABLE_NON_VOLATILE))
                return;
        free_one = free_variable(firmware);
        if (!guid_parse(name + length - digits, digits, &free_one->vendor))
                die(name);
        (void)snprintf(free_one->name, sizeof(free_one->name), "%.*s", (int)(length - digits - 1), name);
        free_one->attributes = load_le32(content);
        free_one->size = size - 4;
        free_one->value = malloc(size);
        memcpy(free_one->value, content + 4, size - 4);
}

static void save_variables(const struct fake_firmware *firmware, const char *machine)
{
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++) {
                const struct fake_variable *variable = &firmware->variables[i];
                const bool seen = variable->attributes & EFI_VARIABLE_RUNTIME_ACCESS;
                char path[1024], vendor[GUID_TEXT_SIZE];
                uint8_t attributes[4];
                if (variable->name[0] == 0)
                        continue;
                guid_format(&variable->vendor, vendor);
                store_le32(attributes, variable->attributes);
                (void)snprintf(path, sizeof(path), "%s/%s/%s-%s", machine, seen ? "variables" : "private", variable->name,
                               vendor);
                write_file(path, attributes, sizeof(attributes), variable->value, variable->size);
        }
}

static void type_keys(struct fake_firmware *firmware, const char *machine)
{
        static uint8_t keys[VALUE_MAX];
        char path[1024];
        (void)snprintf(path, sizeof(path), "%s/keys", machine);
        if (access(path, F_OK) < 0)
                return;
        const size_t size = read_file(path, keys);
        (void)unlink(path);
        for (size_t i = 0; i < size; i++)
                fake_type(&firmware->screen, (char[]){ (char)keys[i], 0 });
}

static bool pass_options_of(struct fake_firmware *firmware, uint16_t number)
{
        static uint8_t data[VALUE_MAX];
        struct load_option option;
        char name[16];
        (void)snprintf(name, sizeof(name), "Boot%04X", number);
        const struct fake_variable *entry = fake_find_variable(firmware, &guid_efi_global, name);
        if (!entry || load_option_parse(entry->value, entry->size, &option) != ERR_OK || strcmp(option.file, STARTED_FROM) != 0)
                return false;
        memcpy(data, entry->value + option.data_at, entry->size - option.data_at);
        firmware->self.LoadOptions = data;
        firmware->self.LoadOptionsSize = (UINT32)(entry->size - option.data_at);
        struct fake_variable *current = free_variable(firmware);
        *current = (struct fake_variable){ .name = "BootCurrent", .vendor = guid_efi_global, .size = sizeof(number) };
        current->attributes = EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS;
        current->value = malloc(sizeof(number));
        store_le16(current->value, number);
        return true;
}

/* UEFI 2.10, 3.1.1 and 3.1.3: BootNext, which goes, or else the first of BootOrder; of those that start this very image, because
 * there is nothing else here that could be started. */
static void follow_boot_order(struct fake_firmware *firmware)
{
        static const char *const names[] = { "BootNext", "BootOrder" };
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                const struct fake_variable *order = fake_find_variable(firmware, &guid_efi_global, names[i]);
                for (size_t at = 0; order && at + 2 <= order->size; at += 2) {
                        if (!pass_options_of(firmware, load_le16(order->value + at)))
                                continue;
                        if (i == 0) {
                                free(order->value);
                                firmware->variables[order - firmware->variables] = (struct fake_variable){ 0 };
                        }
                        return;
                }
        }
}

/* What machine.py puts on the ESP: one file path node, and the end. */
static void start_from_default_path(struct fake_firmware *firmware)
{
        static const char path[] = "\\EFI\\BOOT\\BOOTX64.EFI";
        static uint8_t node[4 + 2 * sizeof(path) + 4] = {
                4, 4, 4 + 2 * sizeof(path), 0, [4 + 2 * sizeof(path)] = 0x7f, 0xff, 4, 0
        };
        for (size_t i = 0; i < sizeof(path); i++)
                node[4 + 2 * i] = (uint8_t)path[i];
        firmware->self.FilePath = (EFI_DEVICE_PATH *)node;
}

int main(int argc, char **argv)
{
        struct fake_firmware *firmware = fake_new();
        char path[512];
        EFI_STATUS status = EFI_SUCCESS;
        if (argc != 2)
                return EXIT_FAILURE + 1;
        const char *machine = argv[1];
        start_from_default_path(firmware);
        for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++) { /* this machine's own are in its files */
                free(firmware->variables[i].value);
                firmware->variables[i] = (struct fake_variable){ 0 };
        }
        (void)snprintf(path, sizeof(path), "%s/uki", machine);
        each_file(path, load_section, firmware);
        (void)snprintf(path, sizeof(path), "%s/private", machine);
        each_file(path, load_variable, firmware); /* first: what the operating system puts under a name does not replace it */
        (void)snprintf(path, sizeof(path), "%s/variables", machine);
        each_file(path, load_variable, firmware);
        (void)snprintf(path, sizeof(path), "%s/no-secrets", machine);
        if (access(path, F_OK) == 0) {
                firmware->faults.set_variable_name = DEVICE_SECRET_VARIABLE_NAME;
                firmware->faults.set_variable = EFI_INVALID_PARAMETER;
        }
        follow_boot_order(firmware);
        type_keys(firmware, machine);
        const bool started = fake_run(firmware, &status);
        save_variables(firmware, machine);
        (void)fputs(firmware->console, stdout);
        if (started) {
                (void)snprintf(path, sizeof(path), "%s/handed-over", machine);
                write_file(path, "", 0, firmware->kernel.initrd, firmware->kernel.initrd_size);
                (void)snprintf(path, sizeof(path), "%s/cmdline", machine);
                write_file(path, firmware->kernel.command_line, strlen(firmware->kernel.command_line), "\n", 1);
        }
        fake_done(firmware);
        return started ? EXIT_SUCCESS : EXIT_FAILURE;
}
