/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plan's JSON tells of each partition and each definition: its state, its place then, and what its entry says then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/json-write.h"
#include "common/show/plan-outcome.h"
#include "tests/unit/plan-fixture.h"

#define HOME_UUID "11223344-5566-7788-99aa-bbccddeeff00"

static const char *outcome(void)
{
        static char text[16384];
        struct writer writer = writer_over(text, sizeof(text));

        json_open(&writer, '{');
        plan_outcome_json(&writer, &plan, &policy, &inventory);
        json_close(&writer, '}');
        assert_false(writer.overflow);
        return text;
}

static void assert_tells(const char *words)
{
        if (!strstr(outcome(), words))
                fail_msg("not told: %s\nbut: %s", words, outcome());
}

/* One of each: config is rebuilt, data grows, home and srv are made, swap is left out for room; the ESP stays, and by its
 * definition. */
static int set_up_one_of_each(void **state)
{
        (void)set_up(state);
        inventory.partition_count = STATE;
        set_partition(STATE, "linux-generic", "data", 1421, 100);
        inventory.partitions[STATE].number = 9;
        inventory.partitions[STATE].attributes = UINT64_C(1) << 63 | 5;
        policy.partition_count = 1;
        define("30-data.conf", "[Partition]\nType=linux-generic\nSizeMaxBytes=200M\n");
        define("40-home.conf", "[Partition]\nType=home\nFormat=ext4\nLabel=people\nUUID=" HOME_UUID "\nSizeMaxBytes=100M\n");
        define("50-srv.conf", "[Partition]\nType=srv\nFormat=ext4\nSizeMaxBytes=64M\n");
        define("60-swap.conf", "[Partition]\nType=swap\nFormat=swap\nSizeMinBytes=1T\nPriority=1\n");
        define("70-esp.conf", "[Partition]\nType=esp\nSizeMaxBytes=256M\n");
        return 0;
}

static void each_partition_has_its_fate_and_what_goes_a_reason(void **state)
{
        assert_accepted();
        assert_tells("{\"partitions\":[{\"slot\":1,\"fate\":\"esp\",\"erased\":false,\"why\":null},"
                     "{\"slot\":2,\"fate\":\"image\",\"erased\":false,\"why\":null},"
                     "{\"slot\":3,\"fate\":\"image\",\"erased\":false,\"why\":null},"
                     "{\"slot\":4,\"fate\":\"erased\",\"erased\":true,\"why\":\"the image's definition says FactoryReset=yes\"},"
                     "{\"slot\":9,\"fate\":\"kept\",\"erased\":false,\"why\":null}],\"definitions\":[{\"definition\":");
        inventory.partition_count = 0; /* of a disk without any, the list is empty, and not missing */
        assert_tells("{\"partitions\":[],\"definitions\":[{");
        policy.partition_count = 0;
        assert_string_equal(outcome(), "{\"partitions\":[],\"definitions\":[]}");
}

/* What is built says what the definition wants, what stays what the table has; a random UUID is nobody's to tell. */
static void each_definition_has_its_state_and_place(void **state)
{
        assert_accepted();
        assert_tells("[{\"definition\":\"10-config.conf\",\"state\":\"rebuilt\",\"ofSlot\":4,\"slot\":4,"
                     "\"startBytes\":1422917632,\"sizeBytes\":67108864,\"type\":\"3a6b2b3e-61a6-4d3f-9b0a-7c1de5b0f6c2\","
                     "\"label\":\"config\",\"flags\":\"0x0000000000000000\"},{");
        assert_tells(",{\"definition\":\"30-data.conf\",\"state\":\"grows\",\"ofSlot\":9,\"slot\":9,"
                     "\"startBytes\":1490026496,\"sizeBytes\":209715200,\"type\":\"0fc63daf-8483-4772-8e79-3d69d8477de4\","
                     "\"label\":\"data\",\"uuid\":\"00000005-0000-0000-0000-000000000000\",\"flags\":\"0x8000000000000005\"},{");
        assert_tells(",{\"definition\":\"40-home.conf\",\"state\":\"created\",\"slot\":5,"
                     "\"startBytes\":1699741696,\"sizeBytes\":104857600,\"type\":\"933ac7e1-2eb4-4f13-b844-0e14e2aef915\","
                     "\"label\":\"people\",\"uuid\":\"" HOME_UUID "\",\"flags\":\"0x0800000000000000\"},{");
        assert_tells(",\"label\":\"srv\",\"flags\":\"0x0800000000000000\"},{\"definition\":\"60-swap.conf\",\"state\":\"absent\","
                     "\"type\":\"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f\",\"label\":\"swap\",\"flags\":\"0x0000000000000000\"},{");
        assert_tells(",{\"definition\":\"70-esp.conf\",\"state\":\"stays\",\"ofSlot\":1,\"slot\":1,"
                     "\"startBytes\":1048576,\"sizeBytes\":268435456,\"type\":\"c12a7328-f81f-11d2-ba4b-00a0c93ec93b\","
                     "\"label\":\"esp\",\"uuid\":\"00000001-0000-0000-0000-000000000000\",\"flags\":\"0x0000000000000000\"}]}");
}

/* The entry says more than the definition: a number that makes it another name than those in front of it. */
static void what_is_built_has_the_name_that_the_table_gets(void **state)
{
        assert_accepted();
        (void)strcpy(plan.entries[3].name, "srv-7");
        assert_tells("\"state\":\"created\",\"slot\":6,\"startBytes\":1804599296,\"sizeBytes\":67108864,"
                     "\"type\":\"3b8f8425-20e0-4f3b-907f-1a25a76f98e8\",\"label\":\"srv-7\"");
}

/* Everything is as it is, whatever is asked for. */
static void of_a_refused_plan_everything_stays(void **state)
{
        inventory.esp_usable = false;
        (void)assert_refused_only(REFUSE_NO_ESP);
        assert_null(strstr(outcome(), "\"erased\":true"));
        assert_null(strstr(outcome(), "built"));
        assert_null(strstr(outcome(), "grows"));
        assert_null(strstr(outcome(), "created"));
        assert_tells("\"10-config.conf\",\"state\":\"stays\",\"ofSlot\":4,\"slot\":4,");
        assert_tells("\"40-home.conf\",\"state\":\"absent\",\"type\":\"933ac7e1-2eb4-4f13-b844-0e14e2aef915\",");
}

/* Of a plan that was made before this one. */
static void what_stands_behind_the_last_step_is_not_told(void **state)
{
        assert_accepted();
        plan.steps[plan.step_count] = (struct plan_step){ .kind = STEP_ERASE, .partition = STATE };
        assert_tells("{\"slot\":9,\"fate\":\"kept\",\"erased\":false,\"why\":null}");
        plan.steps[0] = plan.steps[plan.step_count]; /* and the first one is */
        assert_tells("{\"slot\":9,\"fate\":\"kept\",\"erased\":true,");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(each_partition_has_its_fate_and_what_goes_a_reason, set_up_one_of_each),
                cmocka_unit_test_setup(each_definition_has_its_state_and_place, set_up_one_of_each),
                cmocka_unit_test_setup(what_is_built_has_the_name_that_the_table_gets, set_up_one_of_each),
                cmocka_unit_test_setup(of_a_refused_plan_everything_stays, set_up_one_of_each),
                cmocka_unit_test_setup(what_stands_behind_the_last_step_is_not_told, set_up_one_of_each),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
