# Makefile of tundish. `make help` lists the targets. Every output goes below $(B).
#
# Variables: B=DIR build folder, CC=gcc|clang, WERROR=1 warnings are errors, SAN=address|thread sanitizer,
#            V=1 show commands, F='suite/*' run only these unit tests, TUNDISH_DATA=DIR real data for tests,
#            BUILT=DIR a build with WERROR=1 that `make check` need not make again.

B       ?= build
CC       = gcc
OPT     ?= -O2
SYMBOLS ?= -g
SHELL   := /bin/bash
PREFIX  ?= /usr/local
VERSION := 0.1.0
Q        = $(if $(V),,@)

TUNDISH_DATA ?= $(if $(wildcard ../shared/data),$(abspath ../shared/data),)
export TUNDISH_DATA

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
    -Wno-psabi
comma    := ,
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN)$(if $(filter address,$(SAN)),$(comma)undefined) -fno-omit-frame-pointer,)
CFLAGS   += -std=gnu17 $(OPT) $(SYMBOLS) -fPIC -fopenmp -ffp-contract=off -fno-math-errno $(WARNINGS) \
            $(if $(WERROR),-Werror,) $(SANFLAGS)
CPPFLAGS += -I. -DTD_VERSION='"$(VERSION)"'
LDLIBS    = -lopenblas -lsqlite3 -lcjson -lcrypto -lzstd -lz -linih -lm
LDFLAGS  += -fopenmp $(SANFLAGS)

