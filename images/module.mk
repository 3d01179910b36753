# SPDX-License-Identifier: GPL-2.0-or-later
# images/: the reference machine, and the packages that building and testing need.
# What is made, in order: base.tar (Debian) -> installed.tar (our package in it), and kernel/ -> root.tar -> squashfs + verity
# -> UKI -> disk; the last four once for
# "reference", once for "plain", the same machine without encryption, and once for "disks", the same with additional disks in its policy.
# "volumes", with other file systems than ext4, has a Debian with their programs and an initrd with their modules.
IMAGES := $(BUILD)/images
KERNEL := $(IMAGES)/kernel

# What an image is made around; overridable, to build an image around others. The cleanslate command is installed from its package.
IMAGE_STUB   ?= $(BUILD)/efi/cleanslatex64.efi.stub
IMAGE_INITRD ?= $(BUILD)/initrd/initrd.cpio.zst
IMAGE_SETTINGS := images/overlay/usr/lib/cleanslate/cleanslate.conf

# /usr/sbin is not in every user's PATH; a .pyc must not land in the source tree.
IMAGE_RUN := PATH="$$PATH:/usr/sbin:/sbin" PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m

.PHONY: kernel image-base images-test

deps: ## install the Debian packages that everything here needs (says which; asks sudo if you are not root)
	@images/deps.sh

image: $(IMAGES)/reference.raw $(IMAGES)/plain.raw $(IMAGES)/secure-boot-vars.fd $(IMAGES)/reference.expected-pcrs.json $(IMAGES)/reference.enrolled-pcrs.json ## the reference machine: build/images/reference.raw; plain.raw without encryption

# The kernel as Debian ships it, unpacked: vmlinuz, release, lib/modules/RELEASE. The initrd depends on $(KERNEL)/release.
kernel: $(KERNEL)/release
$(KERNEL)/release: images/kernel.py images/debian.py images/arch.py
	$(Q)$(IMAGE_RUN) images.kernel $(KERNEL)
$(KERNEL)/vmlinuz $(KERNEL)/config: $(KERNEL)/release ;

# Debian, rebuilt only when its recipe (not its time stamp) changes.
image-base: $(IMAGES)/base.tar
$(IMAGES)/base-volumes.key $(IMAGES)/base-volumes.tar: BASE_VARIANT := --variant volumes
$(IMAGES)/base.key $(IMAGES)/base-volumes.key: FORCE
	@mkdir -p $(@D)
	@$(IMAGE_RUN) images.base --key $(BASE_VARIANT) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(IMAGES)/base.tar $(IMAGES)/base-volumes.tar: %.tar: %.key
	$(Q)$(IMAGE_RUN) images.base $(BASE_VARIANT) $@
.PHONY: FORCE
FORCE:

$(IMAGES)/keys/pcr-private.pem:
	$(call say,KEYS,$@)
	$(Q)$(IMAGE_RUN) images.keys $(@D)
$(IMAGES)/keys/pcr-public.pem: $(IMAGES)/keys/pcr-private.pem ;

# PK, KEK and db; and the firmware's variable store with them enrolled.
$(IMAGES)/keys/db.key:
	$(call say,KEYS,$@)
	$(Q)$(IMAGE_RUN) images.secure_boot keys $(@D)
OVMF_VARIABLES ?= /usr/share/OVMF/OVMF_VARS_4M.fd
$(IMAGES)/secure-boot-vars.fd: $(IMAGES)/keys/db.key images/secure_boot.py
	$(call say,ENROLL,$@)
	$(Q)$(IMAGE_RUN) images.secure_boot variables --keys $(IMAGES)/keys --template $(OVMF_VARIABLES) $@

# Who signs root hashes.
ROOT_SIGNING := $(IMAGES)/keys/root-signing
$(ROOT_SIGNING).key:
	$(call say,KEYS,$@)
	$(Q)$(IMAGE_RUN) images.root_signature keys $(@D)
$(ROOT_SIGNING).der: $(ROOT_SIGNING).key ;
$(IMAGES)/%.root-signature: $(IMAGES)/%.squashfs $(ROOT_SIGNING).key images/root_signature.py
	$(call say,SIGN,$@)
	$(Q)$(IMAGE_RUN) images.root_signature sign --root-hash $(IMAGES)/$*.roothash --keys $(IMAGES)/keys $@

$(IMAGES)/measure: $(call objects,host,images/measure.c) $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -o $@ $^ -lcrypto

$(IMAGES)/list-volumes: $(call objects,host,images/list-volumes.c) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

