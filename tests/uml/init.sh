#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# PID 1 of a User Mode Linux whose root is the host's file system, read-only. Runs the shell text that the kernel command line
# points to; what it prints is the result. Never started by a person.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DM_DISABLE_UDEV=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmpfs /run
mkdir -p /run/lib && ln -s /usr/lib/uml/modules /run/lib/modules
for word in $(cat /proc/cmdline); do
        case $word in
        scenario=*) scenario=${word#scenario=} ;;
        coverage=*) coverage=${word#coverage=} ;;
        esac
done
# Where a build with --coverage counts lines: the directories above it go from the names of its files.
if [ -n "$coverage" ]; then
        mkdir /run/coverage && mount -t hostfs -o "$coverage" coverage /run/coverage || echo "LOAD FAILED coverage"
        export GCOV_PREFIX=/run/coverage GCOV_PREFIX_STRIP=$(echo "$coverage" | tr -dc / | wc -c)
fi
load() { modprobe -d /run "$@" || echo "LOAD FAILED $*"; }
. "$scenario"
echo "EXIT $?"
poweroff -f
