# udpdisc: one static binary, build/udpdisc; how it is tested is in tests/rules.mk.
# README.md tells what the targets are for.

# The version: of a source tarball that in its file VERSION, of a clone what git
# says, and NUMBER where there is no tag.
NUMBER = 0.1.0
RELEASE := $(shell scripts/version $(NUMBER))
VERSION := $(firstword $(RELEASE))
$(if $(VERSION),,$(error no version: scripts/version failed))
# Of what time the files in the tarballs are, in seconds since 1970.
ifeq ($(SOURCE_DATE_EPOCH),)
SOURCE_DATE_EPOCH = $(lastword $(RELEASE))
endif
MACHINE := $(shell uname -m)
ARCH := $(MACHINE)

# What is compiled is in OUT. For another ARCH than this machine's there are a
# compiler and kernel headers of Debian, and the musl that scripts/setup unpacked.
ifeq ($(ARCH),$(MACHINE))
OUT = build
SETUP = scripts/setup
KERNEL_INC = /usr/include
else
OUT = build/$(ARCH)
SETUP = scripts/setup --arch $(ARCH)
KERNEL_INC = /usr/$(ARCH)-linux-gnu/include
SYSROOT = build/sysroot/$(ARCH)
ifeq ($(origin CC),default)
CC = $(ARCH)-linux-gnu-gcc
endif
endif

# musl, wherever it lives: Debian keeps it beside glibc, Alpine is made of it.
MUSL_LIB := $(firstword $(foreach d,$(SYSROOT)/usr/lib/$(ARCH)-linux-musl \
	$(if $(SYSROOT),,/usr/lib),$(if $(wildcard $(d)/rcrt1.o),$(d))))
MUSL_INC := $(if $(filter /usr/lib,$(MUSL_LIB)),/usr/include,$\
	$(SYSROOT)/usr/include/$(ARCH)-linux-musl)
# A source tarball has cJSON in it; scripts/setup fetches it for a clone.
CJSON_DIR ?= $(if $(wildcard cjson/cJSON.c),cjson,build/cjson)
export CJSON_DIR

# V=1 shows the commands.
Q = $(if $(V),,@)

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wvla \
	-Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wwrite-strings \
	-Wpointer-arith -Wcast-align -Wimplicit-fallthrough -Werror \
	-Wno-missing-field-initializers
# As small as the compiler can: gcc before 12 knows only -Os.
CFLAGS = $(SMALLEST) $(SHORTER) $(NEAR)
SMALLEST := $(shell $(CC) -Oz -E -x c /dev/null >/dev/null 2>&1 && \
	echo -Oz || echo -Os)
# What gcc takes for a gain and is none in size; clang doesn't know these.
# Link-time optimization sees all files as one; lint reads the fat objects.
NO_GAIN = -fno-caller-saves -fno-move-loop-invariants \
	-fno-tree-dominator-opts -fno-gcse -fno-ident \
	-flto -ffat-lto-objects -flto-partition=one \
	-fno-inline-functions-called-once
SHORTER := $(shell $(CC) -Werror $(NO_GAIN) -E -x c /dev/null >/dev/null 2>&1 \
	&& echo $(NO_GAIN))
# All is within 1 MB, so that one instruction makes an address.
NEAR = $(if $(filter aarch64,$(ARCH)),-mcmodel=tiny)
# Every file begins with the list of functions that nobody may call.
STD_FLAGS = -std=c11 -D_GNU_SOURCE -Isrc \
	-I$(CJSON_DIR) -Ibuild -include src/base/banned.h
# cJSON reads numbers by ours, which are strict, prints nothing, and gets by
# without printf and scanf, which are large.
CJSON_FLAGS = -Dstrtod=json_read_number -Dsprintf=json_print_nothing \
	-Dsscanf=json_scan_nothing -Drealloc=json_grow_nothing
SMALL = -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fno-stack-protector -fomit-frame-pointer
MUSL_FLAGS = -fPIE -nostdinc -isystem $(MUSL_INC) -isystem $(OUT)/include \
	$(SMALL)
# musl-gcc -static-pie leaves a dynamic file, so the link is spelled out:
# rcrt1.o relocates the binary by itself, with no loader. It makes nothing
# read-only afterwards, so that RELRO would only pad the file to a page.
MUSL_LINK = -nostdlib -nostartfiles -static -Wl,-pie,--no-dynamic-linker \
	-Wl,-z,text,-z,norelro,-z,now,-z,noexecstack,--gc-sections,--build-id=none \
	-Wl,--hash-style=gnu,-s,-z,noseparate-code,-z,common-page-size=16 \
	-Wl,--sort-section=alignment \
	$(if $(filter x86_64,$(ARCH)),-Xlinker --no-ld-generated-unwind-info)
