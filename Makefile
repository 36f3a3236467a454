# The doors. Each target sets up what it needs; `make` alone lists them.
export PATH := $(CURDIR)/.tools/bin:$(PATH)

# One build profile for running and testing: nothing is compiled twice.
HWGEN := target/debug/hwgen
NMPU  := --block nmpu --width 16

# How much evidence: quick (the defaults), full (all that has to hold) or thorough (all that there is).
TIER     := full
EVIDENCE := cargo test --quiet --workspace --test evidence --

.PHONY: help run test check bless bench tools test-tools build clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## emit the NMPU, prove it on a million vectors, synthesize it
	@echo; $(HWGEN) emit $(NMPU) --out build/nmpu
	@echo; $(HWGEN) sim $(NMPU) --vectors 1000000
	@echo; $(HWGEN) synth $(NMPU) --target liberty

test: test-tools ## run the whole suite, or the evidence of one: BLOCK=gemm LAYER=lint TIER=quick
ifneq ($(BLOCK)$(LAYER),)
	HWGEN_TIER=$(TIER) $(EVIDENCE) '$(LAYER)::$(BLOCK)$(if $(BLOCK),::)'
else
	HWGEN_TIER=$(TIER) cargo test --quiet --workspace
endif

check: build ## formatting, clippy, documentation
	cargo fmt --all --check
	rustfmt --check gen/src/blocks/*/mod.rs # a macro declares these: cargo fmt does not see them
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps

bless: test-tools ## accept what is emitted and said now as what is expected; then review the diff
	UPDATE_EXPECT=1 cargo test --quiet --package hwgen --package hwgen-reproduce -- messages reproduce
	for layer in snapshot documents; do UPDATE_EXPECT=1 $(EVIDENCE) $$layer::; done

bench: tools ## measure: emit time, simulation rate against a hand-written loop
	cargo run --quiet --release --package hwgen-testbenches --bin bench

tools: ## install the external tools that are missing
	@sim/setup/tools.sh

test-tools: ## the same, and those that only tests use
	@sim/setup/tools.sh test

build: tools ## build the command line
	cargo build --quiet --package hwgen

clean: ## remove what was built
	rm -rf target build .tools
