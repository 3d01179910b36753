# SPDX-License-Identifier: GPL-2.0-or-later
"""cleanslate-image: makes a machine that can be reset out of a root file system. See cleanslate-image(1)."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from images import disk, expected_pcrs, factory, judgement, password, pcrsig, root, root_signature, secure_boot, uki, volumes
from images.arch import this_arch
from images.form import LINKS, ROOT, USR, Form
from images.judgement import Definition, Judge, form_of
from images.tree import DIRECTORY, FILE, SYMLINK, Node, Tree, UnsafeArchive, read_tar, write_tar

# Images of one product share the UUIDs of their disk and ESP: what one image says about them holds for its successors.
_NAMESPACE = uuid.UUID("e8c1b9a0-5d0f-4b7c-9f55-2b1f6c3e7d41")
# The reference machine's.
_UNITS = Path(__file__).resolve().parent / "overlay" / factory.UNITS
MEMORY_UNITS = {"tmp.mount": "local-fs.target", "dev-shm-noexec.service": "sysinit.target"}
# rdinit= names the program. Who mounts the root: boot= is initramfs-tools' word for that, root=gpt-auto systemd's for nobody here.
# The shells that these initrds offer when they fail would open with everything unlocked: the machine restarts instead, and after three
# times the recovery page is there.
_BESIDE = "rdinit=/usr/lib/cleanslate/cleanslate-initrd boot=cleanslate root=gpt-auto rd.systemd.verity=no rd.fstab=no rd.shell=0 rd.emergency=reboot"
_GENERATED = "Made by cleanslate-image."
ESP_LIST = "usr/lib/cleanslate/esp.conf"
_WANTED = {
    "usr/bin/cleanslate": "the command that asks for a reset; install the package cleanslate",
    "usr/lib/systemd/systemd": "an init; install systemd-sysv",
    "usr/lib/cleanslate/cleanslate.conf": "the settings; an empty file means the defaults, see cleanslate.conf(5)",
}


@dataclass(frozen=True)
class Toolbox:
    """What the image is made with; all of it lies in one directory once it is installed."""

    directory: Path

    @property
    def stub(self) -> Path:
        return self.directory / "efi" / f"cleanslate{this_arch().efi_suffix.lower()}.efi.stub"

    @property
    def measure(self) -> Path:
        return self.directory / "measure"

    @property
    def check_policy(self) -> Path:
        return self.directory / "check-policy"

    @property
    def list_volumes(self) -> Path:
        return self.directory / "list-volumes"

    def pack(self, kernel: Path, names: Sequence[str], output: Path) -> None:
        command = [sys.executable, str(self.directory / "pack.py"), "--program", str(self.directory / "cleanslate-initrd")]
        command += ["--shutdown", str(self.directory / "cleanslate-shutdown")]
        command += ["--modules", str(self.directory / "modules.list"), "--module-names", " ".join(names)]
        run([*command, "--kernel", str(kernel), "--output", str(output)])


def run(command: Sequence[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"cleanslate-image: {' '.join(command[:2])} failed:\n{result.stderr}{result.stdout}")


def writable_tops(definitions: Sequence[Definition]) -> list[str]:
    """Which directories become factory trees. Of a root file system, those of /etc and /var that a definition with FactoryReset=yes copies from
    there; where the image is /usr alone both, and any other that a definition copies from there."""
    is_usr = form_of(definitions) == USR
    sources = {source.strip("/") for definition in definitions if is_usr or definition.factory_reset for source, _ in definition.copies}
    copied = {source.removeprefix(f"{factory.FACTORY}/").partition("/")[0] for source in sources if source.startswith(f"{factory.FACTORY}/")}
    if is_usr:
        return [*factory.TOPS, *sorted(copied - {*factory.TOPS})]
    return [top for top in factory.TOPS if f"{factory.FACTORY}/{top}" in sources]


def factory_tops(tree: Tree, definitions: Sequence[Definition]) -> list[str]:
    """These, and what else is copied from a factory tree that is not there yet: /home, /srv."""
    tops = writable_tops(definitions)
    sources = [source.strip("/") for definition in definitions for source, _ in definition.copies]
    further = [source.removeprefix(f"{factory.FACTORY}/") for source in sources if source.startswith(f"{factory.FACTORY}/") and source not in tree]
    return tops + sorted({top for top in further if top not in (*factory.TOPS, *tops) and top in tree and "/" not in top})


# What a root file system has beside /usr and is no content: mount points, and what is put into the boot image.
_NO_CONTENT = ("boot", "dev", "efi", "lost+found", "proc", "run", "sys", "tmp")


def left_behind(tree: Tree, tops: Sequence[str]) -> list[str]:
    """What an image of /usr would not have, and a device would miss."""
    outside = [path for path, _ in tree.walk("etc/repart.d") if path.endswith(".conf")] if "etc/repart.d" in tree else []
    result = [f"it has /{path}, and an image of /usr has no /etc: put it into /{factory.DEFINITIONS}" for path in outside]
    for top, node in [(path, node) for path, node in tree.walk() if path and "/" not in path]:
        if top in (USR.name, *tops, *_NO_CONTENT) or top in ("vmlinuz", "vmlinuz.old", "initrd.img", "initrd.img.old"):
            continue
        if node.kind == SYMLINK:
            target = node.target.strip("/")
            if target == f"{USR.name}/{top}" and (top in LINKS or not any(below != target for below, _ in tree.walk(target))):
                continue
            result.append(f"it has a link /{top} to {node.target}, and an image of /usr has nothing else: MakeSymlinks=/{top}:{node.target} "
                          "in the definition of the root file system makes one on the device; then remove this one")
            continue
        files = [path for path, inside in tree.walk(top) if inside.kind != DIRECTORY]
        if files and top in LINKS:
            result.append(f"it has /{files[0]}, and /{top} is no link to /{USR.name}/{top}: an image of /usr has its programs there; install the package usrmerge")
        elif files:
            result.append(f"it has /{files[0]}, and an image of /usr has nothing else: move it below /usr, remove it, or have a definition copy the "
                          f"directory to the device: CopyFiles=/{factory.FACTORY}/{top}:/{top}")
    return result


def releases(tree: Tree) -> list[str]:
    """Kernels for which there is an image in /boot and a directory of modules."""
    found = [path.removeprefix("boot/vmlinuz-") for path, _ in tree.walk("boot")] if "boot" in tree else []
    return [release for release in found if f"usr/lib/modules/{release}" in tree]


def problems(tree: Tree, definitions: Sequence[Definition], is_read: bool = True) -> list[str]:
    """Why this root file system cannot become an image yet, each with the remedy; what a device would say of its policy is the judge's. What only
    all definitions together tell is not asked where one of them was not read."""
    result = [f"it lacks /{path}: {why}" for path, why in _WANTED.items() if path not in tree]
    if factory.OS_RELEASE not in tree:
        result.append(f"it lacks /{factory.OS_RELEASE}, by which a request knows its image")
    tops = writable_tops(definitions)
    if not is_read:
        tops = []
    elif form_of(definitions) == USR:
        result += left_behind(tree, tops)
    elif "var" not in tops:
        wanted = f"CopyFiles=/{factory.FACTORY}/var:/"
        result.append(f"no file in /{factory.DEFINITIONS} has FactoryReset=yes and {wanted}, so nothing would be reset")
    result += [f"it has /{factory.FACTORY}/{top} already; hand in the file system as it is in use" for top in tops if f"{factory.FACTORY}/{top}" in tree]
    if not releases(tree):
        result.append("it has no kernel: /boot/vmlinuz-RELEASE with /usr/lib/modules/RELEASE; install a linux-image package")
    return result


def module_problems(tree: Tree, release: str, definitions: Sequence[Definition]) -> list[str]:
    """What the volumes need of the kernel, and it does not have."""
    missing = judgement.missing_modules(tree, release, definitions)
    return [f"the kernel {release} has no {name}, neither built in nor as a module, which a definition in repart.d needs" for name in missing]


def own_initrd_problems(tree: Tree, release: str) -> list[str]:
    """Why the initrd in /boot cannot be the image's."""
    result = []
    if f"boot/initrd.img-{release}" not in tree:
        result.append(f"it lacks /boot/initrd.img-{release}; run update-initramfs -c -k {release} in it")
    if "usr/lib/cleanslate/cleanslate-initrd" not in tree:
        result.append("its initrd cannot have Cleanslate's program in it; install the package cleanslate-boot")
    return result


