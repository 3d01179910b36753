/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to the service, without a service: the test is who serves it, and who is at its other end. */
#include "common/base/json-write.h"
#include "linux/base/cleanup.h"
#include "reset-tool/service/client.h"
#include "reset-tool/service/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALL(name) "{\"method\":\"org.example." name "\"}"

static struct {
        struct client_host host;
        struct client *client;
        int peer;
        void (*answer)(struct client *client);
        char last[VARLINK_NAME_MAX]; /* method called */
        unsigned called, ended, changed, forgotten;
} world;

static void on_call(struct client *client)
{
        world.called++;
        strcpy(world.last, client->call.method);
        assert_ptr_equal(client->service, &world);
        assert_int_equal(client->output_size, 0); /* of the last reply everything is through */
        world.answer(client);
}

static void on_change(struct client *client)
{
        world.changed++;
}

static void on_end(struct client *client)
{
        world.ended++;
}

static void answer_ok(struct client *client)
{
        struct writer writer = reply_begin(client);
        json_open(&writer, '{');
        json_close(&writer, '}');
        reply_end(client, &writer, false);
}

static void forget(void *of)
{
        assert_ptr_equal(of, &world);
        world.forgotten++;
}

static void wait_for_somebody(struct client *client)
{
        client_wait(client, (struct client_pending){ .of = &world, .forget = forget });
}

static int set_up(void **state)
{
        const int little = 4096;
        int ends[2];
        memset(&world, 0, sizeof(world));
        world.answer = answer_ok;
        world.host = (struct client_host){
                .timeout_seconds = 60, .idle_seconds = 60, .called = on_call, .changed = on_change, .ended = on_end
        };
        assert_true(sd_event_new(&world.host.event) >= 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little)), 0);
        world.peer = ends[1];
        assert_int_equal(client_new(&world.host, &world, ends[0], &world.client), 0);
        return 0;
}

static int tear_down(void **state)
{
        client_free(world.client);
        close_fd(&world.peer);
        sd_event_unref(world.host.event);
        return 0;
}

/* Whatever there is to do now. */
static void run(void)
{
        while (sd_event_run(world.host.event, 0) > 0)
                ;
}

static void say(const char *text, size_t size)
{
        assert_int_equal(send(world.peer, text, size, MSG_NOSIGNAL), (ssize_t)size);
        run();
}

/* What has come, up to and with its first NUL, at most. */
static size_t hear(char *ret, size_t capacity)
{
        size_t size = 0;
        while (size < capacity && (size == 0 || ret[size - 1] != '\0')) {
                ssize_t got = recv(world.peer, ret + size, 1, MSG_DONTWAIT);
                if (got <= 0)
                        break;
                size += (size_t)got;
        }
        return size;
}

static void assert_heard(const char *text)
{
        char heard[512] = "";
        assert_int_equal(hear(heard, sizeof(heard)), strlen(text) + 1);
        assert_string_equal(heard, text);
}

static void a_call_that_drips_in_is_one_call(void **state)
{
        static const char call[] = CALL("Drip");
        for (size_t i = 0; i < sizeof(call); i++) {
                assert_int_equal(world.called, 0);
                say(call + i, 1);
        }
        assert_int_equal(world.called, 1);
        assert_string_equal(world.last, "Drip");
        assert_heard("{\"parameters\":{}}");
}

static void calls_that_come_together_are_answered_one_by_one(void **state)
{
        static const char calls[] = CALL("One") "\0" CALL("Two");
        say(calls, sizeof(calls));
        assert_int_equal(world.called, 2);
        assert_string_equal(world.last, "Two");
        assert_heard("{\"parameters\":{}}");
        assert_heard("{\"parameters\":{}}");
        assert_int_equal(world.ended, 0);
}

#define LARGE ((size_t)900 * 1000)

/* No two places near each other look alike. */
static char letter_at(size_t i)
{
        return (char)('a' + (i ^ i / 26 ^ i / 677) % 26);
}

static void answer_much(struct client *client)
{
        struct writer writer = client_writer(client);
        for (size_t i = 0; i < LARGE; i++)
                writer_char(&writer, letter_at(i));
        assert_true(client_reply(client, &writer));
}

static void a_reply_the_socket_takes_in_parts_arrives_whole(void **state)
{
        static char part[3000];
        size_t heard = 0;

        world.answer = answer_much;
        say(CALL("Much"), sizeof(CALL("Much")));
        assert_true(world.client->output_sent > 0 && world.client->output_sent < world.client->output_size);
        world.answer = answer_ok;
        say(CALL("Next"), sizeof(CALL("Next"))); /* is not read meanwhile */
        assert_int_equal(world.called, 1);
        while (heard < LARGE + 1) {
                size_t most = LARGE + 1 - heard < sizeof(part) ? LARGE + 1 - heard : sizeof(part);
                ssize_t got = recv(world.peer, part, most, MSG_DONTWAIT);
                assert_true(got > 0);
                for (ssize_t i = 0; i < got; i++, heard++)
                        assert_int_equal(part[i], heard < LARGE ? letter_at(heard) : '\0');
                run();
        }
        assert_int_equal(world.called, 2);
        assert_string_equal(world.last, "Next");
        assert_heard("{\"parameters\":{}}");
}

static void answer_too_much(struct client *client)
{
        struct writer writer = reply_begin(client);
        json_open(&writer, '{');
        json_key(&writer, "much");
        for (size_t i = 0; i < CLIENT_OUTPUT_MAX; i++)
                writer_char(&writer, 'x');
        json_close(&writer, '}');
        reply_end(client, &writer, false);
}

