# How udpdisc is tested: included by the Makefile, run from its folder.

# --- tests: the same sources against glibc, with ASan and UBSan --------------

SANITIZE = -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
PYTHON = /usr/bin/python3
# Which tests: make check-unit TEST=test_num, make check-net TEST='-k flap'.
TEST =

UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

# The objects of all sources in build/$1, made by compiler $2 with flags $3:
# $1_ALL, and $1_PURE for those of core and base alone.
define objects
$1_ALL = $(SRC:src/%.c=build/$1/obj/%.o) build/$1/obj/cJSON.o
$1_PURE = $(PURE:src/%.c=build/$1/obj/%.o) build/$1/obj/cJSON.o

build/$1/obj/%.o: src/%.c $(HEADERS) Makefile tests/rules.mk
	@mkdir -p $$(@D)
	$$(Q)$2 $$(STD_FLAGS) $$(WARNINGS) $3 -c -o $$@ $$<

build/$1/obj/cJSON.o: $(CJSON_DIR)/cJSON.c Makefile tests/rules.mk
	@mkdir -p $$(@D)
	$$(Q)$2 -std=c11 $$(CJSON_FLAGS) $3 -c -o $$@ $$<
endef

$(eval $(call objects,asan,$$(CC),$$(SANITIZE)))
# libFuzzer is clang's, and so are the objects that it watches.
$(eval $(call objects,fuzz,clang,$$(SANITIZE) -fsanitize=fuzzer-no-link))

build/asan/udpdisc: $(asan_ALL)
	$(Q)$(CC) $(SANITIZE) -o $@ $(asan_ALL)

# Links core and base and nothing else: that they link proves that these use
# no sys, engine or cmd; scripts/lint proves the rest.
build/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(asan_PURE)
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -Itests/unit -o $@ $< \
		$(asan_PURE) -lcmocka

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(wildcard tests/unit/*.h) $(fuzz_PURE)
	$(Q)clang $(STD_FLAGS) $(WARNINGS) $(SANITIZE) -fsanitize=fuzzer -o $@ $< \
		$(fuzz_PURE)

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
check-asan: check-asan-cli check-asan-net

check-asan-%: build/asan/udpdisc
	UDPDISC=$(CURDIR)/build/asan/udpdisc UDPDISC_KIND=sanitized \
		tests/run $* $(TEST)

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