def take_kernel(tree: Tree, release: str, destination: Path) -> None:
    """Lays the kernel out as the builder wants it: vmlinuz, release, lib/modules/RELEASE."""
    modules = f"usr/lib/modules/{release}"
    for path, node in tree.walk(modules):
        if node.kind == FILE:
            target = destination / path.removeprefix("usr/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(node.data())
    (destination / "vmlinuz").write_bytes(tree[f"boot/vmlinuz-{release}"].data())
    (destination / "release").write_text(release + "\n", encoding="ascii")
    run(["depmod", "-b", str(destination), release])  # the tree may have none, and the initrd would have no modules


def drop_boot_files(tree: Tree) -> None:
    """They travel in the unified kernel image."""
    for path in [path for path, _ in tree.walk("boot")][1:]:
        if path in tree:
            tree.remove(path)
    for name in ("vmlinuz", "vmlinuz.old", "initrd.img", "initrd.img.old"):
        if name in tree:
            tree.remove(name)


def add_esp_units(tree: Tree, esp: uuid.UUID, mtime: int) -> None:
    """The ESP at /efi when somebody looks: the records of resets lie there."""
    units = {
        "efi.mount": f"# {_GENERATED} By the partition's own UUID: another disk may carry the same label.\n[Unit]\nDescription=EFI System Partition\n\n"
        f"[Mount]\nWhat=/dev/disk/by-partuuid/{esp}\nWhere=/efi\nType=vfat\nOptions=umask=0077,nosuid,nodev,noexec\n",
        "efi.automount": f"# {_GENERATED}\n[Unit]\nDescription=EFI System Partition, When Used\nBefore=local-fs.target\n\n"
        "[Automount]\nWhere=/efi\nTimeoutIdleSec=120\n",
    }
    for name, text in units.items():
        tree[f"{factory.UNITS}/{name}"] = Node(FILE, 0o644, mtime=mtime, content=text.encode())
    tree[f"{factory.UNITS}/local-fs.target.wants/efi.automount"] = Node(SYMLINK, 0o777, mtime=mtime, target="../efi.automount")


def add_memory_units(tree: Tree, mtime: int) -> None:
    """/tmp and /dev/shm: the root is read-only, and what can be written to is not executed."""
    for name, target in MEMORY_UNITS.items():
        places = (f"{factory.UNITS}/{name}", f"etc/systemd/system/{name}")
        if not any(place in tree for place in places):
            tree[places[0]] = Node(FILE, 0o644, mtime=mtime, content=(_UNITS / name).read_bytes())
            tree[f"{factory.UNITS}/{target}.wants/{name}"] = Node(SYMLINK, 0o777, mtime=mtime, target=f"../{name}")


def declare_esp(tree: Tree, mtime: int) -> None:
    """Whoever puts the boot image there, and nothing else, can have a reset remove everything else. The image itself needs no line, and
    could not carry its own hash: what a boot came from stays."""
    if ESP_LIST in tree:
        return
    text = f"# {_GENERATED} The boot image that the machine was started from stays; nothing else belongs on its EFI system partition.\n"
    tree[ESP_LIST] = Node(FILE, 0o644, mtime=mtime, content=text.encode())
    settings = tree[factory.SETTINGS].data().decode()
    if not re.search(r"(?m)^\s*undeclared\s*=", settings):
        factory.set_text(tree, factory.SETTINGS, f"{settings}\n# {_GENERATED}\n[ESP]\nundeclared=remove\n", mtime)


def make_read_only(
    tree: Tree, tops: Sequence[str], esp: uuid.UUID, lister: Path, mtime: int, form: Form = ROOT, places: Sequence[str] = ()
) -> str:
    """`tops`: what becomes a factory tree, see factory_tops(); `places`: where volumes are mounted. Returns the factory digest."""
    drop_boot_files(tree)
    factory.mask_units(tree, list(factory.MASKED_UNITS), mtime)
    if f"{factory.UNITS}/efi.mount" not in tree:
        add_esp_units(tree, esp, mtime)
    add_memory_units(tree, mtime)
    declare_esp(tree, mtime)
    factory.forget_machine(tree, mtime)
    if form == USR:
        factory.keep_usr(tree, tops, mtime)
    else:
        if "usr/lib/tmpfiles.d/home.conf" in tree:
            tree.remove("usr/lib/tmpfiles.d/home.conf")  # /home and /root are links into /var
        factory.relocate(tree, tops, mtime, places)
    return factory.finish(tree, lister, mtime, form == USR)


def say(text: str) -> None:
    print(f"cleanslate-image: {text}", flush=True)


def unused(path: Path) -> Path:
    if path.exists():
        raise SystemExit(f"cleanslate-image: {path} exists; it is not replaced. Name another, or remove it")
    return path


def make_keys(options: argparse.Namespace) -> None:
    directory: Path = unused(options.directory)
    pcrsig.make_keys(directory / "pcr-private.pem", directory / "pcr-public.pem")
    secure_boot.make_keys(directory, secure_boot.KEYS)
    secure_boot.make_keys(directory, [root_signature.NAME])
    (directory / f"{root_signature.NAME}.der").write_bytes(secure_boot.der(directory / f"{root_signature.NAME}.crt"))
    say(f"{directory}: keys for Secure Boot (PK, KEK, db), the TPM's policy (pcr) and the root file system ({root_signature.NAME})")


def enroll(options: argparse.Namespace) -> None:
    certificates = {name: secure_boot.der(options.keys / f"{name}.crt") for name in secure_boot.KEYS}
    try:
        store = secure_boot.enrolled(options.template.read_bytes(), certificates)
    except ValueError as error:
        raise SystemExit(f"cleanslate-image: {options.template}: {error}") from error
    unused(options.output).write_bytes(store)


def byte_size(text: str) -> int:
    match = re.fullmatch(r"([0-9]+)([MGT])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; 4G, for example")
    return int(match[1]) << {"M": 20, "G": 30, "T": 40}[match[2]]


def refuse(path: Path, found: Sequence[str]) -> None:
    if found:
        raise SystemExit(f"cleanslate-image: {path} cannot become an image yet:\n" + "".join(f"  - {text}\n" for text in found))


def read_root(path: Path) -> Tree:
    try:
        return read_tar(path)
    except UnsafeArchive as error:
        raise SystemExit(f"cleanslate-image: {path} is not taken as a root file system:{error}") from error
    except (OSError, tarfile.TarError) as error:
        raise SystemExit(f"cleanslate-image: {path} is no uncompressed tar archive that can be read: {error}") from error


def write_root(tree: Tree, form: Form, output: Path) -> str:
    """squashfs and its verity tree; returns the root hash."""
    data, hashes = (output / f"{form.name}.{end}" for end in ("squashfs", "verity"))
    with tempfile.TemporaryDirectory(dir=output) as work:
        tar = Path(work) / "root.tar"
        with tar.open("wb") as stream:
            write_tar(form.content(tree), stream)
        root.make_squashfs(tar, data)
    return root.make_verity(data, hashes)


def check_keys(keys: Path) -> None:
    wanted = ["pcr-private.pem", "pcr-public.pem", "db.key", "db.crt", *(f"{root_signature.NAME}.{end}" for end in ("key", "crt", "der"))]
    missing = [name for name in wanted if not (keys / name).is_file()]
    if missing:
        raise SystemExit(f"cleanslate-image: {keys} lacks {' '.join(missing)}; cleanslate-image keys makes a whole set")


def check_stub(stub: Path | None) -> None:
    try:
        if stub and uki.kind_of(stub.read_bytes()).ours:
            raise SystemExit("cleanslate-image: --stub names another stub than Cleanslate's; omit it for that")
    except (OSError, uki.UnknownStub) as error:
        raise SystemExit(f"cleanslate-image: no image is made around {stub}: {error}") from error


def choose_release(tree: Tree, wanted: str | None) -> str:
    known = releases(tree)
    if wanted is not None and wanted not in known:
        raise SystemExit(f"cleanslate-image: there is no kernel {wanted}; there are: {' '.join(known)}")
    return wanted or known[-1]


@dataclass(frozen=True)
class Build:
    """One image under way: what it is made from, and where its parts lie meanwhile."""

    options: argparse.Namespace
    release: str
    output: Path
    work: Path
    esp: uuid.UUID
    definitions: Sequence[Definition]

    @property
    def form(self) -> Form:
        return form_of(self.definitions)

    def prepare_initrd(self, tree: Tree, modules: Sequence[str]) -> None:
        take_kernel(tree, self.release, self.work / "kernel")
        if self.options.own_initrd:
            say(f"initrd of its own for the kernel {self.release}")
            (self.work / "initrd").write_bytes(tree[f"boot/initrd.img-{self.release}"].data())
        else:
            say(f"initrd for the kernel {self.release}")
            Toolbox(self.options.toolbox).pack(self.work / "kernel", [*self.options.module, *modules], self.work / "initrd")

    def prepare_root(self, tree: Tree) -> None:
        (self.work / "os-release").write_bytes(tree[factory.OS_RELEASE].data())
        (self.work / "settings").write_bytes(tree[factory.SETTINGS].data())

    def command_line(self, root_hash: str) -> str:
        beside = f" {_BESIDE}" if self.options.own_initrd else ""
        return uki.command_line_with(root_hash, self.options.command_line + beside, self.form)

    def make_boot_image(self, root_hash: str) -> Path:
        keys, toolbox, output = self.options.keys, Toolbox(self.options.toolbox), self.output / "image.efi"
        parts = uki.Parts(
            stub=self.options.stub or toolbox.stub,
            kernel=self.work / "kernel",
            initrd=self.work / "initrd",
            measure=toolbox.measure,
            os_release=self.work / "os-release",
            command_line=self.command_line(root_hash),
            private_key=keys / "pcr-private.pem",
            public_key=keys / "pcr-public.pem",
            settings=self.work / "settings",
            root_certificate=keys / f"{root_signature.NAME}.der",
        )
        uki.build(parts, self.work, output)
        secure_boot.sign(output, keys / "db.key", keys / "db.crt")
        say("unified kernel image, signed")
        return Path(output)

    def predict_pcrs(self, boot_image: Path) -> None:
        if self.options.stub:
            say("no expected-pcrs.json: it is not known what another stub has the firmware measure")
            return
        enrolled = self.options.keys if self.options.enrolled else None
        text = expected_pcrs.document(Toolbox(self.options.toolbox).measure, boot_image, enrolled)
        (self.output / "expected-pcrs.json").write_text(text, encoding="utf-8")

    def make_disk(self, boot_image: Path, root_hash: str) -> disk.Written:
        output, signature = self.output, self.work / "root-signature"
        signing = [self.options.keys / f"{root_signature.NAME}.{end}" for end in ("key", "crt")]
        signature.write_bytes(root_signature.document(root_hash, *signing))
        contents = disk.Contents(
            uki=boot_image,
            root=output / f"{self.form.name}.squashfs",
            verity=output / f"{self.form.name}.verity",
            root_hash=root_hash,
            root_signature=signature,
            disk_uuid=uuid.uuid5(_NAMESPACE, f"disk {self.options.image_id}"),
            esp_uuid=self.esp,
            size=self.options.size,
            form=self.form,
            least=judgement.least_sizes(self.definitions, self.form),
            esp_size=judgement.esp_size(self.definitions),
        )
        disk.write(contents, output / "disk.raw")
        return disk.Written(output / "disk.raw", self.esp, root_hash)


def finish(tree: Tree, options: argparse.Namespace, definitions: Sequence[Definition], esp: uuid.UUID, mtime: int) -> tuple[Tree, str, list[str]]:
    """The root file system of the image, in memory, its factory digest, and what of its definitions could not be built."""
    final = tree.copy()
    tops, places = factory_tops(tree, definitions), [definition.mount_point for definition in definitions]
    factory.identify(final, options.image_id, options.image_version, mtime)
    try:
        return final, make_read_only(final, tops, esp, Toolbox(options.toolbox).list_volumes, mtime, form_of(definitions), places), []
    except volumes.CannotBuild as error:
        return final, "", str(error).splitlines()


def lost_definitions(before: Sequence[Definition], after: Sequence[Definition]) -> list[str]:
    """/etc and /run of the tree are not part of the image, and /usr/local may be a link out of it: what they have of repart.d would be lost, and
    what they change or mask would be back."""

    def told(definitions: Sequence[Definition]) -> dict[str, Definition]:
        return {definition.file: dataclasses.replace(definition, copies=()) for definition in definitions}

    first, then = told(before), told(after)
    return [
        f"{file}: the definition would be another one in the image, or none: only /usr/lib/repart.d comes along. Put definition, drop-ins and "
        "masks there (what masks it in /etc or /run: remove it from /usr/lib as well)"
        for file in sorted({*first, *then})
        if first.get(file) != then.get(file)
    ]


def examine(tree: Tree, options: argparse.Namespace, judge: Judge, mtime: int) -> tuple[Tree, str, list[Definition]]:
    """Everything that stands against an image, said at once, before anything is written. Returns what finish() does, and the definitions."""
    judged = judge.ask(tree)
    found = problems(tree, judged.definitions, judged.is_read)
    is_whole = judged.is_read and not found
    found += judged.problems
    if releases(tree):
        release = choose_release(tree, options.kernel)
        found += module_problems(tree, release, judged.definitions)
        found += own_initrd_problems(tree, release) if options.own_initrd else []
    final, digest = tree, ""
    if is_whole:
        final, digest, unbuilt = finish(tree, options, judged.definitions, judge.esp, mtime)
        finished = judge.ask(final)
        found += [problem for problem in [*unbuilt, *finished.problems] if problem not in found]
        found += [] if finished.problems else lost_definitions(judged.definitions, finished.definitions)
    refuse(options.root, found)
    check_keys(options.keys)
    return final, digest, judged.definitions


def make(options: argparse.Namespace, output: Path, tree: Tree, judge: Judge, mtime: int) -> None:
    """All of it, in a directory that is not the one asked for yet."""
    final, digest, definitions = examine(tree, options, judge, mtime)
    form = form_of(definitions)
    say(f"read-only {'root' if form == ROOT else '/usr; the device builds its root file system'}; factory digest {digest}")
    with tempfile.TemporaryDirectory(dir=output) as work:
        made = Build(options, choose_release(tree, options.kernel), output, Path(work), judge.esp, definitions)
        made.prepare_initrd(tree, judgement.needed_modules(definitions))
        made.prepare_root(final)
        root_hash = write_root(final, form, output)
        boot_image = made.make_boot_image(root_hash)
        made.predict_pcrs(boot_image)
        refuse(options.root, judge.ask(final, made.make_disk(boot_image, root_hash)).problems)
    (output / "factory-digest").write_text(digest + "\n", encoding="ascii")
    (output / f"{form.name}-hash").write_text(root_hash + "\n", encoding="ascii")


def build(options: argparse.Namespace) -> None:
    output: Path = unused(options.output)
    toolbox = Toolbox(options.toolbox)
    if not toolbox.check_policy.exists():
        raise SystemExit(f"cleanslate-image: {toolbox.directory} lacks the stub and programs that images are made with. Install the package "
                         "cleanslate-image, or install from the tree (make install-image-builder DESTDIR=DIR) and set CLEANSLATE_TOOLBOX=DIR/usr/lib/cleanslate.")
    check_stub(options.stub)
    tree = read_root(options.root)
    mtime = int(os.environ.get("SOURCE_DATE_EPOCH", "0")) or int(options.root.stat().st_mtime)
    os.environ["SOURCE_DATE_EPOCH"] = str(mtime)  # for the programs that are run
    judge = Judge(toolbox.check_policy, uuid.uuid5(_NAMESPACE, f"esp {options.image_id}"), options.size)
    output.parent.mkdir(parents=True, exist_ok=True)
    # It has its name only once it is whole: nothing is left of an image that was refused.
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as unfinished:
        whole = Path(unfinished) / "output"
        whole.mkdir()
        make(options, whole, tree, judge, mtime)
        whole.rename(output)
    say(f"{output}/disk.raw is ready: write it to a disk, or start it")


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="cleanslate-image", description="Makes a machine that can be reset out of a root file system.")
    commands = result.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make new keys; a product's are better kept in hardware")
    keys.add_argument("directory", type=Path)
    keys.set_defaults(act=make_keys)
    ovmf = commands.add_parser("ovmf-variables", help="a variable store for OVMF in which the keys are enrolled")
    ovmf.add_argument("--keys", type=Path, required=True)
    ovmf.add_argument("--template", type=Path, default=Path("/usr/share/OVMF/OVMF_VARS_4M.fd"))
    ovmf.add_argument("output", type=Path)
    ovmf.set_defaults(act=enroll)
    password.add_command(commands)
    image = commands.add_parser("build", help="from a root file system as a tar archive to a disk")
    image.add_argument("--root", type=Path, required=True, help="the root file system as it would be in use, an uncompressed tar archive")
    image.add_argument("--keys", type=Path, required=True, help="a directory as the command keys makes it")
    image.add_argument("--image-id", required=True, help="the product: IMAGE_ID of os-release")
    image.add_argument("--image-version", required=True, help="IMAGE_VERSION of os-release")
    image.add_argument("--kernel", help="its release, where /boot has more than one; the last by name otherwise")
    image.add_argument("--module", action="append", default=[], help="a further kernel module for the initrd; may be given more than once")
    own = "take the initrd in /boot, where the package cleanslate-boot has put its program beside the distribution's own"
    image.add_argument("--own-initrd", action="store_true", help=own)
    stub = "build the image around this one, systemd-stub 252, or 257 or later, instead of Cleanslate's; what is lost by it: boot-loaders.md"
    image.add_argument("--stub", type=Path, help=stub)
    enrolled = "the devices' firmware has the keys PK, KEK and db of --keys as ovmf-variables enrolls them, and no others: expected-pcrs.json predicts PCR 7, too"
    image.add_argument("--enrolled", action="store_true", help=enrolled)
    image.add_argument("--command-line", default="quiet", help='of the kernel, beside what it has to have ("quiet")')
    image.add_argument("--size", type=byte_size, default=byte_size("4G"), help="of the disk (4G); the rest is for config and state")
    image.add_argument("--toolbox", type=Path, default=Path(__file__).resolve().parents[1], help=argparse.SUPPRESS)
    image.add_argument("output", type=Path, help="a directory that does not exist yet")
    image.set_defaults(act=build)
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    options.act(options)


if __name__ == "__main__":
    main()
