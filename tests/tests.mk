# SPDX-License-Identifier: Apache-2.0
# Targets of tests and checks; included by the Makefile at the top.

unit: $(UNIT_BINS) ## unit tests of this MODE
	@fail=0; for t in $(UNIT_BINS); do "$$t" >$$t.log 2>&1 || { fail=1; cat $$t.log; echo "FAILED $$t"; }; done; exit $$fail
fuzz-build: $(FUZZ_BINS)