static void a_reply_that_is_too_long_becomes_an_error(void **state)
{
        world.answer = answer_too_much;
        say(CALL("TooMuch"), sizeof(CALL("TooMuch")));
        assert_heard(
                "{\"error\":\"io.cleanslate.FactoryReset.NotAvailable\",\"parameters\":{\"message\":\"The answer is too long for "
                "a message.\"}}");
        world.answer = answer_ok;
        say(CALL("Next"), sizeof(CALL("Next")));
        assert_heard("{\"parameters\":{}}");
}

/* The NUL has to fit, too. */
static void answer_exactly(struct client *client)
{
        static char much[CLIENT_OUTPUT_MAX];
        memset(much, 'x', sizeof(much));
        struct writer writer = client_writer(client);
        writer_bytes(&writer, much, CLIENT_OUTPUT_MAX);
        assert_false(writer.overflow);
        assert_false(client_reply(client, &writer));
        assert_int_equal(client->output_size, 0);
        writer = client_writer(client);
        writer_bytes(&writer, much, CLIENT_OUTPUT_MAX - 1);
        assert_true(client_reply(client, &writer));
        assert_int_equal(client->output_size, CLIENT_OUTPUT_MAX);
        assert_int_equal(client->output[CLIENT_OUTPUT_MAX - 1], '\0');
}

static void the_longest_reply_is_sent(void **state)
{
        static char heard[CLIENT_OUTPUT_MAX + 1];
        size_t size = 0;
        world.answer = answer_exactly;
        say(CALL("Exactly"), sizeof(CALL("Exactly")));
        for (ssize_t got; (got = recv(world.peer, heard + size, sizeof(heard) - size, MSG_DONTWAIT)) > 0; size += (size_t)got)
                run();
        assert_int_equal(size, CLIENT_OUTPUT_MAX);
}

static void a_oneway_call_gets_no_reply(void **state)
{
        static const char call[] = "{\"method\":\"org.example.Quiet\",\"oneway\":true}";
        char heard[8];
        say(call, sizeof(call));
        assert_int_equal(world.called, 1);
        assert_int_equal(hear(heard, sizeof(heard)), 0);
        say(CALL("Next"), sizeof(CALL("Next")));
        assert_heard("{\"parameters\":{}}");
}

static void a_call_that_waits_holds_up_the_next_one(void **state)
{
        static const char calls[] = CALL("Wait") "\0" CALL("Next");
        char heard[8];
        world.answer = wait_for_somebody;
        say(calls, sizeof(calls));
        assert_int_equal(world.called, 1);
        assert_int_equal(hear(heard, sizeof(heard)), 0);
        client_go_on(world.client); /* it waits still */
        run();
        assert_int_equal(world.called, 1);
        world.answer = answer_ok;
        client_waited(world.client);
        answer_ok(world.client);
        client_go_on(world.client);
        run();
        assert_int_equal(world.called, 2);
        assert_string_equal(world.last, "Next");
        assert_heard("{\"parameters\":{}}");
        assert_heard("{\"parameters\":{}}");
        assert_int_equal(world.forgotten, 0);
}

static void what_a_call_waits_for_is_forgotten_with_its_client(void **state)
{
        world.answer = wait_for_somebody;
        say(CALL("Wait"), sizeof(CALL("Wait")));
        close_fd(&world.peer);
        run();
        assert_true(world.ended > 0 && world.client->closed);
        assert_int_equal(world.forgotten, 0); /* by whoever frees it */
        client_free(world.client);
        assert_int_equal(world.forgotten, 1);
        world.client = NULL;
}

static int tear_down_without_client(void **state)
{
        close_fd(&world.peer);
        sd_event_unref(world.host.event);
        return 0;
}

static void answer_and_stream(struct client *client)
{
        client->streaming = true;
        answer_much(client);
}

static void a_change_is_told_when_the_last_reply_is_through(void **state)
{
        static char heard[4096];
        world.answer = answer_and_stream;
        say(CALL("Status"), sizeof(CALL("Status")));
        client_changed(world.client);
        run();
        assert_int_equal(world.changed, 0);
        while (recv(world.peer, heard, sizeof(heard), MSG_DONTWAIT) > 0)
                run();
        assert_int_equal(world.changed, 1);
        client_changed(world.client);
        assert_int_equal(world.changed, 2);
}

static void what_is_not_varlink_ends_the_connection(void **state)
{
        say("hello", sizeof("hello"));
        assert_int_equal(world.called, 0);
        assert_true(world.ended > 0 && world.client->closed);
}

static void a_message_without_an_end_ends_the_connection(void **state)
{
        static char much[VARLINK_MESSAGE_MAX];
        memset(much, ' ', sizeof(much));
        say(much, sizeof(much) - 1);
        assert_int_equal(world.ended, 0);
        say(much, 1);
        assert_int_equal(world.called, 0);
        assert_true(world.ended > 0 && world.client->closed);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_call_that_drips_in_is_one_call, set_up, tear_down),
                cmocka_unit_test_setup_teardown(calls_that_come_together_are_answered_one_by_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_reply_the_socket_takes_in_parts_arrives_whole, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_reply_that_is_too_long_becomes_an_error, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_longest_reply_is_sent, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_oneway_call_gets_no_reply, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_call_that_waits_holds_up_the_next_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_a_call_waits_for_is_forgotten_with_its_client, set_up,
                                                tear_down_without_client),
                cmocka_unit_test_setup_teardown(a_change_is_told_when_the_last_reply_is_through, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_not_varlink_ends_the_connection, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_message_without_an_end_ends_the_connection, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