LIBGCC = $(shell $(CC) -print-libgcc-file-name)

link = $(CC) $(MUSL_LINK) $(CFLAGS) -o $1 $(MUSL_LIB)/rcrt1.o \
	$2 $(MUSL_LIB)/libc.a $(LIBGCC)

# Sorted: make's own order is that of the locale, or of the folder.
SRC := $(sort $(wildcard src/*.c)) \
	$(filter-out src/share/%,$(sort $(wildcard src/*/*.c)))
PURE := $(filter src/base/% src/core/%,$(SRC))
HEADERS = $(wildcard src/*/*.h) src/cmd/options.def $(CJSON_DIR)/cJSON.h
OBJ = $(SRC:src/%.c=$(OUT)/obj/%.o) $(OUT)/obj/cJSON.o

PROGRAM = $(OUT)/udpdisc
COMPLETION = build/udpdisc.bash-completion

.PHONY: all
all: $(PROGRAM) $(if $(SYSROOT),,$(COMPLETION))

# --- the shipped binary ----------------------------------------------------

$(PROGRAM): $(OBJ)
	$(Q)$(call link,$@.tmp,$(OBJ))
	@! LC_ALL=C readelf -ld $@.tmp | grep -E 'INTERP|NEEDED' || \
		{ echo '$@: the binary is not static' >&2; exit 1; }
	$(Q)mv $@.tmp $@

# All that is linked, and no binary: for lint, of sources that would not link.
.PHONY: compiled
compiled: $(OBJ)

$(OUT)/obj/%.o: src/%.c $(HEADERS) Makefile | $(OUT)/include
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(MUSL_FLAGS) $(WARNINGS) $(CFLAGS) -c -o $@ $<

$(OUT)/obj/cmd/texts.o: build/share/packed.h

$(OUT)/obj/cJSON.o: $(CJSON_DIR)/cJSON.c Makefile | $(OUT)/include
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CJSON_FLAGS) $(MUSL_FLAGS) $(CFLAGS) -c -o $@ $<

$(CJSON_DIR)/cJSON.c $(CJSON_DIR)/cJSON.h:
	@echo "no cJSON source in '$(CJSON_DIR)': run scripts/setup, which" \
		"fetches it, or give CJSON_DIR=DIR" >&2; exit 1

# What the program prints as it is, packed by a tool that runs while it is built;
# the headers of a second C library need not be there.
HOSTCC := $(shell command -v musl-gcc || echo cc)
TEXTS = $(foreach f,$(sort $(wildcard src/share/help/*[a-z])),$(notdir $f)=$f) \
	unit=src/share/udpdisc.service .bash=src/share/completion.bash

build/share/pack: src/share/pack.c src/base/unpack.h src/cmd/options.def
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -O1 -Isrc -o $@ $<

# The folder too, since a text can go.
build/share/packed.h: build/share/pack src/share/help Makefile \
		$(wildcard src/share/*.* src/share/help/*)
	$(Q)build/share/pack $(TEXTS) >$@.tmp
	$(Q)mv $@.tmp $@

# Only main.c has it, and only another version makes it anew.
$(OUT)/obj/main.o: build/version.h
build/version.h: always
	@mkdir -p $(@D)
	@echo '#define VERSION "$(VERSION)"' | cmp -s - $@ || \
		{ echo '#define VERSION "$(VERSION)"' >$@.tmp && mv $@.tmp $@; }
.PHONY: always

# The kernel's headers, and of /usr/include nothing else.
$(OUT)/include:
	@test -n "$(MUSL_LIB)" && command -v $(firstword $(CC)) >/dev/null || \
		{ echo 'no compiler or no musl for $(ARCH): run $(SETUP)' >&2; \
		exit 1; }
	@mkdir -p $@.tmp
	@for d in linux asm-generic; do ln -sfn $(KERNEL_INC)/$$d $@.tmp/$$d; done
	@for d in $(KERNEL_INC)/asm $(KERNEL_INC)/$(ARCH)-linux-gnu/asm; do \
		test ! -d $$d || ln -sfn $$d $@.tmp/asm; done
	@mv $@.tmp $@

# --- install -----------------------------------------------------------------

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share
MANDIR = $(DATADIR)/man
DOCDIR = $(DATADIR)/doc/udpdisc
EXAMPLESDIR = $(DOCDIR)/examples
COMPLETIONDIR = $(DATADIR)/bash-completion/completions
UNITDIR = $(PREFIX)/lib/systemd/system
INSTALL = install

quoted = '$(subst ','\'',$1)'
# Any folder will do, also with blanks and quotes in its name.
DEST = $(call quoted,$(DESTDIR))
FOLDERS = $(foreach d,BINDIR MANDIR DOCDIR EXAMPLESDIR COMPLETIONDIR UNITDIR,\
	$(call quoted,$($d)))
UNIT_FILE = $(UNITDIR)/udpdisc.service
section = $(patsubst .%,%,$(suffix $1))
# FILE:PLACE of all that is a copy; the unit is made for BINDIR.
COPIES = $(foreach f,$(wildcard man/*.[1-9]),\
		$f:$(MANDIR)/man$(call section,$f)/$(notdir $f)) \
	$(COMPLETION):$(COMPLETIONDIR)/udpdisc \
	$(foreach f,README.md CHANGELOG.md LICENSE,$f:$(DOCDIR)/$f) \
	$(foreach f,$(wildcard src/share/examples/*),\
		$f:$(EXAMPLESDIR)/$(notdir $f)) \
	$(PROGRAM):$(BINDIR)/udpdisc

# By the binary that runs here.
ifdef SYSROOT
$(COMPLETION): always | $(PROGRAM)
	$(Q)$(MAKE) -s ARCH=$(MACHINE) CC=cc $@
else
$(COMPLETION): $(PROGRAM)
	$(Q)$(PROGRAM) completion bash >$@.tmp && mv $@.tmp $@
endif

# They follow DESTDIR, and one stands in the unit.
.PHONY: check-folders
check-folders:
	@LC_ALL=C; for d in $(FOLDERS); do case $$d in \
		[!/]* | *[!A-Za-z0-9/._+-]*) echo "bad folder '$$d'; expected" \
			'an absolute path of letters, digits and ._+-' >&2; exit 1;; \
		esac; done

.PHONY: install
install: check-folders $(PROGRAM) $(COMPLETION)
	$(Q)umask 022; mode=644; for pair in $(COPIES); do \
		to=$(DEST)$${pair#*:}; mkdir -p "$${to%/*}" || exit; \
		case $$pair in $(PROGRAM):*) mode=755;; esac; \
		$(INSTALL) -m $$mode "$${pair%%:*}" "$$to" && echo "$$to" || exit; \
	done
	$(Q)umask 022; to=$(DEST)$(UNIT_FILE); mkdir -p "$${to%/*}" && \
		rm -f "$$to" && sed 's|/usr/local/bin|$(BINDIR)|g' \
		src/share/udpdisc.service >"$$to" && echo "$$to"

# All that install made but folders that others use too.
.PHONY: uninstall
uninstall: check-folders
	$(Q)for pair in $(COPIES) :$(UNIT_FILE); do \
		rm -f $(DEST)"$${pair#*:}" || exit; done
	$(Q)rmdir $(DEST)$(EXAMPLESDIR) $(DEST)$(DOCDIR) 2>/dev/null || :

# --- release -----------------------------------------------------------------

# Whatever was said of folders: a tarball is for /usr/local.
AS_PACKED = PREFIX=/usr/local $(foreach d,BINDIR=bin DATADIR=share \
	MANDIR=share/man DOCDIR=share/doc/udpdisc \
	EXAMPLESDIR=share/doc/udpdisc/examples \
	COMPLETIONDIR=share/bash-completion/completions \
	UNITDIR=lib/systemd/system,$(subst =,=/usr/local/,$d))

.PHONY: dist
dist: all
	@rm -rf build/dist/root
	@$(MAKE) -s install DESTDIR=build/dist/root $(AS_PACKED) >/dev/null
	@scripts/dist $(VERSION) $(SOURCE_DATE_EPOCH) linux-$(ARCH) \
		'$(CJSON_DIR)'

# All but what was fetched: the source of cJSON, and another machine's musl.
.PHONY: clean
clean:
	test ! -d build || find build -mindepth 1 -maxdepth 1 ! -name cjson \
		! -name sysroot -exec rm -rf {} +

include tests/rules.mk