$(IMAGES)/check-policy: $(call objects,host,$(addprefix images/,check-policy.c check-places.c definition-where.c judge-plans.c problems.c)) $(BUILD)/host/linux.a $(BUILD)/host/common.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_FLAGS) -pie -Wl,--as-needed,-z,relro,-z,now -o $@ $^ $(LINUX_LIBS)

# With our own package in it, as a device's owner would install it.
$(IMAGES)/installed.tar: $(IMAGES)/base.tar
$(IMAGES)/installed-volumes.tar: $(IMAGES)/base-volumes.tar
$(IMAGES)/installed.tar $(IMAGES)/installed-volumes.tar: $(BUILD)/deb/.made images/install.py
	$(call say,DPKG,$@)
	$(Q)$(IMAGE_RUN) images.install --base $(@D)/$(@F:installed%=base%) --package $(BUILD)/deb/cleanslate_$(VERSION)_*.deb $@

IMAGE_ROOT_PARTS := $(addprefix images/,arch.py compose.py contents.py disk.py factory.py form.py gpt.py judgement.py manifest.py modules.py sample.py tree.py volumes.py) \
                    $(shell find images/overlay images/variants -type f)
define make_root
	$(call say,TAR,$@)
	$(Q)$(IMAGE_RUN) images.compose --variant $(@F:.tar=) --base $< --kernel $(KERNEL) --overlay images/overlay \
	        --os-release $(@:.tar=.os-release) --digest $(@:.tar=.factory-digest) --modules $(@:.tar=.modules) \
	        --checker $(IMAGES)/check-policy --list-volumes $(IMAGES)/list-volumes $@
endef
$(IMAGES)/volumes.tar: $(IMAGES)/installed-volumes.tar $(KERNEL)/release $(IMAGE_ROOT_PARTS) | $(IMAGES)/check-policy $(IMAGES)/list-volumes
	$(make_root)
$(IMAGES)/%.tar: $(IMAGES)/installed.tar $(KERNEL)/release $(IMAGE_ROOT_PARTS) | $(IMAGES)/check-policy $(IMAGES)/list-volumes
	$(make_root)

$(IMAGES)/%.squashfs: $(IMAGES)/%.tar images/root.py
	$(call say,SQUASHFS,$@)
	$(Q)$(IMAGE_RUN) images.root --tar $< --verity $(IMAGES)/$*.verity --root-hash $(IMAGES)/$*.roothash $@

# What definitions need beside initrd/modules.list is taken along, as cleanslate-image does it.
$(IMAGES)/volumes.cpio.zst: $(INITRD_PROGRAM) $(SHUTDOWN_PROGRAM) initrd/pack.py initrd/modules.list $(IMAGES)/volumes.tar
	$(call say,PACK,$@)
	$(Q)$(PYTHON) initrd/pack.py --program $(INITRD_PROGRAM) --shutdown $(SHUTDOWN_PROGRAM) --kernel $(KERNEL) --modules initrd/modules.list \
	    --module-names "$(INITRD_ARCH_MODULES) $$(cat $(IMAGES)/volumes.modules)" --output $@
$(IMAGES)/volumes.efi: private IMAGE_INITRD := $(IMAGES)/volumes.cpio.zst
$(IMAGES)/volumes.efi: $(IMAGES)/volumes.cpio.zst

# What it is a file system of.
IMAGE_FORM = $(if $(filter usr,$*),usr,root)

# The same settings inside of the image and in the signed UKI: the stub needs them before the image is opened.
IMAGE_SETTINGS := images/overlay/usr/lib/cleanslate/cleanslate.conf
$(IMAGES)/%.efi: $(IMAGES)/%.squashfs $(IMAGE_STUB) $(IMAGE_INITRD) $(KERNEL)/release $(IMAGES)/measure $(IMAGES)/keys/pcr-public.pem \
                 $(IMAGES)/keys/db.key $(ROOT_SIGNING).der $(IMAGE_SETTINGS) images/uki.py images/cpio.py images/pe.py images/pcrsig.py images/secure_boot.py
	$(call say,UKI,$@)
	$(Q)$(IMAGE_RUN) images.uki --stub $(IMAGE_STUB) --kernel $(KERNEL) --initrd $(IMAGE_INITRD) --measure $(IMAGES)/measure \
	        --os-release $(IMAGES)/$*.os-release --root-hash $(IMAGES)/$*.roothash \
	        --private-key $(IMAGES)/keys/pcr-private.pem --public-key $(IMAGES)/keys/pcr-public.pem \
	        --form $(IMAGE_FORM) --settings $(IMAGE_SETTINGS) --root-certificate $(ROOT_SIGNING).der \
	        --secure-boot-key $(IMAGES)/keys/db.key --secure-boot-certificate $(IMAGES)/keys/db.crt $@

