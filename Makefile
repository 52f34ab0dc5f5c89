# SPDX-License-Identifier: Apache-2.0
# sekimori: the only makefile. It reads top to bottom: knobs, flags, lists, rules, tests, checks, install.
#
#   make run      install what is missing, build, analyse a shipped capture, show the alerts
#   make test     install what the tests need, build, run everything
#   make check    format, static analysis, layer rules, header rules
#   make help     all targets

# --- knobs ---------------------------------------------------------------------------------------------------------
MODE   ?= release
V      ?= 0
CC     ?= gcc
CLANG  ?= clang
PYTHON ?= /usr/bin/python3
PREFIX ?= /usr
DESTDIR ?=
# Real captures with an oracle's labels; tests that need them are skipped with a plain message where it is absent.
CORPUS ?= $(if $(wildcard ../shared/captures),../shared)
FUZZ_SECONDS ?= 60
# Inputs each fuzz target gets inside `make test`, on every run the same; `make fuzz` looks for new ones, FUZZ_SECONDS each.
FUZZ_TEST_RUNS ?= 4000
WERROR ?= -Werror

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(MODE),fuzz)
CC := $(CLANG)
endif

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),@:,@printf '  %-7s %s\n' $(1) $(2))

O   := build/$(MODE)
GEN := build/gen
VERSION := 0.1.0

# --- flags ---------------------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wimplicit-fallthrough $(WERROR)
CPPFLAGS_ALL = -Iinclude -Isrc -I$(GEN) -D_GNU_SOURCE -DSK_VERSION='"$(VERSION)"' -DSK_DATADIR='"$(PREFIX)/share/sekimori"' $(CPPFLAGS)
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE -fcf-protection
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack
# Programs are linked as a whole; test binaries, many and small, are not (their objects hold both forms).
CFLAGS_release := -O2 -g -flto=2 -ffat-lto-objects $(HARDEN) -D_FORTIFY_SOURCE=2
LDFLAGS_release := $(LDHARDEN)
NO_LTO = $(if $(filter release,$(MODE)),-fno-lto)
CFLAGS_debug := -O0 -g
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_asan := -fsanitize=address,undefined
CFLAGS_tsan := -O1 -g -fsanitize=thread
LDFLAGS_tsan := -fsanitize=thread
CFLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -DSK_FUZZ
LDFLAGS_fuzz := -fsanitize=address,undefined
CFLAGS_cov := -O0 -g --coverage
LDFLAGS_cov := --coverage
CFLAGS_ALL := -std=c17 $(WARN) $(CFLAGS_$(MODE)) -include src/base/banned.h -pthread $(CFLAGS)
LDFLAGS_ALL := $(LDFLAGS_$(MODE)) -pthread $(LDFLAGS)
LIBS := -lpcap -larchive -lz -ljansson -lyaml -lgcrypt -lgpg-error

# --- lists: found, never written by hand ------------------------------------------------------------------------------
SRCS      := $(sort $(wildcard src/*/*.c))
APP_MAIN  := src/app/main.c
LIB_SRCS  := $(filter-out $(APP_MAIN),$(SRCS))
LIB_OBJS  := $(LIB_SRCS:%.c=$(O)/%.o)
DECODERS  := $(sort $(patsubst src/decode/dec_%.c,%,$(wildcard src/decode/dec_*.c)))
OBSERVERS := $(sort $(patsubst src/observe/obs_%.c,%,$(wildcard src/observe/obs_*.c)))
CORRELATORS := $(sort $(patsubst src/correlate/cor_%.c,%,$(wildcard src/correlate/cor_*.c)))
SINKS     := $(sort $(patsubst src/sink/sink_%.c,%,$(wildcard src/sink/sink_*.c)))
# A line SK_EVENT(...) or SK_FIELD(...) in one of these declares an event type or a field; together they are the table.
FIELD_SRCS := $(sort $(wildcard src/observe/*.c src/correlate/cor_*.c src/match/*.c src/alert/*.c))
UNIT_SRCS := $(sort $(wildcard tests/unit/*/test_*.c))
UNIT_BINS := $(UNIT_SRCS:tests/unit/%.c=$(O)/tests/unit/%)
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BINS := $(FUZZ_SRCS:tests/fuzz/%.c=$(O)/tests/fuzz/%)
SUPPORT_OBJS := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/support/*.c)))
HEADERS   := $(sort $(wildcard include/sekimori/*.h))

.DEFAULT_GOAL := all
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:

all: $(O)/sekimori ## build build/MODE/sekimori

# --- generated tables ------------------------------------------------------------------------------------------------
# Written only when their content changes, so that a second make is a no-op.
GENS := $(GEN)/protos.gen.h $(GEN)/observers.gen.h $(GEN)/correlators.gen.h $(GEN)/sinks.gen.h $(GEN)/fields.gen.h
GEN_SH = mkdir -p $(GEN); $(1) > $@.new; cmp -s $@.new $@ 2>/dev/null && rm $@.new || mv $@.new $@
.PHONY: FORCE
FORCE:
upper = $(shell printf '%s' '$(1)' | tr a-z A-Z)
$(GEN)/protos.gen.h: FORCE
	@$(call GEN_SH,printf 'SK_PROTO(%s, %s)\n' $(foreach d,$(DECODERS),$(call upper,$(d)) $(d)))
$(GEN)/observers.gen.h: FORCE
	@$(call GEN_SH,printf 'SK_OBSERVER(%s)\n' $(OBSERVERS))
$(GEN)/correlators.gen.h: FORCE
	@$(call GEN_SH,printf 'SK_CORRELATOR(%s)\n' $(CORRELATORS))
$(GEN)/sinks.gen.h: FORCE
	@$(call GEN_SH,printf 'SK_SINK(%s)\n' $(SINKS))
$(GEN)/fields.gen.h: FORCE
	@$(call GEN_SH,cat /dev/null $(FIELD_SRCS) | grep -E '^SK_(EVENT|FIELD)\>')

# --- compile and link --------------------------------------------------------------------------------------------------
$(O)/%.o: %.c | $(GENS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(O)/tests/%.o: CPPFLAGS_ALL += -Itests/support

$(O)/libsekimori.a: $(LIB_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(O)/sekimori: $(O)/src/app/main.o $(O)/libsekimori.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(SUPPORT_OBJS) $(O)/libsekimori.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(NO_LTO) -o $@ $^ -lcmocka $(LIBS)

# A fuzz target is one file with LLVMFuzzerTestOneInput. MODE=fuzz links libFuzzer; every other mode links a main that
# replays the files and folders it is given, so that plain gcc runs the corpus too.
ifeq ($(MODE),fuzz)
$(O)/tests/fuzz/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(SUPPORT_OBJS) $(O)/libsekimori.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LIBS)
else
$(O)/tests/fuzz/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(O)/tests/fuzz/regress_main.o $(SUPPORT_OBJS) $(O)/libsekimori.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(NO_LTO) -o $@ $^ $(LIBS)
endif

# One object set depends on the sorted list of sources: a removed decoder must leave the archive.
-include $(shell find build/$(MODE) -name '*.d' 2>/dev/null)

include tests/tests.mk
