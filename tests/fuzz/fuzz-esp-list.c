/* SPDX-License-Identifier: GPL-2.0-or-later */
/* esp.conf and the paths judged by it: whatever the list says, what started the machine and our records stay, and an accepted
 * list can be asked about any path. Input: the list, a NUL, the path. */
#include "common/rules/esp-rule.h"
#include "tests/fuzz/fuzz.h"

static void check_verdicts(const struct esp_policy *policy, const char *path)
{
        const struct esp_facts facts = { .path = path, .size = 1 };
        const struct esp_facts own = { .path = policy->own, .size = 1, .altered = true };
        const struct esp_facts before = { .path = policy->before[0], .size = 1, .altered = true, .program = true };
        const struct esp_facts record = { .path = "EFI/cleanslate/records/0.json", .size = 1 };
        enum esp_verdict verdict;
        enum esp_why why = ESP_WHY_COUNT;

        verdict = esp_judge(policy, &facts, &why);
        MUST(why < ESP_WHY_COUNT);
        MUST(verdict != ESP_REMOVE || esp_list_find(&policy->list, path) == ESP_NOT_DECLARED || why == ESP_WHY_LEFTOVER ||
             why == ESP_WHY_KEEP);
        MUST(esp_judge(policy, &own, &why) != ESP_REMOVE && esp_judge(policy, &before, &why) != ESP_REMOVE);
        MUST(esp_judge(policy, &record, &why) == ESP_KEEP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct esp_policy policy = { .own = "EFI/x/y.efi", .before = { "EFI/shim.efi" }, .before_count = 1, .has_entry = true };
        const uint8_t *end = memchr(data, 0, size);
        size_t list_size = end ? (size_t)(end - data) : size, path_size = end ? size - list_size - 1 : 0;
        const char *detail = NULL;
        unsigned line = 0;
        char path[300];

        if (esp_list_check((const char *)data, list_size, &line, &detail) != ERR_OK) {
                MUST(detail != NULL);
                return 0;
        }
        if (path_size >= sizeof(path))
                return 0;
        if (path_size > 0)
                memcpy(path, end + 1, path_size);
        path[path_size] = '\0';
        policy.list = (struct esp_list){ true, (const char *)data, list_size };
        for (int undeclared = 0; undeclared < ESP_UNDECLARED_COUNT; undeclared++) {
                policy.undeclared = (enum esp_undeclared)undeclared;
                policy.alone = !policy.alone;
                check_verdicts(&policy, path);
        }
        (void)esp_list_has_hash(&policy.list, path, (const uint8_t[ESP_LIST_SHA256SIZE]){ 0 });
        return 0;
}