# What a quote of a record has to have: PCRs 4 and 11, and 7 as well where Secure Boot is on with the keys above.
EXPECTED_PCRS_PARTS := $(IMAGES)/measure $(addprefix images/,expected_pcrs.py pe.py secure_boot.py)
$(IMAGES)/%.expected-pcrs.json: $(IMAGES)/%.efi $(EXPECTED_PCRS_PARTS)
	$(call say,PCRS,$@)
	$(Q)$(IMAGE_RUN) images.expected_pcrs --measure $(IMAGES)/measure --uki $< $@
$(IMAGES)/%.enrolled-pcrs.json: $(IMAGES)/%.efi $(IMAGES)/keys/db.key $(EXPECTED_PCRS_PARTS)
	$(call say,PCRS,$@)
	$(Q)$(IMAGE_RUN) images.expected_pcrs --measure $(IMAGES)/measure --enrolled $(IMAGES)/keys --uki $< $@

# The same disk for sectors of 512 bytes, which most have, and of 4096 bytes.
$(IMAGES)/%.raw: IMAGE_SECTOR_SIZE := 512
$(IMAGES)/%-4k.raw: IMAGE_SECTOR_SIZE := 4096
define make_disk
	$(call say,DISK,$@)
	$(Q)$(IMAGE_RUN) images.disk --uki $< --root $(IMAGES)/$*.squashfs --verity $(IMAGES)/$*.verity --sector-size $(IMAGE_SECTOR_SIZE) \
	        --root-hash $(IMAGES)/$*.roothash --root-signature $(IMAGES)/$*.root-signature --form $(IMAGE_FORM) $@
endef
$(IMAGES)/%-4k.raw: $(IMAGES)/%.efi $(IMAGES)/%.root-signature images/disk.py images/gpt.py
	$(make_disk)
$(IMAGES)/%.raw: $(IMAGES)/%.efi $(IMAGES)/%.root-signature images/disk.py images/gpt.py
	$(make_disk)

# What a vendor makes images with: stub, program, and the part of the builder that knows no reference machine.
TOOLBOX := $(DESTDIR)$(PREFIX)/lib/cleanslate
IMAGE_BUILDER := $(addprefix images/,__init__.py arch.py cpio.py disk.py expected_pcrs.py factory.py form.py gpt.py judgement.py manifest.py password.py pcrsig.py pe.py root.py root_signature.py secure_boot.py tree.py uki.py vendor.py volumes.py)
.PHONY: install-image-builder
install-image-builder: $(BUILD)/efi/cleanslatex64.efi.stub $(INITRD_PROGRAM) $(SHUTDOWN_PROGRAM) $(IMAGES)/measure $(IMAGES)/check-policy $(IMAGES)/list-volumes ## cleanslate-image and what it makes images of, below DESTDIR
	install -Dm644 -t $(TOOLBOX)/efi $(BUILD)/efi/cleanslatex64.efi.stub
	install -Dm755 -t $(TOOLBOX) $(INITRD_PROGRAM) $(SHUTDOWN_PROGRAM) $(IMAGES)/measure $(IMAGES)/check-policy $(IMAGES)/list-volumes
	install -Dm644 -t $(TOOLBOX) initrd/modules.list initrd/pack.py
	printf '# of this processor\n%s\n' '$(INITRD_ARCH_MODULES)' >>$(TOOLBOX)/modules.list
	install -Dm755 initrd/initramfs-tools/hook $(DESTDIR)$(PREFIX)/share/initramfs-tools/hooks/cleanslate
	install -Dm644 initrd/initramfs-tools/boot-script $(DESTDIR)$(PREFIX)/share/initramfs-tools/scripts/cleanslate
	install -Dm755 -t $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/90cleanslate initrd/dracut/module-setup.sh
	install -Dm644 -t $(TOOLBOX)/images $(IMAGE_BUILDER)
	install -Dm644 -t $(TOOLBOX)/images/overlay/usr/lib/systemd/system $(addprefix images/overlay/usr/lib/systemd/system/,tmp.mount dev-shm-noexec.service)
	install -Dm755 -t $(DESTDIR)$(PREFIX)/bin images/cleanslate-image
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man1 docs/man/cleanslate-image.1

# Tests of the builder; those of the image it makes are in tests/qemu.
images-test: $(IMAGES)/measure $(IMAGES)/check-policy $(IMAGES)/list-volumes $(INSPECT) $(KERNEL)/release $(IMAGE_STUB) ## tests of the image builder
	$(Q)BUILD=$(BUILD) PATH="$$PATH:/usr/sbin:/sbin" PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -rs -n $(JOBS) -p no:cacheprovider tests/images
