# SPDX-License-Identifier: GPL-2.0-or-later
# Runs on the machine under test: leaves canaries wherever a machine in use leaves traces, and ends when all of them are on the
# disk. Arguments: prefix, then KIND=FIRST-LAST for each kind. What each kind is says tests/qemu/remains.py.
use strict;
use warnings;
use Fcntl;
use IO::Handle;

my $prefix = shift;
my %numbers = map { /^(\w+)=(\d+)-(\d+)$/ or die "$_: not KIND=FIRST-LAST\n"; ($1, [$2 .. $3]) } @ARGV;
my $home = '/var/canaries';

sub canary { return sprintf '%s-%05d', $prefix, shift }

sub put {
        my ($path, $content) = @_;
        open my $file, '>', $path or die "$path: $!\n";
        print $file $content;
        close $file or die "$path: $!\n";
}

sub run { system(@_) == 0 or die "@_ failed\n" }

# Every fourth of them in /etc, the others in /var.
sub put_files {
        my $folder = shift;
        my @paths;
        mkdir "$_/$folder" for $home, '/etc/canaries';
        for my $number (@_) {
                push @paths, ($number % 4 ? $home : '/etc/canaries') . "/$folder/$number";
                put $paths[-1], canary($number) . "\n";
        }
        return @paths;
}

sub put_names {
        mkdir "$home/name";
        put "$home/name/" . canary($_), '' for @_;
}

sub log_lines {
        open my $logger, '|-', 'logger', '--tag', 'canary' or die "logger: $!\n";
        print $logger canary($_), "\n" for @_;
        close $logger or die "logger failed\n";
}

# Strings in a process's memory that the kernel is told to swap out.
sub swap_out {
        my ($swap, $group) = ('/var/canary-swap', '/sys/fs/cgroup/canary');
        run "dd if=/dev/zero of=$swap bs=1M count=32 status=none && chmod 600 $swap && mkswap -q $swap && swapon $swap";
        mkdir $group or die "$group: $!\n";
        put "$group/cgroup.procs", $$;
        my $memory = join '', map { canary($_) . 'x' x 256 } @_; # large enough for pages of its own
        # The kernel reclaims what it can and complains of what it cannot: what counts is what is found on the disk.
        for (1 .. 8) {
                open my $reclaim, '>', "$group/memory.reclaim" or die "$group/memory.reclaim: $!\n";
                syswrite $reclaim, '32M';
        }
        put '/sys/fs/cgroup/cgroup.procs', $$;
        return \$memory;
}

# Behind the end of a short file, in the rest of its only block.
sub fill_slack {
        my ($fibmap, $block_size, $at) = (1, 4096, 2048);
        mkdir "$home/slack";
        put "$home/slack/$_", "short\n" for @_;
        run 'sync';
        chomp(my $device = `findmnt --noheadings --output SOURCE --target $home`);
        open my $raw, '+<', $device or die "$device: $!\n";
        for my $number (@_) {
                open my $file, '<', "$home/slack/$number" or die "slack: $!\n";
                my $block = pack 'i', 0;
                ioctl $file, $fibmap, $block or die "FIBMAP: $!\n";
                ($block = unpack 'i', $block) > 0 or die "$number: no block\n";
                sysseek $raw, $block * $block_size + $at, 0;
                syswrite($raw, canary($number)) or die "$device: $!\n";
        }
        $raw->sync or die "$device: $!\n";
}

# A LUKS2 header with its first key bytes; both copies of the header carry the canary as their label.
sub put_headers {
        my $volume = '/run/canary-volume';
        mkdir "$home/luks";
        run "truncate -s 4M $volume && printf old | cryptsetup luksFormat --batch-mode --type luks2 --pbkdf pbkdf2 "
          . "--pbkdf-force-iterations 1000 --luks2-metadata-size 16k --luks2-keyslots-size 512k --key-file - $volume";
        open my $file, '<:raw', $volume or die "$volume: $!\n";
        read $file, my $header, 40960;
        my @paths;
        for my $number (@_) {
                substr($header, $_ + 24, 48) = pack 'a48', canary($number) for 0, 16384;
                push @paths, "$home/luks/$number";
                put $paths[-1], $header;
        }
        unlink $volume;
        print 'keyslot ', unpack('H*', substr $header, 32768, 64), "\n";
        return @paths;
}

mkdir $_ for $home, '/etc/canaries';
my $memory = swap_out(@{ $numbers{swap} });
my @deleted = put_files('deleted', @{ $numbers{deleted} });
put_files('file', @{ $numbers{file} });
put_names(@{ $numbers{name} });
my @headers = put_headers(@{ $numbers{luks} });
log_lines(@{ $numbers{journal} });
fill_slack(@{ $numbers{slack} });
run 'journalctl --sync && sync';
my @pictures = glob '/var/pictures/*';
unlink @deleted, @headers[0 .. $#headers / 2], @pictures[0 .. $#pictures / 2];
run 'sync';
print 'readable ', scalar(grep { -s } glob "$home/{file,luks}/* /etc/canaries/file/* /var/pictures/*"), "\n";
