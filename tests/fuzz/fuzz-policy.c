/* SPDX-License-Identifier: GPL-2.0-or-later */
/* repart.d definitions: whatever the text, what is accepted is within its domain, and what is refused changes nothing. */
#include "common/base/bytes.h"
#include "common/policy/policy.h"
#include "tests/fuzz/fuzz.h"

static void check_path(const char *path)
{
        size_t length = strnlen(path, POLICY_PATH_MAX);

        MUST(length < POLICY_PATH_MAX && path[0] == '/');
        MUST(!strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./"));
        MUST(length < 3 || strcmp(path + length - 3, "/..") != 0);
        MUST(length == 1 || path[length - 1] != '/');
}

static void check_definition(const struct partition_definition *definition)
{
        MUST(!guid_is_zero(&definition->type));
        MUST(strnlen(definition->label, PARTITION_NAME_MAX) < PARTITION_NAME_MAX);
        MUST(text_is_utf8(definition->label, strlen(definition->label)));
        MUST(strspn(definition->format, "abcdefghijklmnopqrstuvwxyz0123456789") < sizeof(definition->format));
        MUST(definition->format[strspn(definition->format, "abcdefghijklmnopqrstuvwxyz0123456789")] == '\0');
        MUST(definition->copy_count <= POLICY_COPIES_MAX && definition->directory_count <= POLICY_DIRECTORIES_MAX);
        for (size_t i = 0; i < definition->copy_count; i++) {
                check_path(definition->copies[i].source);
                check_path(definition->copies[i].target);
        }
        for (size_t i = 0; i < definition->directory_count; i++)
                check_path(definition->directories[i]);
        if (definition->mount_point[0] != '\0')
                check_path(definition->mount_point);
        MUST(definition->size_min_bytes <= definition->size_max_bytes);
        MUST(definition->weight <= 1000000);
        MUST(!(definition->factory_reset && definition->cannot_build));
        MUST(definition->integrity == INTEGRITY_OFF || definition->encrypt != ENCRYPT_OFF);
        MUST(definition->format[0] != '\0' || (definition->copy_count == 0 && definition->encrypt == ENCRYPT_OFF));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct policy policy, before;
        struct policy_error error;
        char text[256];

        memset(&policy, 0, sizeof(policy));
        policy_init(&policy);
        memcpy(&before, &policy, sizeof(before)); /* its holes too: nothing at all is touched */
        if (policy_add_partition(&policy, "fuzz.conf", (const char *)data, size, &error) == ERR_OK) {
                MUST(policy.partition_count == 1);
                check_definition(&policy.partitions[0]);
                return 0;
        }
        MUST(memcmp(&before, &policy, sizeof(policy)) == 0);
        MUST(error.err != ERR_OK && text_equal(error.file, "fuzz.conf"));
        MUST(strnlen(error.key, sizeof(error.key)) < sizeof(error.key) && strnlen(error.detail, sizeof(error.detail)) > 0);
        policy_error_format(&error, text, sizeof(text));
        MUST(strnlen(text, sizeof(text)) < sizeof(text) && text_is_utf8(error.key, strlen(error.key)));
        return 0;
}
