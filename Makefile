# udpdisc: one static binary, build/udpdisc. `make help` lists the targets.

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
	-I$(CJSON_DIR) -include src/base/banned.h
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

SRC := $(wildcard src/*.c src/*/*.c)
PURE := $(filter src/base/% src/core/%,$(SRC))
HEADERS = $(wildcard src/*/*.h) $(CJSON_DIR)/cJSON.h
OBJ = $(SRC:src/%.c=build/obj/%.o) build/obj/cJSON.o

.PHONY: all
all: build/udpdisc

# --- the shipped binary ----------------------------------------------------

build/udpdisc: $(OBJ)
	$(Q)$(CC) $(MUSL_LINK) $(CFLAGS) -o $@.tmp $(MUSL_LIB)/rcrt1.o \
		$(MUSL_LIB)/crti.o $(OBJ) $(MUSL_LIB)/libc.a $(LIBGCC) $(MUSL_LIB)/crtn.o
	@! LC_ALL=C readelf -ld $@.tmp | grep -E 'INTERP|NEEDED' || \
		{ echo '$@: the binary is not static' >&2; exit 1; }
	$(Q)mv $@.tmp $@

build/obj/%.o: src/%.c $(HEADERS) Makefile | build/include
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(MUSL_FLAGS) $(WARNINGS) $(CFLAGS) -c -o $@ $<

build/obj/cJSON.o: $(CJSON_DIR)/cJSON.c Makefile | build/include
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CJSON_FLAGS) $(MUSL_FLAGS) $(CFLAGS) -c -o $@ $<

$(CJSON_DIR)/cJSON.c $(CJSON_DIR)/cJSON.h:
	@echo "no cJSON source in '$(CJSON_DIR)': run scripts/setup, which" \
		"fetches it, or give CJSON_DIR=DIR" >&2; exit 1

# The kernel's headers, and of /usr/include nothing else.
build/include:
	@test -n "$(MUSL_LIB)" || \
		{ echo 'musl is missing: run scripts/setup' >&2; exit 1; }
	@mkdir -p $@.tmp
	@for d in linux asm-generic; do ln -sfn /usr/include/$$d $@.tmp/$$d; done
	@for d in /usr/include/asm /usr/include/$(ARCH)-linux-gnu/asm; do \
		test ! -d $$d || ln -sfn $$d $@.tmp/asm; done
	@mv $@.tmp $@

# --- tests: the same sources against glibc, with ASan and UBSan --------------

SANITIZE = -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
PYTHON = /usr/bin/python3
# Which tests: make check-unit TEST=test_num, make check-net TEST='-k flap'.
TEST =

UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
ASAN_PURE = $(PURE:src/%.c=build/asan/obj/%.o) build/asan/obj/cJSON.o
ASAN_ALL = $(SRC:src/%.c=build/asan/obj/%.o) build/asan/obj/cJSON.o
# libFuzzer is clang's, and so are the objects that it watches.
FUZZ_PURE = $(PURE:src/%.c=build/fuzz/obj/%.o) build/fuzz/obj/cJSON.o

build/asan/obj/%.o: src/%.c $(HEADERS) Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -c -o $@ $<

build/asan/obj/cJSON.o: $(CJSON_DIR)/cJSON.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CJSON_FLAGS) $(SANITIZE) -c -o $@ $<

build/asan/udpdisc: $(ASAN_ALL)
	$(Q)$(CC) $(SANITIZE) -o $@ $(ASAN_ALL)

# Links core and base and nothing else: that they link proves that these use
# no sys, engine or cmd; scripts/lint proves the rest.
build/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(ASAN_PURE)
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -Itests/unit -o $@ $< \
		$(ASAN_PURE) -lcmocka

build/fuzz/obj/%.o: src/%.c $(HEADERS) Makefile
	@mkdir -p $(@D)
	$(Q)clang $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -fsanitize=fuzzer-no-link \
		-c -o $@ $<

build/fuzz/obj/cJSON.o: $(CJSON_DIR)/cJSON.c Makefile
	@mkdir -p $(@D)
	$(Q)clang -std=c11 $(CJSON_FLAGS) $(SANITIZE) \
		-fsanitize=fuzzer-no-link -c -o $@ $<

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(wildcard tests/unit/*.h) $(FUZZ_PURE)
	$(Q)clang $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -fsanitize=fuzzer -o $@ $< \
		$(FUZZ_PURE)

.SECONDARY:
.PHONY: check check-unit check-cli check-net check-asan check-fuzz fuzz \
	check-clang lint
check:
	scripts/check

check-unit: $(UNIT:%=build/unit/%)
	@rc=0; for t in $(if $(TEST),$(TEST),$(UNIT)); do \
		build/unit/$$t || rc=1; done; exit $$rc

check-cli: build/udpdisc
	tests/run cli $(TEST)

check-net: build/udpdisc
	tests/run net $(TEST)

# The black-box tests again, of a binary that watches itself.
check-asan: build/asan/udpdisc
	UDPDISC=$(CURDIR)/build/asan/udpdisc UDPDISC_KIND=sanitized \
		tests/run cli $(TEST)
	UDPDISC=$(CURDIR)/build/asan/udpdisc UDPDISC_KIND=sanitized \
		tests/run net $(TEST)

# Replays the seeds; `make fuzz FUZZ_TIME=60` looks for more, in seconds each.
check-fuzz: $(FUZZ:%=build/fuzz/%)
	@for t in $(FUZZ); do \
		build/fuzz/$$t -runs=0 -artifact_prefix=build/fuzz/ \
			tests/fuzz/$$t.seeds 2>&1 | \
			grep -q 'DONE\|Done' && echo "$$t: ok" || \
			{ echo "$$t: failed"; exit 1; }; done

FUZZ_TIME = 60
fuzz: $(FUZZ:%=build/fuzz/%)
	@for t in $(FUZZ); do mkdir -p build/fuzz/$$t.corpus; \
		build/fuzz/$$t -max_total_time=$(FUZZ_TIME) \
			-artifact_prefix=build/fuzz/ -print_final_stats=1 \
			build/fuzz/$$t.corpus tests/fuzz/$$t.seeds || exit 1; done

lint: build/udpdisc
	scripts/lint

# The other compiler sees all sources too, with the same warnings.
check-clang: | build/include
	$(Q)for f in $(SRC); do clang $(STD_FLAGS) $(MUSL_FLAGS) $(WARNINGS) \
		-fsyntax-only $$f || exit 1; done

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

.PHONY: clean
clean:
	rm -rf build/obj build/include build/asan build/unit build/fuzz \
		build/udpdisc*
