# SPDX-License-Identifier: Apache-2.0
# Packages, tests and checks; included by the Makefile at the top.

# --- packages: installed when missing, as root or with a usable sudo; otherwise the command is printed and make stops ----
DEPS_BUILD := gcc libc6-dev libpcap-dev libarchive-dev zlib1g-dev libjansson-dev libyaml-dev libgcrypt20-dev
DEPS_TEST  := $(DEPS_BUILD) libcmocka-dev clang libclang-rt-14-dev python3 python3-scapy python3-jsonschema python3-yaml \
              tshark tcpdump iproute2 procps git thc-ipv6 zstd lz4 radvd dnsmasq-base kea-dhcp6-server isc-dhcp-client miredo miredo-server nftables
DEPS_CHECK := $(DEPS_BUILD) libcmocka-dev clang libclang-rt-14-dev clang-format clang-tidy cppcheck
DEPS_BENCH := $(DEPS_BUILD) libndpi-bin tshark tcpdump python3
INSTALL := sh tests/support/install-packages.sh
.PHONY: deps-build deps-test deps-check deps-bench
deps-build:
	@$(INSTALL) $(DEPS_BUILD)
deps-test:
	@$(INSTALL) $(DEPS_TEST)
deps-check:
	@$(INSTALL) $(DEPS_CHECK)
deps-bench:
	@$(INSTALL) $(DEPS_BENCH)

# --- run ---------------------------------------------------------------------------------------------------------------
.PHONY: run
RUN_CAPTURE := captures/office-day.pcapng
RUN_POLICY  := captures/policy/office-day.yml
run: deps-build ## install what is missing, build, analyse a shipped capture, show the alerts
	$(Q)$(MAKE) --no-print-directory -j2 all
	@rm -rf build/run; mkdir -p build/run
	@$(O)/sekimori read -c $(RUN_POLICY) -o build/run/alerts.jsonl --format table --quiet $(RUN_CAPTURE)
	@sh tests/support/after-run.sh $(O)/sekimori $(RUN_POLICY) build/run/alerts.jsonl

# --- test --------------------------------------------------------------------------------------------------------------
.PHONY: test unit fuzz-build fuzz suite
unit: $(UNIT_BINS) ## unit tests of this MODE
	@$(PYTHON) tests/run.py --only unit --mode $(MODE)
fuzz-build: $(FUZZ_BINS)
# Programs of the oracle's tests, linked with the library.
ORACLE_BINS := $(patsubst tests/%.c,$(O)/tests/%,$(sort $(wildcard tests/oracle/*.c)))
$(O)/tests/oracle/%: $(O)/tests/oracle/%.o $(O)/libsekimori.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
suite: $(O)/sekimori $(UNIT_BINS) $(FUZZ_BINS) $(ORACLE_BINS)
# The whole suite in one build of each kind: release, address and undefined, thread; then the fuzzers, the same inputs each time.
test: deps-test ## install what the tests need, build, run everything
	$(Q)$(MAKE) --no-print-directory -j2 MODE=release suite
	$(Q)$(MAKE) --no-print-directory -j2 MODE=asan suite
	$(Q)$(MAKE) --no-print-directory -j2 MODE=tsan suite
	$(Q)$(MAKE) --no-print-directory -j2 MODE=fuzz fuzz-build
	@CORPUS="$(CORPUS)" FUZZ_TEST_RUNS=$(FUZZ_TEST_RUNS) FUZZ_SECONDS= $(PYTHON) tests/run.py
fuzz: deps-test ## each fuzz target for FUZZ_SECONDS (60), other inputs each time
	$(Q)$(MAKE) --no-print-directory -j2 MODE=fuzz fuzz-build
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(PYTHON) tests/run.py --only fuzz

# --- check -------------------------------------------------------------------------------------------------------------
CHECKED := $(sort $(wildcard src/*/*.[ch] include/sekimori/*.h tests/*/*.[ch] tests/unit/*/*.[ch]))
.PHONY: check check-format check-layers check-headers check-tidy check-cppcheck check-clang
check: deps-check check-format check-layers check-headers check-clang check-tidy check-cppcheck ## format, static analysis, layer rules, header rules
check-format:
	$(call say,CHECK,format)
	$(Q)clang-format --dry-run -Werror $(CHECKED)
check-layers:
	$(call say,CHECK,layers)
	$(Q)sh tests/check/layers.sh
check-headers check-tidy: export CHECK_CPPFLAGS = $(CPPFLAGS_ALL)
check-headers: $(GENS)
	$(call say,CHECK,headers)
	$(Q)CLANG=$(CLANG) sh tests/check/headers.sh $(HEADERS)
# clang compiles everything too, with warnings as errors: in the mode that the fuzzers of `make test` are linked from.
check-clang:
	$(Q)$(MAKE) --no-print-directory -j2 MODE=fuzz all
TIDY_SRCS := $(SRCS)
check-tidy: $(GENS)
	$(call say,CHECK,clang-tidy)
	$(Q)sh tests/check/tidy.sh $(TIDY_SRCS)
check-cppcheck: $(GENS)
	$(call say,CHECK,cppcheck)
	$(Q)mkdir -p build/cppcheck; cppcheck --quiet -j2 --cppcheck-build-dir=build/cppcheck --error-exitcode=1 --std=c11 --enable=warning,portability,performance \
	  --inline-suppr --suppressions-list=tests/check/cppcheck-suppressions --suppress=missingIncludeSystem -Iinclude -Isrc -I$(GEN) -D_GNU_SOURCE -DSK_VERSION='""' $(SRCS)

# --- bench -------------------------------------------------------------------------------------------------------------
.PHONY: bench
BENCH_SRCS := $(sort $(wildcard tests/bench/bench_*.c))
BENCH_BINS := $(BENCH_SRCS:tests/bench/%.c=$(O)/tests/bench/%)
$(O)/tests/bench/%: $(O)/tests/bench/%.o $(SUPPORT_OBJS) $(O)/libsekimori.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
bench: deps-bench ## speed, as ratios to yardsticks of the same minute
	$(Q)$(MAKE) --no-print-directory -j2 MODE=release all $(BENCH_BINS:$(O)/%=build/release/%)
	@$(PYTHON) tests/bench/bench.py

# --- install -----------------------------------------------------------------------------------------------------------
.PHONY: install clean help
install: all ## into DESTDIR and PREFIX
	install -D -m 0755 $(O)/sekimori $(DESTDIR)$(PREFIX)/bin/sekimori
	mkdir -p $(DESTDIR)$(PREFIX)/share/sekimori $(DESTDIR)$(PREFIX)/share/doc/sekimori
	cp -r signatures $(DESTDIR)$(PREFIX)/share/sekimori/
	mkdir -p $(DESTDIR)$(PREFIX)/share/sekimori/schema
	install -m 0644 $(wildcard deploy/schema/*.json) $(DESTDIR)$(PREFIX)/share/sekimori/schema/
	install -m 0644 README.md LICENSE $(wildcard deploy/*.yml deploy/*.csv) $(DESTDIR)$(PREFIX)/share/doc/sekimori/
clean: ## remove build/
	rm -rf build
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo "  knobs: MODE=release|debug|asan|tsan|fuzz|cov  V=1  CORPUS=DIR  DESTDIR=  PREFIX="
