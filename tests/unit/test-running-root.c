/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running system sees of its image: a root file system without anything that is mounted over it; /usr in the root that
 * the initrd has left for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "linux/base/file.h"
#include "linux/image/running-root.h"
#include "tests/unit/scratch.h"

static char directory[SCRATCH_PATH_MAX];

static int set_up(void **state)
{
        scratch_make(directory, NULL);
        return 0;
}

static int tear_down(void **state)
{
        scratch_remove(directory);
        return 0;
}

static bool sees(enum image_form form, const char *path)
{
        struct running_root root;
        assert_int_equal(running_root_open(directory, form, &root), 0);
        assert_false(root.is_verified); /* neither form is on dm-verity here */
        bool found = faccessat(root.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
        (void)close(root.fd);
        return found;
}

static void usr_is_seen_where_it_is_the_image(void **state)
{
        char usr[SCRATCH_PATH_MAX + 8];
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0) {
                printf("SKIPPED: test-running-root wants root, for mounts\n");
                (void)close(fd);
                return;
        }
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        assert_int_equal(mount(directory, directory, NULL, MS_BIND, NULL), 0);
        assert_int_equal(make_directories(fd, "usr", 0755), 0);
        scratch_text(fd, "usr/below", "");
        (void)snprintf(usr, sizeof(usr), "%s/usr", directory);
        assert_int_equal(mount("tmpfs", usr, "tmpfs", 0, NULL), 0);
        (void)strcat(usr, "/on");
        int file = open(usr, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(file >= 0);
        (void)close(file);
        assert_true(sees(IMAGE_USR, "usr/on") && !sees(IMAGE_USR, "usr/below"));
        assert_true(sees(IMAGE_ROOT, "usr/below") && !sees(IMAGE_ROOT, "usr/on")); /* the control */
        *strrchr(usr, '/') = 0;
        assert_int_equal(umount(usr), 0);
        (void)close(fd);
        assert_int_equal(umount2(directory, MNT_DETACH), 0);
}

static void the_running_systems_own_is_found_by_its_form(void **state)
{
        assert_string_equal(running_root_path(NULL, IMAGE_ROOT), "/");
        assert_string_equal(running_root_path("/a/test", IMAGE_USR), "/a/test");
        if (access(RUNNING_USR_IMAGE, F_OK) < 0)
                assert_string_equal(running_root_path(NULL, IMAGE_USR), "/"); /* where no initrd of ours has left one */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(usr_is_seen_where_it_is_the_image, set_up, tear_down),
                cmocka_unit_test(the_running_systems_own_is_found_by_its_form),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
