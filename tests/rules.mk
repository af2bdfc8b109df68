# How udpdisc is tested: included by the Makefile, run from its folder.

# --- tests: the same sources against glibc, with ASan and UBSan --------------

SANITIZE = -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
PYTHON = /usr/bin/python3
# Which tests: make check-unit TEST=test_num, make check-net TEST='-k flap'.
TEST =

UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(filter-out no_sandbox,$(patsubst tests/bench/%.c,%,$(wildcard \
	tests/bench/*.c)))

# The objects of all sources in build/$1, made by compiler $2 with flags $3:
# $1_ALL, and $1_PURE for those of core and base alone.
define objects
$1_ALL = $(SRC:src/%.c=build/$1/obj/%.o) build/$1/obj/cJSON.o
$1_PURE = $(PURE:src/%.c=build/$1/obj/%.o) build/$1/obj/cJSON.o

build/$1/obj/%.o: src/%.c $(HEADERS) Makefile tests/rules.mk
	@mkdir -p $$(@D)
	$$(Q)$2 $$(STD_FLAGS) $$(WARNINGS) $3 -c -o $$@ $$<

build/$1/obj/cmd/texts.o: build/share/packed.h
build/$1/obj/main.o: build/version.h

build/$1/obj/cJSON.o: $(CJSON_DIR)/cJSON.c Makefile tests/rules.mk
	@mkdir -p $$(@D)
	$$(Q)$2 -std=c11 $$(CJSON_FLAGS) $3 -c -o $$@ $$<
endef

$(eval $(call objects,asan,$$(CC),$$(SANITIZE)))
# libFuzzer is clang's, and so are the objects that it watches.
$(eval $(call objects,fuzz,clang,$$(SANITIZE) -O2 -fsanitize=fuzzer-no-link))

build/asan/udpdisc: $(asan_ALL)
	$(Q)$(CC) $(SANITIZE) -o $@ $(asan_ALL)

# Functions that fail when told to stand in place of these of the C library.
TORTURED = $(shell sed -n 's/^\tX.[^,]*, \([a-z]*\),.*/-Wl@--wrap=\1/p' \
	tests/torture/wrap.c | tr @ ,)

build/torture/udpdisc: tests/torture/wrap.c $(asan_ALL)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(SANITIZE) -o $@ $^ \
		$(TORTURED)

# Links core and base and nothing else: that they link proves that these use
# no sys, engine or cmd; scripts/lint proves the rest.
build/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(asan_PURE)
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -Itests/unit -o $@ $< \
		$(asan_PURE) -lcmocka

# An archive, of which most targets need core and base only: the others look at
# what reads the kernel's messages and argv.
fuzz_MORE = $(addprefix build/fuzz/obj/,sys/file.o sys/netlink.o sys/netdev.o \
	sys/neighbours.o cmd/arguments.o cmd/options.o)

build/fuzz/all.a: $(fuzz_PURE) $(fuzz_MORE)
	@rm -f $@
	$(Q)ar rc $@ $^

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c build/fuzz/all.a \
		$(wildcard tests/unit/*.h tests/fuzz/*.h)
	$(Q)clang $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -O2 -fsanitize=fuzzer \
		-o $@ $< build/fuzz/all.a

.SECONDARY:
.PHONY: check check-unit check-cli check-net check-asan check-fuzz fuzz \
	check-clang lint soak check-torture torture
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
check-asan: check-asan-cli check-asan-net

check-asan-%: build/asan/udpdisc
	UDPDISC=$(CURDIR)/build/asan/udpdisc UDPDISC_KIND=sanitized \
		tests/run $* $(TEST)

# Calls of the system and of the C library fail in turn: each of them in `make
# torture`.
torture: export UDPDISC_TORTURE = whole
check-torture torture: build/udpdisc build/torture/udpdisc
	tests/run torture $(TEST)

# Replays the seeds, each by itself; `make fuzz FUZZ_TIME=60` looks for more, in
# seconds each, and keeps what it finds in build/fuzz/NAME.corpus.
check-fuzz: $(FUZZ:%=build/fuzz/%)
	@rc=0; for t in $(FUZZ); do \
		if build/fuzz/$$t -artifact_prefix=build/fuzz/ \
			tests/fuzz/$$t.seeds/* >build/fuzz/$$t.log 2>&1; \
		then echo "$$t: ok"; \
		else rc=1; tail -40 build/fuzz/$$t.log; echo "$$t: failed"; \
		fi; done; exit $$rc

FUZZ_TIME = 60
fuzz: $(FUZZ:%=build/fuzz/%)
	@for t in $(FUZZ); do mkdir -p build/fuzz/$$t.corpus; dict=; \
		test ! -f tests/fuzz/$$t.dict || dict=-dict=tests/fuzz/$$t.dict; \
		build/fuzz/$$t -max_total_time=$(FUZZ_TIME) $$dict \
			-artifact_prefix=build/fuzz/ -print_final_stats=1 \
			build/fuzz/$$t.corpus tests/fuzz/$$t.seeds || exit 1; done

# serve and watch under a mixed load, for so many seconds, 10 at least.
SOAK_TIME = 1200
soak: build/udpdisc
	@PYTHONDONTWRITEBYTECODE=1 PATH=$$PATH:/usr/sbin:/sbin $(PYTHON) \
		tests/many_users.py 'mount -t tmpfs tmpfs /run && \
		ip link set lo up && exec "$$@"' \
		$(PYTHON) tests/soak/soak.py $(SOAK_TIME)

lint: build/udpdisc
	scripts/lint

# That lint sees what it is for.
.PHONY: check-lint
check-lint: compiled
	@mkdir -p build/tests
	PYTHONDONTWRITEBYTECODE=1 PYTEST_DEBUG_TEMPROOT=build/tests $(PYTHON) \
		-m pytest -p no:cacheprovider --rootdir=tests/lint -ra tests/lint \
		$(TEST)

# What make install and make dist leave, built in folders of their own; and that
# another folder, user and time make no other bytes.
DIST_TESTS = PYTHONDONTWRITEBYTECODE=1 PATH=$$PATH:/usr/sbin:/sbin $(PYTHON) \
	-m pytest -p no:cacheprovider --rootdir=tests/dist -ra
.PHONY: check-dist check-repro
check-dist:
	$(DIST_TESTS) tests/dist $(TEST)

check-repro:
	$(DIST_TESTS) tests/dist/test_repro.py $(TEST)

# The other compiler sees all sources too, with the same warnings.
check-clang: build/version.h build/share/packed.h | build/include
	$(Q)for f in $(SRC); do clang $(STD_FLAGS) $(MUSL_FLAGS) $(WARNINGS) \
		-fsyntax-only $$f || exit 1; done

# --- checkers that follow every path ----------------------------------------

# gcc -fanalyzer and clang-tidy (.clang-tidy) over all C, a stamp for each file;
# the fuzzers are for clang alone.
ANALYZED = $(SRC) src/share/pack.c $(wildcard tests/unit/*.c tests/fuzz/*.c tests/bench/*.c)
ANALYZED_H = $(HEADERS) build/share/packed.h build/version.h \
	$(wildcard tests/unit/*.h tests/fuzz/*.h tests/bench/*.h)
ANALYZED_FLAGS = $(STD_FLAGS) -Itests/unit -DANALYZED
# gcc 12 takes what is stored in an item of a list for lost; clang-tidy and the
# sanitizers look for leaks in these too.
build/analyze/src/core/results.gcc build/analyze/src/core/services.gcc: \
	ANALYZED_FLAGS += -Wno-analyzer-malloc-leak

build/analyze/%.gcc: %.c $(ANALYZED_H) Makefile tests/rules.mk
	@mkdir -p $(@D)
	$(Q)$(CC) $(ANALYZED_FLAGS) $(WARNINGS) -O1 -fanalyzer -c -o /dev/null $<
	@touch $@

build/analyze/%.tidy: %.c $(ANALYZED_H) Makefile tests/rules.mk .clang-tidy \
	tests/.clang-tidy
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- $(ANALYZED_FLAGS) >$@.log 2>&1 || \
		{ grep -A3 -E ' (error|warning): ' $@.log; exit 1; }
	@touch $@

build/analyze/src/main.gcc build/analyze/src/main.tidy: build/version.h

.PHONY: analyze
analyze: $(SRC:%.c=build/analyze/%.gcc) $(UNIT:%=build/analyze/tests/unit/%.gcc) \
	$(BENCH:%=build/analyze/tests/bench/%.gcc) \
	$(ANALYZED:%.c=build/analyze/%.tidy)

# --- valgrind: the same sources against glibc, without sanitizers ---------------

PLAIN = -g -O1
$(eval $(call objects,plain,$$(CC),$$(PLAIN)))

MEMCHECK = valgrind --quiet --error-exitcode=99 --leak-check=full \
	--show-leak-kinds=all --errors-for-leak-kinds=all --track-fds=yes \
	--soname-synonyms=somalloc=nouserintercepts \
	--log-file=$(CURDIR)/build/valgrind/%p.log

build/plain/udpdisc: $(plain_ALL)
	$(Q)$(CC) $(PLAIN) -o $@ $(plain_ALL)

build/plain/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(plain_PURE)
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(WARNINGS) $(PLAIN) -Itests/unit -o $@ $< \
		$(plain_PURE) -lcmocka

# The unit tests, but for the one that asks ASan what there is, and of the black-box
# tests some in which nobody minds that all is slow. A leak or a fault ends a run
# with 99; a descriptor that is open at its end was passed in.
VALGRIND_UNIT = $(filter-out test_watch_rounds,$(UNIT))
VALGRIND_CLI = test_ifaces.py test_discover.py test_serve.py \
	-k 'test_ifaces or shape or claims or test_reply'

.PHONY: valgrind
valgrind: build/plain/udpdisc $(VALGRIND_UNIT:%=build/plain/unit/%)
	@rm -rf build/valgrind && mkdir -p build/valgrind
	@chmod 1777 build/valgrind # serve becomes nobody
	@printf '#!/bin/sh\nexec %s %s "$$@"\n' '$(MEMCHECK)' \
		'$(CURDIR)/build/plain/udpdisc' >build/valgrind/udpdisc
	@chmod +x build/valgrind/udpdisc
	@rc=0; for t in $(VALGRIND_UNIT); do \
		$(MEMCHECK) build/plain/unit/$$t || rc=1; done; exit $$rc
	UDPDISC=$(CURDIR)/build/valgrind/udpdisc UDPDISC_KIND=sanitized \
		tests/run cli $(VALGRIND_CLI)
	@! grep -l 'Open file descriptor' build/valgrind/*.log | xargs -r grep \
		-A1 'Open file descriptor' | grep -vE 'Open file|inherited|^--'

# --- another architecture, run by qemu -----------------------------------------

FOREIGN = aarch64
FOREIGN_CC = $(FOREIGN)-linux-gnu-gcc
FOREIGN_ROOT = $(CURDIR)/build/sysroot/$(FOREIGN)
FOREIGN_LIB = $(FOREIGN_ROOT)/usr/lib/$(FOREIGN)-linux-gnu
FOREIGN_OUT = build/$(FOREIGN)
QEMU = /usr/bin/qemu-$(FOREIGN)-static

.PHONY: check-$(FOREIGN) check-$(FOREIGN)-unit check-$(FOREIGN)-cli
check-$(FOREIGN): check-$(FOREIGN)-unit check-$(FOREIGN)-cli

ifeq ($(MACHINE),$(FOREIGN))
NOT_FOREIGN = this machine is one, and check-unit and check-cli are its tests
else ifeq ($(and $(wildcard $(QEMU)),$(wildcard $(FOREIGN_LIB)/libcmocka.so)),)
NOT_FOREIGN = scripts/setup --test has not installed $(notdir $(QEMU)) and others, \
	which it does on Debian for x86_64
endif

ifdef NOT_FOREIGN
check-$(FOREIGN)-unit check-$(FOREIGN)-cli:
	@echo '$@: skipped: $(NOT_FOREIGN)'
else
$(eval $(call objects,$(FOREIGN)/plain,$$(FOREIGN_CC),$$(PLAIN)))

$(FOREIGN_OUT)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) \
		$($(FOREIGN)/plain_PURE)
	@mkdir -p $(@D)
	$(Q)$(FOREIGN_CC) $(STD_FLAGS) $(WARNINGS) $(PLAIN) -DUNDER_QEMU -Itests/unit \
		-isystem $(FOREIGN_ROOT)/usr/include -o $@ $< \
		$($(FOREIGN)/plain_PURE) -L$(FOREIGN_LIB) -lcmocka

check-$(FOREIGN)-unit: $(VALGRIND_UNIT:%=$(FOREIGN_OUT)/unit/%)
	@rc=0; for t in $(if $(TEST),$(TEST),$(VALGRIND_UNIT)); do \
		$(QEMU) -L /usr/$(FOREIGN)-linux-gnu \
			-E LD_LIBRARY_PATH=$(FOREIGN_LIB) \
			$(FOREIGN_OUT)/unit/$$t || rc=1; done; exit $$rc

# Starts the binary of the same name.
$(FOREIGN_OUT)/start/%: tests/foreign/start.c tests/rules.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O1 -DQEMU='"$(QEMU)"' \
		-DFOREIGN='"$(CURDIR)/$(FOREIGN_OUT)/$*"' -o $@ $<

check-$(FOREIGN)-cli: $(FOREIGN_OUT)/start/udpdisc $(FOREIGN_OUT)/start/list
	$(Q)$(MAKE) -s ARCH=$(FOREIGN) all $(FOREIGN_OUT)/list
	UDPDISC=$(CURDIR)/$(FOREIGN_OUT)/start/udpdisc UDPDISC_KIND=foreign \
		tests/run cli $(TEST)
endif

# The list of system calls alone.
$(OUT)/list: tests/foreign/list.c src/sys/sandbox.c $(HEADERS) Makefile \
		tests/rules.mk | $(OUT)/include
	$(Q)$(CC) $(STD_FLAGS) $(MUSL_FLAGS) $(WARNINGS) -O1 -c -o $@.o $<
	$(Q)$(call link,$@,$@.o)

# --- coverage ------------------------------------------------------------------

# The unit tests as they are, and the program as it ships, with its list of system
# calls, but for the optimization and tests/coverage/counters.c.
COVERAGE = -O0 --coverage -fprofile-abs-path
COVERAGE_SHIPPED = $(MUSL_FLAGS) -g $(COVERAGE) -fprofile-update=atomic \
	-fprofile-info-section=coverage
COVERAGE_OBJ = $(SRC:src/%.c=build/coverage/obj/%.o) build/obj/cJSON.o \
	build/coverage/counters.o

$(eval $(call objects,coverage/unit,$$(CC),$$(SANITIZE) $$(COVERAGE)))

build/coverage/unit/test_%: tests/unit/test_%.c $(wildcard tests/unit/*.h) \
		$(coverage/unit_PURE)
	$(Q)$(CC) $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -Itests/unit -o $@ $< \
		$(coverage/unit_PURE) -lcmocka -lgcov

build/coverage/obj/%.o: src/%.c $(HEADERS) Makefile tests/rules.mk \
		| build/include
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(WARNINGS) $(COVERAGE_SHIPPED) -c -o $@ $<

build/coverage/obj/main.o: build/version.h

build/coverage/counters.o: tests/coverage/counters.c Makefile tests/rules.mk \
		| build/include
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(MUSL_FLAGS) -O1 \
		-DCOUNTERS='"$(CURDIR)/build/coverage/counters"' -c -o $@ $<

build/coverage/udpdisc: $(COVERAGE_OBJ) tests/coverage/counters.ld
	$(Q)$(CC) $(MUSL_LINK) -Wl,-T,tests/coverage/counters.ld -o $@ \
		$(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o $(COVERAGE_OBJ) \
		$(shell $(CC) -print-file-name=libgcov.a) $(MUSL_LIB)/libc.a \
		$(LIBGCC) $(MUSL_LIB)/crtn.o

.PHONY: build-coverage coverage
build-coverage: build/coverage/udpdisc $(UNIT:%=build/coverage/unit/%)

# Which lines the tests run; the last line of what it prints is the total.
coverage:
	scripts/coverage

# --- mutations -----------------------------------------------------------------

# Which changes of core the unit tests miss: MUTATE=core/tged looks at one file.
MUTATE =
.PHONY: mutations
mutations: $(CJSON_DIR)/cJSON.c
	scripts/mutations $(MUTATE)

# --- what scripts/bench measures beside udpdisc: tests/bench ----------------------

# The program with some of its commands, which shows what they cost.
KEPT_server = serve
KEPT_client = discover discover-one ifaces check-segmented
KEPT_look = ifaces check-segmented

.PHONY: build-bench
build-bench: build/udpdisc $(BENCH:%=build/bench/%) build/bench/udpdisc-open \
	build/bench/udpdisc-server build/bench/udpdisc-client \
	build/bench/udpdisc-look

# That each measurement works: its figures mean nothing.
.PHONY: check-bench
check-bench: build-bench
	@if scripts/bench --quick; then echo 'bench: ok'; \
		else echo 'bench: failed'; exit 1; fi

build/bench/obj/%.o: tests/bench/%.c $(wildcard tests/bench/*.h) $(HEADERS) \
		Makefile tests/rules.mk | build/include
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -Isrc $(MUSL_FLAGS) $(WARNINGS) -O2 -c \
		-o $@ $<

$(BENCH:%=build/bench/%): build/bench/%: build/bench/obj/%.o
	$(Q)$(call link,$@,$<)

# As it is, but for the rights that it gives up.
build/bench/udpdisc-open: build/bench/obj/no_sandbox.o $(OBJ)
	$(Q)$(call link,$@,$(filter-out build/obj/sys/sandbox.o,$^))

# A row of the table of commands is two lines.
build/bench/main-%.c: src/main.c tests/rules.mk
	@mkdir -p $(@D)
	$(Q)awk -v kept=' $(KEPT_$*) help ' -F '"' \
		'/^\t\{"/ { out = !index(kept, " " $$2 " ") } /^\t\{\./ { out = 0 } !out' \
		$< >$@

build/bench/udpdisc-%: build/bench/main-%.c $(OBJ)
	$(Q)$(CC) $(STD_FLAGS) $(MUSL_FLAGS) $(CFLAGS) -c -o build/bench/main-$*.o $<
	$(Q)$(call link,$@,build/bench/main-$*.o $(filter-out build/obj/main.o,$(OBJ)))