# gbdt/exact.c is the slow twin of the trainer: an oracle for tests, not part of the library.
TEST_ONLY := gbdt/exact.c
LIB_SRC   := $(filter-out $(TEST_ONLY),$(sort $(wildcard core/base/*.c core/*.c stats/*.c gbdt/*.c uplift/*.c io/*.c datasets/*.c)))
CLI_SRC   := $(sort $(wildcard cli/*.c))
UNIT_SRC  := $(sort $(wildcard tests/unit/*.c tests/prop/*.c tests/oracle/*.c tests/support/*.c)) $(wildcard $(TEST_ONLY)) cli/leak_lessons.c
BENCH_SRC := $(sort $(wildcard bench/*.c))
BENCH_LIB := $(sort $(wildcard bench/support/*.c))
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/*.c))
obj        = $(patsubst %.c,$(B)/obj/%.o,$(1))
ALL_OBJ   := $(call obj,$(LIB_SRC) $(CLI_SRC) $(UNIT_SRC) $(BENCH_SRC) $(BENCH_LIB))

.DEFAULT_GOAL := all
.PHONY: help all demo test test-unit test-cli check asan tsan arm64 fuzz layers headers sizes dictionary format lint bench \
        bench-programs deps deps-dev install clean clang-same

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

all: $(B)/tundish $(B)/libtundish.a $(B)/libtundish.so $(B)/tundish.pc ## build the program and the libraries

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SIMD_FLAGS) -MMD -MP -c -o $@ $<

# Fast twins carry their own instruction set; cpu.c decides at run time which one is called. No FMA, bits must not change:
# -ffp-contract=off sees to it (clang switches AVX-512 off altogether when told -mno-fma).
# Elsewhere these files are empty.
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine)),)
$(B)/obj/%_avx2.o:   SIMD_FLAGS = -mavx2 -mno-fma
$(B)/obj/%_avx512.o: SIMD_FLAGS = -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vbmi -mavx512vbmi2 -mavx512vnni -mbmi2 -mprefer-vector-width=512
endif

# The assembler copies the SQL files into this object (.incbin).
$(call obj,io/sql_text.c): $(wildcard io/sql/*.sql)

$(B)/libtundish.a: $(call obj,$(LIB_SRC))
	$(if $(Q),@echo "  AR $@")
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/libtundish.so: $(call obj,$(LIB_SRC))
	$(if $(Q),@echo "  LD $@")
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-soname,libtundish.so.0 -o $@ $^ $(LDLIBS)

# GNU's OpenMP runtime goes into the program itself: cli/wait_policy.c has to come before it.
GOMP_STATIC := $(if $(SAN)$(findstring clang,$(CC)),,$(findstring /,$(shell $(CC) -print-file-name=libgomp.a)))
$(B)/tundish: $(call obj,$(CLI_SRC)) $(B)/libtundish.a
	$(if $(Q),@echo "  LD $@")
	$(Q)$(CC) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(if $(GOMP_STATIC),-Wl$(comma)-Bstatic -lgomp -Wl$(comma)-Bdynamic) $(LDLIBS)

$(B)/tundish.pc: Makefile
	@mkdir -p $(@D)
	@printf 'prefix=%s\nName: tundish\nDescription: event log to leak-safe model, uplift and experiment\nVersion: %s\nLibs: -L$${prefix}/lib -ltundish\nLibs.private: %s\nCflags: -I$${prefix}/include/tundish -fopenmp\n' '$(PREFIX)' '$(VERSION)' '$(LDLIBS)' > $@

$(B)/tests/units: $(call obj,$(UNIT_SRC)) $(B)/libtundish.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcriterion -lmpfr -lgmp

$(B)/bench/%: $(B)/obj/bench/%.o $(call obj,$(BENCH_LIB)) $(B)/libtundish.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

demo: deps ## synthetic shop -> run -> report
	@$(MAKE) --no-print-directory all
	@bash tests/demo.sh $(B)

test: deps ## install what is missing, build, run unit, property, oracle and command-line tests
	@$(MAKE) --no-print-directory -j$$(nproc) all $(B)/tests/units
	@bash tests/run_tests.sh $(B)

test-unit: $(B)/tests/units ## unit tests only; F='suite/*' picks some
	@$(B)/tests/units $(if $(F),--filter '$(F)',) --quiet

test-cli: all ## command-line tests only
	@bash tests/run_cli.sh $(B)

check: ## all gates: format, lint, layers, headers, sizes, sanitizers, clang, same bytes
	@bash tests/gates/check.sh $(BUILT)

asan: ## unit and command-line tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory -j$$(nproc) B=build/asan SAN=address OPT=-O1 SYMBOLS=-g1 all build/asan/tests/units
	@bash tests/gates/sanitize.sh address build/asan

tsan: ## parallel code under ThreadSanitizer
	@$(MAKE) --no-print-directory -j$$(nproc) B=build/tsan SAN=thread OPT=-O1 SYMBOLS=-g1 all build/tsan/tests/units
	@bash tests/gates/sanitize.sh thread build/tsan

clang-same: ## build with clang and compare every artefact of a run with gcc's
	@bash tests/gates/clang_same.sh $(B)

arm64: ## cross compile for arm64, compare its bytes with x86-64 under qemu-user
	@bash tests/gates/arm64.sh

layers: ## include edges and libm symbols are the allowed ones
	@$(MAKE) --no-print-directory -s -j$$(nproc) $(B)/libtundish.a
	@bash tests/gates/layers.sh $(B)

headers: ## every header compiles alone and is short enough
	@bash tests/gates/headers.sh $(CC)

sizes: ## lengths of functions and files, width, parameters
	@bash tests/gates/sizes.sh

dictionary: all ## write the table of features into docs/data_dictionary.md
	@sed -n '/^| name | scope | needs/q;p' docs/data_dictionary.md > $(B)/dictionary.md
	@$(B)/tundish features --list --markdown >> $(B)/dictionary.md
	@cp $(B)/dictionary.md docs/data_dictionary.md

format: ## rewrite the sources with clang-format
	@clang-format -i $$(git ls-files -co --exclude-standard '*.[ch]')

lint: ## clang-tidy and cppcheck
	@bash tests/gates/lint.sh

fuzz: ## libFuzzer targets, FUZZ_SECONDS each (default 60)
	@bash tests/gates/fuzz.sh $${FUZZ_SECONDS:-60}

bench-programs: $(patsubst bench/%.c,$(B)/bench/%,$(BENCH_SRC)) ## build the benchmark programs alone

bench: all bench-programs ## build the benchmark programs and run the short ones
	@bash bench/run.sh $(B)

deps: ## install what a build and the tests need (Debian packages)
	@bash tests/deps.sh build

deps-dev: ## install peers and checkers: clang, R, Node, Chromium, xgboost, scikit-learn
	@bash tests/deps.sh dev

install: all ## install program, libraries, headers and man data below PREFIX
	@bash tests/gates/install.sh $(B) '$(DESTDIR)$(PREFIX)'

clean: ## remove every output
	$(Q)rm -rf build

-include $(ALL_OBJ:.o=.d)
