# udpdisc: one static binary, build/udpdisc; how it is tested is in tests/rules.mk.
# README.md tells what the targets are for.

VERSION = 0.1.0
ARCH := $(shell uname -m)

# musl, wherever it lives: Debian keeps it beside glibc, Alpine is made of it.
MUSL_LIB := $(firstword $(foreach d,/usr/lib/$(ARCH)-linux-musl /usr/lib,\
	$(if $(wildcard $(d)/rcrt1.o),$(d))))
MUSL_INC := $(if $(filter /usr/lib,$(MUSL_LIB)),/usr/include,$\
	/usr/include/$(ARCH)-linux-musl)
CJSON_DIR ?= build/cjson

# V=1 shows the commands.
Q = $(if $(V),,@)

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wvla \
	-Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wwrite-strings \
	-Wpointer-arith -Wcast-align -Wimplicit-fallthrough -Werror \
	-Wno-missing-field-initializers
# As small as the compiler can: gcc before 12 knows only -Os.
CFLAGS = $(SMALLEST) $(SHORTER)
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
# Every file begins with the list of functions that nobody may call.
STD_FLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Isrc \
	-I$(CJSON_DIR) -Ibuild -include src/base/banned.h
# cJSON reads numbers by ours, which are strict, prints nothing, and gets by
# without printf and scanf, which are large.
CJSON_FLAGS = -Dstrtod=json_read_number -Dsprintf=json_print_nothing \
	-Dsscanf=json_scan_nothing -Drealloc=json_grow_nothing
SMALL = -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fno-stack-protector -fomit-frame-pointer
MUSL_FLAGS = -fPIE -nostdinc -isystem $(MUSL_INC) -isystem build/include \
	$(SMALL)
# musl-gcc -static-pie leaves a dynamic file, so the link is spelled out:
# rcrt1.o relocates the binary by itself, with no loader. It makes nothing
# read-only afterwards, so that RELRO would only pad the file to a page.
MUSL_LINK = -nostdlib -nostartfiles -static -Wl,-pie,--no-dynamic-linker \
	-Wl,-z,text,-z,norelro,-z,now,-z,noexecstack,--gc-sections,--build-id=none \
	-Wl,--hash-style=gnu,-s,-z,noseparate-code,-z,common-page-size=16 \
	-Wl,--sort-section=alignment,--no-ld-generated-unwind-info
LIBGCC = $(shell $(CC) -print-libgcc-file-name)

link = $(CC) $(MUSL_LINK) $(CFLAGS) -o $1 $(MUSL_LIB)/rcrt1.o \
	$2 $(MUSL_LIB)/libc.a $(LIBGCC)

SRC := $(filter-out src/share/%,$(wildcard src/*.c src/*/*.c))
PURE := $(filter src/base/% src/core/%,$(SRC))
HEADERS = $(wildcard src/*/*.h) src/cmd/options.def $(CJSON_DIR)/cJSON.h
OBJ = $(SRC:src/%.c=build/obj/%.o) build/obj/cJSON.o

.PHONY: all
all: build/udpdisc

# --- the shipped binary ----------------------------------------------------

build/udpdisc: $(OBJ)
	$(Q)$(call link,$@.tmp,$(OBJ))
	@! LC_ALL=C readelf -ld $@.tmp | grep -E 'INTERP|NEEDED' || \
		{ echo '$@: the binary is not static' >&2; exit 1; }
	$(Q)mv $@.tmp $@

# All that is linked, and no binary: for lint, of sources that would not link.
.PHONY: compiled
compiled: $(OBJ)

build/obj/%.o: src/%.c $(HEADERS) Makefile | build/include
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(MUSL_FLAGS) $(WARNINGS) $(CFLAGS) -c -o $@ $<

build/obj/cmd/texts.o: build/share/packed.h

build/obj/cJSON.o: $(CJSON_DIR)/cJSON.c Makefile | build/include
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CJSON_FLAGS) $(MUSL_FLAGS) $(CFLAGS) -c -o $@ $<

$(CJSON_DIR)/cJSON.c $(CJSON_DIR)/cJSON.h:
	@echo "no cJSON source in '$(CJSON_DIR)': run scripts/setup, which" \
		"fetches it, or give CJSON_DIR=DIR" >&2; exit 1

# What the program prints as it is, packed by a tool that runs while it is built.
HOSTCC = cc
TEXTS = $(foreach f,$(wildcard src/share/help/*),$(notdir $f)=$f) \
	unit=src/share/udpdisc.service .bash=src/share/completion.bash

build/share/pack: src/share/pack.c src/base/unpack.h src/cmd/options.def
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -O1 -Isrc -o $@ $<

build/share/packed.h: build/share/pack $(wildcard src/share/* src/share/help/*)
	$(Q)build/share/pack $(TEXTS) >$@.tmp
	$(Q)mv $@.tmp $@

# The kernel's headers, and of /usr/include nothing else.
build/include:
	@test -n "$(MUSL_LIB)" || \
		{ echo 'musl is missing: run scripts/setup' >&2; exit 1; }
	@mkdir -p $@.tmp
	@for d in linux asm-generic; do ln -sfn /usr/include/$$d $@.tmp/$$d; done
	@for d in /usr/include/asm /usr/include/$(ARCH)-linux-gnu/asm; do \
		test ! -d $$d || ln -sfn $$d $@.tmp/asm; done
	@mv $@.tmp $@

# --- install -----------------------------------------------------------------

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
UNITDIR = $(PREFIX)/lib/systemd/system

.PHONY: install
install: build/udpdisc
	install -Dm755 build/udpdisc $(DESTDIR)$(BINDIR)/udpdisc
	install -Dm644 -t $(DESTDIR)$(MANDIR)/man1 man/*.1
	install -Dm644 -t $(DESTDIR)$(MANDIR)/man5 man/*.5
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|/usr/local/bin|$(BINDIR)|' src/share/udpdisc.service \
		>$(DESTDIR)$(UNITDIR)/udpdisc.service
	chmod 644 $(DESTDIR)$(UNITDIR)/udpdisc.service

# All but the source of cJSON, which was fetched.
.PHONY: clean
clean:
	test ! -d build || \
		find build -mindepth 1 -maxdepth 1 ! -name cjson -exec rm -rf {} +

include tests/rules.mk
