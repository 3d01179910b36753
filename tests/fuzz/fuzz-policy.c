/* SPDX-License-Identifier: GPL-2.0-or-later */
/* repart.d definitions: whatever the text, what is accepted is within its domain, and what is refused changes nothing. */
#include "common/base/bytes.h"
#include "common/policy/mount-options.h"
#include "common/policy/policy-root.h"
#include "common/policy/policy.h"
#include "common/policy/specifier.h"
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
        MUST(definition->exclude_count <= POLICY_EXCLUDES_MAX && definition->excluded_target_count <= POLICY_EXCLUDES_MAX);
        for (size_t i = 0; i < definition->exclude_count; i++)
                check_path(definition->excludes[i].path);
        for (size_t i = 0; i < definition->excluded_target_count; i++)
                check_path(definition->excluded_targets[i].path);
        MUST(definition->link_count <= POLICY_LINKS_MAX && definition->sub_volume_count <= POLICY_SUB_VOLUMES_MAX);
        for (size_t i = 0; i < definition->link_count; i++) {
                check_path(definition->links[i].path);
                MUST(definition->links[i].path[1] != '\0' && definition->links[i].target[0] != '\0');
        }
        for (size_t i = 0; i < definition->sub_volume_count; i++)
                check_path(definition->sub_volumes[i].path);
        MUST(definition->default_sub_volume <= definition->sub_volume_count && definition->mount_count <= POLICY_MOUNTS_MAX);
        for (size_t i = 0; i < definition->mount_count; i++) {
                struct mount_options options;
                const char *detail;

                check_path(definition->mounts[i].where);
                MUST(definition->format[0] == '\0' ||
                     mount_options_parse(definition->format, definition->mounts[i].options, &options, &detail) == ERR_OK);
        }
        if (definition->mount_root[0] != '\0')
                check_path(definition->mount_root);
        if (definition->mount_point[0] != '\0')
                check_path(definition->mount_point);
        MUST(definition->size_min_bytes <= definition->size_max_bytes);
        MUST(definition->padding_min_bytes <= definition->padding_max_bytes);
        MUST(definition->padding_weight <= 1000000);
        MUST(!definition->has_uuid || !guid_is_zero(&definition->uuid));
        MUST(definition->label[0] != '\0');
        MUST(definition->weight <= 1000000);
        MUST(!(definition->factory_reset && definition->cannot_build));
        MUST(definition->integrity == INTEGRITY_OFF || definition->encrypt != ENCRYPT_OFF);
        MUST(definition->format[0] != '\0' ||
             (definition->copy_count == 0 && definition->link_count == 0 && definition->encrypt == ENCRYPT_OFF));
}

/* The same definition as the only one of an image of /usr: a root volume, or a refusal. */
static void check_as_root_volume(const struct policy *read)
{
        static struct policy policy;
        struct policy_error error;
        struct root_entry entry;
        size_t count = 0;

        policy = *read;
        policy.form = IMAGE_USR;
        policy.factory_etc = policy.factory_var = true;
        if (policy_finish_definitions(&policy, &error) != ERR_OK)
                return;
        MUST(policy_find_root_volume(&policy) == 0 && text_equal(policy.partitions[0].mount_point, "/"));
        MUST(policy.partitions[0].factory_reset && definition_has_tree(&policy.partitions[0]));
        MUST(policy.partitions[0].copy_count >= read->partitions[0].copy_count &&
             policy.partitions[0].copy_count <= POLICY_COPIES_MAX);
        while (root_volume_entry(&policy, 0, count, &entry)) {
                MUST(entry.path[0] == '/' && strnlen(entry.path, sizeof(entry.path)) < sizeof(entry.path));
                count++;
        }
        MUST(count >= 18); /* what every root file system has */
}

/* A line "//" parts the input: a definition's own file, then its drop-ins. */
static size_t split(const uint8_t *data, size_t size, struct definition_text *ret, size_t capacity)
{
        static const char mark[] = "//\n";
        size_t count = 0, at = 0;

        while (count < capacity) {
                const uint8_t *end = memmem(data + at, size - at, mark, 3);
                size_t length = end && count + 1 < capacity ? (size_t)(end - data) - at : size - at;

                ret[count] = (struct definition_text){ count == 0 ? "fuzz.conf" : "fuzz.conf.d/10.conf", (const char *)data + at,
                                                       length };
                count++;
                at += length + 3;
                if (at > size)
                        break;
        }
        return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct specifiers specifiers = { .os = { .id = "acme", .image_id = "kiosk", .image_version = "%7/" },
                                                      .kernel_release = "6.1" };
        struct definition_text texts[4];
        static struct policy policy, before;
        struct policy_error error;
        char text[512];

        memset(&policy, 0, sizeof(policy));
        policy_init(&policy);
        memcpy(&before, &policy, sizeof(before)); /* its holes too: nothing at all is touched */
        if (policy_add_definition(&policy, texts, split(data, size, texts, ARRAY_SIZE(texts)), &specifiers, &error) == ERR_OK) {
                MUST(policy.partition_count == 1);
                MUST(policy_finish_definitions(&policy, &error) == ERR_OK || policy.partitions[0].supplement_for[0] != '\0' ||
                     (policy.partitions[0].mount_count > 1 && text_equal(error.key, "MountPoint")));
                MUST(policy.partitions[0].supplement_for[0] == '\0' || text_equal(error.key, "SupplementFor"));
                if (policy.partitions[0].supplement_for[0] != '\0')
                        return 0; /* of what is not there */
                check_definition(&policy.partitions[0]);
                check_as_root_volume(&policy);
                return 0;
        }
        MUST(memcmp(&before, &policy, sizeof(policy)) == 0);
        MUST(error.err != ERR_OK && text_starts_with(error.file, "fuzz.conf"));
        MUST(strnlen(error.key, sizeof(error.key)) < sizeof(error.key) && strnlen(error.detail, sizeof(error.detail)) > 0);
        policy_error_format(&error, text, sizeof(text));
        MUST(strnlen(text, sizeof(text)) < sizeof(text) && text_is_utf8(error.key, strlen(error.key)));
        return 0;
}
